/** A file of the data folder, opened to be read. */
import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { Fault } from '../../src/fault.ts';

/** A pipe or a device in its place is refused at once: to wait for one would hold a thread of all files for ever. */
export async function openStored(path: string): Promise<FileHandle> {
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  const isFile = await file.stat().then((found) => found.isFile());
  if (isFile) return file;
  await file.close();
  throw new Fault('STORAGE_FAILED', 'not a regular file');
}
