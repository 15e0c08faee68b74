/** Names below the data folder, made durable: a name counts only when the folder that holds it is synced. */
import { existsSync, linkSync, lstatSync, renameSync, unlinkSync } from 'node:fs';
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

/** Mode of every folder that is made: nothing for other users of the machine. */
export const CLOSED = 0o770;

/** Folders are remembered so that each is made and synced once; a folder a series would grow for years. */
const MAX_KNOWN = 10_000;

export type DataFolder = Readonly<{
  /** Absolute path of a place; throws for a place that is not below the folder. */
  absolute(place: InstanceFile): string;
  /** The absolute path again, once no symbolic link leads out of the folder. */
  existing(place: InstanceFile): Promise<string>;
  /**
   * Moves a written file to its place; name and bytes are durable when it resolves. The bytes are synced by `syncBytes`
   * together with the folder, after it has its name: one commit of the file system's journal serves both. A crash in
   * between leaves a file that nobody was told of. A file that is there already was promised to somebody: it is
   * replaced by bytes that are durable before, and never removed.
   */
  settle(temporary: string, place: InstanceFile, syncBytes: () => Promise<void>): Promise<void>;
  /** As `settle`; false, and nothing is done, when a file is there already, whoever put it there. */
  settleNew(temporary: string, place: InstanceFile, syncBytes: () => Promise<void>): Promise<boolean>;
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
    await mkdir(folder, { mode: CLOSED }).catch((thrown: NodeJS.ErrnoException) => {
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

  /** Runs `name`, which gives a file its name in the folder; once more when somebody has removed the folder since it was made. */
  const naming = async <T>(folder: string, name: () => T): Promise<T> => {
    await ensure(folder);
    try {
      return name();
    } catch (thrown) {
      if ((thrown as NodeJS.ErrnoException).code !== 'ENOENT') throw thrown;
      known.clear();
      known.add(root);
      await ensure(folder);
      return name();
    }
  };
  const removingIfNot = async (target: string, all: readonly Promise<unknown>[]): Promise<void> => {
    await Promise.all(all).catch(async (thrown: unknown) => {
      await unlink(target).catch(() => undefined);
      throw thrown;
    });
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
      await naming(folder, () => renameSync(temporary, target));
      await removingIfNot(target, [syncBytes(), syncFolder(folder)]);
    },
    settleNew: async (temporary, place, syncBytes) => {
      const target = absolute(place);
      const folder = dirname(target);
      const isNamed = await naming(folder, () => nameNew(temporary, target));
      if (isNamed === 'taken') return false;
      const dropping = async (): Promise<void> => {
        if (isNamed === 'linked') unlinkSync(temporary);
      };
      await removingIfNot(target, [syncBytes(), syncFolder(folder), dropping()]);
      return true;
    },
  };
}

/** File systems that know no second name of a file. */
const NO_LINKS = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS']);

/** A second name is given only where there is none, at once for all processes and machines; a rename replaces what is there. */
function nameNew(temporary: string, target: string): 'linked' | 'renamed' | 'taken' {
  try {
    linkSync(temporary, target);
    return 'linked';
  } catch (thrown) {
    const code = (thrown as NodeJS.ErrnoException).code ?? '';
    // NFS repeats a request whose answer was lost, and finds its own work.
    if (code === 'EEXIST') return isSameFile(temporary, target) ? 'linked' : 'taken';
    if (!NO_LINKS.has(code)) throw thrown;
  }
  if (existsSync(target)) return 'taken';
  renameSync(temporary, target);
  return 'renamed';
}

function isSameFile(one: string, other: string): boolean {
  const [a, b] = [lstatSync(one), lstatSync(other, { throwIfNoEntry: false })];
  return a.dev === b?.dev && a.ino === b.ino;
}
