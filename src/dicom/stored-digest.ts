/**
 * The SHA-256 of its dataset, which Earshot writes into the file meta information of each object that it receives, as private
 * information (PS3.10 7.1): a file that a power cut tore, or a disk changed, can be known by it.
 */
import { createHash } from 'node:crypto';
import { readFileMeta } from './parse-part10.ts';
import { IMPLEMENTATION_CLASS_UID } from './part10.ts';

export const DIGEST_BYTES = 32;

/** (0002,0100) says that (0002,0102), an OB with the long form of the length, is ours. The digest follows. */
export const DIGEST_HEAD = Buffer.concat([
  Buffer.from([2, 0, 0, 1, 0x55, 0x49, evenLength(IMPLEMENTATION_CLASS_UID), 0]),
  Buffer.from(IMPLEMENTATION_CLASS_UID.padEnd(evenLength(IMPLEMENTATION_CLASS_UID), '\0'), 'latin1'),
  Buffer.from([2, 0, 2, 1, 0x4f, 0x42, 0, 0, DIGEST_BYTES, 0, 0, 0]),
]);

/** `dataset`: where it begins. */
export type StoredDigest = Readonly<{ digest: Buffer; dataset: number }>;

/** What the beginning of a file tells of its dataset; undefined in files of others, of an Earshot that wrote none yet, and in what is no Part 10 file. */
export function storedDigest(beginning: Uint8Array): StoredDigest | undefined {
  const dataset = datasetOffset(beginning);
  const at = dataset - DIGEST_BYTES;
  if (at < DIGEST_HEAD.length) return undefined;
  const bytes = Buffer.from(beginning.buffer, beginning.byteOffset, dataset);
  if (!bytes.subarray(at - DIGEST_HEAD.length, at).equals(DIGEST_HEAD)) return undefined;
  return { digest: bytes.subarray(at), dataset };
}

/** False: the whole file has a digest, and its dataset another one. */
export function isAsStored(file: Uint8Array): boolean {
  const stored = storedDigest(file);
  if (!stored) return true;
  return createHash('sha256').update(file.subarray(stored.dataset)).digest().equals(stored.digest);
}

/** 0: no dataset begins there. */
function datasetOffset(beginning: Uint8Array): number {
  try {
    return readFileMeta(beginning)?.datasetOffset ?? 0;
  } catch {
    return 0;
  }
}

function evenLength({ length }: string): number {
  return length + (length % 2);
}
