import { createHash } from 'node:crypto';
import { readFileMeta } from '../dicom/parse-part10.ts';

/** More than preamble and file meta information of any file of ours. */
const HEAD_BYTES = 4096;

export type ContentHash = Readonly<{ update(chunk: Uint8Array): void; digest(): string }>;

/** SHA-256 of the data set of a Part 10 file that comes in pieces: what it was when it came, without what was written before it. */
export function contentHash(): ContentHash {
  const hash = createHash('sha256');
  let head: Buffer | undefined = Buffer.alloc(0);
  const begin = (known: Buffer): void => {
    head = undefined;
    hash.update(known.subarray(offsetIn(known)));
  };
  return {
    update: (chunk) => {
      if (head === undefined) hash.update(chunk);
      else {
        head = Buffer.concat([head, chunk]);
        if (head.length >= HEAD_BYTES) begin(head);
      }
    },
    digest: () => {
      if (head !== undefined) begin(head);
      return hash.digest('hex');
    },
  };
}

/** Damaged beyond that: then all of it, which is no digest of ours. */
function offsetIn(bytes: Buffer): number {
  try {
    return readFileMeta(bytes)?.datasetOffset ?? 0;
  } catch {
    return 0;
  }
}
