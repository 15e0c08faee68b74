/** What a back-up is made of. */
import { z } from 'zod';
import { Fault } from '../fault.ts';
import type { Sql } from '../ports.ts';

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
  /** files that are in it and are not what the catalogue says that was received or made */
  changed: z.array(z.string()).default([]),
});
export type About = z.infer<typeof aboutSchema>;

/** The version of its newest migration; undefined: it is no catalogue. */
export async function schemaIn(sql: Sql): Promise<number | undefined> {
  const [found] = await sql.query(`SELECT 1 FROM "sqlite_master" WHERE "name" = 'migration'`);
  if (!found) return undefined;
  const [row] = await sql.query<{ version: number }>('SELECT MAX("version") AS "version" FROM "migration"');
  return row?.version ?? undefined;
}

/** Fault: BACKUP_STOPPED. */
export function refuseStopped(signal: AbortSignal): void {
  if (signal.aborted) throw new Fault('BACKUP_STOPPED');
}

/** The same bytes, which `hash` has seen when they are over. Fault: BACKUP_STOPPED. */
export async function* hashing(
  content: AsyncIterable<Uint8Array>,
  hash: Readonly<{ update(chunk: Uint8Array): unknown }>,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  for await (const chunk of content) {
    refuseStopped(signal);
    hash.update(chunk);
    yield chunk;
  }
}
