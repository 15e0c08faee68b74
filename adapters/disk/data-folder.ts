/** Names below the data folder, made durable: a rename counts only when the folder that holds the name is synced. */
import { existsSync, renameSync } from 'node:fs';
import { mkdir, realpath, unlink } from 'node:fs/promises';
import { dirname, join, sep } from 'node:path';
import { Fault } from '../../src/fault.ts';
import type { InstanceFile } from '../../src/ports.ts';
import { syncFolder } from './new-file.ts';

const FULL = new Set(['ENOSPC', 'EDQUOT']);

/** What the operating system said, as a Fault; the path is left out because a name may be telling. */
export function storageFault(thrown: unknown): Fault {
  if (thrown instanceof Fault) return thrown;
  const code = (thrown as NodeJS.ErrnoException | undefined)?.code ?? 'unknown';
  return new Fault(FULL.has(code) ? 'STORAGE_FULL' : 'STORAGE_FAILED', code, { cause: thrown });
}

/** Relative, `/` between plain names, no dot names: anything else never reaches the file system. */
const isPlace = (place: string): boolean =>
  place.length <= 1024 && place.split('/').every((name) => /^[A-Za-z0-9_-][A-Za-z0-9._-]{0,254}$/.test(name));

/** Folders are remembered so that each is made and synced once; a folder a series would grow for years. */
const MAX_KNOWN = 10_000;

export type DataFolder = Readonly<{
  /** Absolute path of a place; throws for a place that is not below the folder. */
  absolute(place: InstanceFile): string;
  /** The absolute path again, once no symbolic link leads out of the folder. */
  existing(place: InstanceFile): Promise<string>;
  /**
   * Moves a written file to its place; name and bytes are durable when it resolves. The bytes are synced by `syncBytes`
   * together with the folder, after the rename: one commit of the file system's journal serves both. A crash in
   * between leaves a file that nobody was told of. A file that is there already was promised to somebody: it is
   * replaced by bytes that are durable before, and never removed.
   */
  settle(temporary: string, place: InstanceFile, syncBytes: () => Promise<void>): Promise<void>;
}>;

/** `root` exists and is a real path (no symbolic links in it). */
export function dataFolder(root: string): DataFolder {
  const known = new Set<string>([root]);

  const absolute = (place: InstanceFile): string => {
    if (!isPlace(place)) throw new Fault('INTERNAL', 'a file name that is not below the data folder');
    return join(root, ...place.split('/'));
  };
  const within = async (path: string): Promise<string> => {
    const real = await realpath(path);
    if (real !== root && !real.startsWith(root + sep)) {
      throw new Fault('STORAGE_FAILED', 'a symbolic link leads out of the data folder');
    }
    return path;
  };
  /** Creates the folder and its ancestors; each new name is synced in its parent, once. */
  const ensure = async (folder: string): Promise<void> => {
    if (known.has(folder)) return;
    await ensure(dirname(folder));
    await mkdir(folder).catch((thrown: NodeJS.ErrnoException) => {
      if (thrown.code !== 'EEXIST') throw thrown;
    });
    await within(folder);
    await syncFolder(dirname(folder));
    if (known.size > MAX_KNOWN) {
      known.clear();
      known.add(root);
    }
    known.add(folder);
  };

  return {
    absolute,
    existing: async (place) => within(absolute(place)),
    settle: async (temporary, place, syncBytes) => {
      const target = absolute(place);
      const folder = dirname(target);
      await ensure(folder);
      if (existsSync(target)) {
        await syncBytes();
        renameSync(temporary, target);
        await syncFolder(folder);
        return;
      }
      try {
        renameSync(temporary, target);
      } catch (thrown) {
        if ((thrown as NodeJS.ErrnoException).code !== 'ENOENT') throw thrown;
        // Somebody removed the folder since it was made.
        known.clear();
        known.add(root);
        await ensure(folder);
        renameSync(temporary, target);
      }
      await Promise.all([syncBytes(), syncFolder(folder)]).catch(async (thrown: unknown) => {
        await unlink(target).catch(() => undefined);
        throw thrown;
      });
    },
  };
}
