/** Whether a stored object is the one that was received. */
import { createHash } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import { storedDigest } from '../../src/dicom/stored-digest.ts';
import { openStored } from './stored-file.ts';

/** Any file meta information of ours fits. */
const META_BYTES = 4096;
const PIECE_BYTES = 1024 * 1024;

/** True also for a file that tells no digest. The file is read whole, a piece at a time. */
export async function isAsReceived(path: string): Promise<boolean> {
  await using file = await openStored(path);
  const first = Buffer.alloc(META_BYTES);
  const { bytesRead } = await file.read(first, 0, META_BYTES, 0);
  const stored = storedDigest(first.subarray(0, bytesRead));
  return stored === undefined || stored.digest.equals(await digestFrom(file, stored.dataset));
}

async function digestFrom(file: FileHandle, dataset: number): Promise<Buffer> {
  const hash = createHash('sha256');
  const piece = Buffer.alloc(PIECE_BYTES);
  for (let at = dataset; ; ) {
    const { bytesRead } = await file.read(piece, 0, PIECE_BYTES, at);
    if (bytesRead === 0) return hash.digest();
    hash.update(piece.subarray(0, bytesRead));
    at += bytesRead;
  }
}
