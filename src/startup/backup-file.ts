/** What a back-up is made of. */
import type { Hash } from 'node:crypto';
import { z } from 'zod';

/** Names in the archive, in their order: first the files, then what says which of them count. */
export const FILES = 'files/';
export const CATALOGUE = 'catalogue.sqlite';
/** As sha256sum(1) writes it: `sha256sum --check` on an unpacked archive says whether it is whole. */
export const SUMS = 'SHA256SUMS';
export const ABOUT = 'backup.json';

export const FORMAT = 1;

export const aboutSchema = z.strictObject({
  format: z.literal(FORMAT),
  program: z.string(),
  takenAt: z.iso.datetime(),
  /** of the newest migration */
  schema: z.int().positive(),
  /** files that the catalogue names and that were not in the data folder */
  missing: z.array(z.string()),
});
export type About = z.infer<typeof aboutSchema>;

/** The same bytes, which `hash` has seen when they are over. */
export async function* hashing(content: AsyncIterable<Uint8Array>, hash: Hash): AsyncGenerator<Uint8Array> {
  for await (const chunk of content) {
    hash.update(chunk);
    yield chunk;
  }
}
