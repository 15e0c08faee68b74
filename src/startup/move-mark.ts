/** The file beside a SQLite catalogue whose move to PostgreSQL was begun. */
import { readFile, rename, rm } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { storageFault } from '../../adapters/disk/data-folder.ts';
import { NewFile, syncFolder } from '../../adapters/disk/new-file.ts';
import { Fault } from '../fault.ts';

/** `id`: the one in the table "move". `target`: where it goes, without user and password. */
export type MoveMark = Readonly<{ id: string; target: string }>;

export const moveMarkOf = (sqlite: string): string => `${sqlite}.moved`;

const MARK = /^(?<id>[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}) (?<target>\S+)\s*$/;

/** Undefined: no move was begun. Faults: MOVE_MARK_UNREADABLE, STORAGE_FAILED. */
export async function readMoveMark(sqlite: string): Promise<MoveMark | undefined> {
  const path = moveMarkOf(sqlite);
  const text = await readFile(path, 'utf8').catch((thrown: NodeJS.ErrnoException) => {
    if (thrown.code === 'ENOENT') return undefined;
    throw storageFault(thrown);
  });
  if (text === undefined) return undefined;
  const { id, target } = MARK.exec(text)?.groups ?? {};
  if (!id || !target) throw new Fault('MOVE_MARK_UNREADABLE', basename(path));
  return { id, target };
}

/**
 * Written whole before it has its name. For one process at a time, which holds the folder. Nothing is left of one that failed.
 * Faults: STORAGE_FULL, STORAGE_FAILED.
 */
export async function writeMoveMark(sqlite: string, { id, target }: MoveMark): Promise<void> {
  const path = moveMarkOf(sqlite);
  const partial = `${path}.part`;
  try {
    await rm(partial, { force: true });
    await writeDurably(partial, Buffer.from(`${id} ${target}\n`));
    await rename(partial, path);
    await syncFolder(dirname(path));
  } catch (thrown) {
    await rm(partial, { force: true }).catch(() => undefined);
    throw storageFault(thrown);
  }
}

async function writeDurably(path: string, bytes: Buffer): Promise<void> {
  const file = new NewFile(path);
  try {
    await file.write([bytes], bytes.length);
    await file.sync();
  } finally {
    await file.close();
  }
}
