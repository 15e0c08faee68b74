/** Whether a stored object is the one that was written. */
import { createHash } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import { readFileMeta } from '../../src/dicom/parse-part10.ts';
import { storageFault } from './data-folder.ts';
import { digestIn } from './file-meta.ts';
import { openStored } from './stored-file.ts';

/** Any file meta information of ours fits. */
const META_BYTES = 4096;
const PIECE_BYTES = 1024 * 1024;

/**
 * False: its dataset has not the digest that its file meta information tells. True also for a file without one: of another program,
 * or of an Earshot that wrote none yet; and for one that is no Part 10 file, which its reader refuses. Faults: STORAGE_FULL, STORAGE_FAILED.
 */
export async function isAsWritten(path: string): Promise<boolean> {
  try {
    await using file = await openStored(path);
    const first = Buffer.alloc(META_BYTES);
    const { bytesRead } = await file.read(first, 0, META_BYTES, 0);
    const datasetOffset = datasetOffsetIn(first.subarray(0, bytesRead));
    const digest = digestIn(first.subarray(0, datasetOffset));
    return digest === undefined || digest.equals(await digestFrom(file, datasetOffset));
  } catch (thrown) {
    throw storageFault(thrown);
  }
}

/** 0: no dataset begins there. */
function datasetOffsetIn(bytes: Uint8Array): number {
  try {
    return readFileMeta(bytes)?.datasetOffset ?? 0;
  } catch {
    return 0;
  }
}

async function digestFrom(file: FileHandle, offset: number): Promise<Buffer> {
  const hash = createHash('sha256');
  const piece = Buffer.alloc(PIECE_BYTES);
  for (let at = offset; ; ) {
    const { bytesRead } = await file.read(piece, 0, PIECE_BYTES, at);
    if (bytesRead === 0) return hash.digest();
    hash.update(piece.subarray(0, bytesRead));
    at += bytesRead;
  }
}
