/** Instances on a disk: written under `incoming/`, given their place, then synced together with the folder (data-folder.ts). */
import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync } from 'node:fs';
import { lstat, mkdir, readdir, realpath, rm, rmdir, stat, statfs, unlink } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { Fault } from '../../src/fault.ts';
import type { InstanceFiles } from '../../src/ports.ts';
import { isAsReceived } from './as-received.ts';
import { CLOSED, type DataFolder, dataFolder, storageFault } from './data-folder.ts';
import { IncomingFile, type IncomingLimits } from './incoming-file.ts';
import { NewFile, syncFolder } from './new-file.ts';
import { onceSeen, unseenAfter } from './shared-folder.ts';
import { openStored } from './stored-file.ts';
import { readStoredHeader } from './stored-header.ts';

const INCOMING = 'incoming';
/** In a data folder: what is being restored into it, and nothing any more when all of it is in its place. */
export const RESTORING = '.restoring';

const LIMITS: IncomingLimits = {
  writeBytes: 256 * 1024,
  bufferBytes: 1024 * 1024,
  instanceBytes: 2 * 1024 ** 3,
  headBytes: 16 * 1024,
  roomEveryBytes: 8 * 2 ** 20,
};

export type InstanceFilesOptions = Readonly<{
  /** Larger objects are refused. */
  maxObjectBytes?: number;
  /** another process may be receiving in this folder: what lies in `incoming/` is left alone */
  isBeside?: boolean;
  /** one of several processes that receive in this folder: each has a folder of this name in `incoming/` of its own */
  owner?: string | undefined;
  /** other machines write to this folder, too: so long is waited for what is not seen yet */
  shared?: Readonly<{ jobSeconds: number; readSeconds: number }>;
  /** bytes of the file system that stay free: an object that would take of them is refused */
  minFreeBytes?: number;
  limits?: Partial<Omit<IncomingLimits, 'instanceBytes' | 'hasRoom'>>;
}>;

export type OpenedFiles = InstanceFiles &
  Readonly<{
    /** For what is not received: below the data folder, and removed as what is left in `incoming/` is. Absolute. */
    temporaryFolder: string;
    /** Removes what processes that do not live any more left in `incoming/`. */
    removeLeft(isAlive: (owner: string) => Promise<boolean>): Promise<void>;
  }>;

/**
 * Opens the data folder, creating it when it is not there. What a crash left in `incoming/` was never acknowledged
 * and is removed: by the next start, or where there are several owners by `removeLeft`.
 */
export async function openInstanceFiles(
  dataDir: string,
  options: InstanceFilesOptions = {},
): Promise<OpenedFiles> {
  const { owner } = options;
  await makeDataDir(dataDir);
  const root = await openRoot(dataDir, options).catch((thrown: unknown) => {
    throw storageFault(thrown);
  });
  const folder = dataFolder(root);
  let free = { bytes: 0, askedAt: Number.NEGATIVE_INFINITY };
  const temporaryFolder = owner === undefined ? join(root, INCOMING) : join(root, INCOMING, owner);
  const temporary = (): string => {
    if (owner !== undefined) keepFolder(temporaryFolder);
    return join(temporaryFolder, `${randomUUID()}.part`);
  };
  const { shared } = options;
  const seen = <T>(task: () => Promise<T>): Promise<T> => onceSeen(shared?.readSeconds ?? 0, task);
  const freeNow = async (): Promise<number> => {
    try {
      const { bavail, bsize } = await statfs(root);
      free = { bytes: bavail * bsize, askedAt: performance.now() };
      return free.bytes;
    } catch (thrown) {
      throw storageFault(thrown);
    }
  };
  const { minFreeBytes } = options;
  const limits = {
    ...LIMITS,
    ...options.limits,
    hasRoom: minFreeBytes === undefined ? undefined : async () => (await freeNow()) >= minFreeBytes,
    instanceBytes: options.maxObjectBytes ?? LIMITS.instanceBytes,
  };

  return {
    receive: (meta) => new IncomingFile(folder, temporary(), meta, limits),
    put: (place, bytes) => put(folder, temporary(), place, bytes),
    read: async (file) => {
      try {
        return await seen(async () => readWhole(await folder.existing(file)));
      } catch (thrown) {
        throw storageFault(thrown);
      }
    },
    header: async (file) => {
      try {
        return await seen(async () => readStoredHeader(await folder.existing(file)));
      } catch (thrown) {
        throw storageFault(thrown);
      }
    },
    isAsReceived: async (file) => {
      try {
        return await isAsReceived(await folder.existing(file));
      } catch (thrown) {
        if ((thrown as NodeJS.ErrnoException).code === 'ENOENT') return false;
        throw storageFault(thrown);
      }
    },
    remove: (file) => remove(root, folder.absolute(file)),
    absolute: folder.absolute,
    regular: async (file) => {
      try {
        const path = await folder.existing(file);
        if ((await lstat(path)).isFile()) return path;
      } catch (thrown) {
        if ((thrown as NodeJS.ErrnoException).code === 'ENOENT') return folder.absolute(file);
        throw storageFault(thrown);
      }
      throw new Fault('STORAGE_FAILED', 'not a regular file');
    },
    temporaryFolder,
    removeLeft: (isAlive) => removeLeft(join(root, INCOMING), isAlive),
    ...(shared && {
      awaited: (wanted, signal) => unseenAfter(shared.jobSeconds, wanted, folder.absolute, signal),
    }),
    // Asked before every object: an answer of this second will do.
    freeBytes: async () => (performance.now() - free.askedAt > 1000 ? freeNow() : free.bytes),
  };
}

/** Makes the data folder where there is none, closed to other users of the machine; its name is durable when it resolves. Faults: RESTORE_UNFINISHED, STORAGE_FULL, STORAGE_FAILED. */
export async function makeDataDir(dataDir: string): Promise<void> {
  const path = resolve(dataDir);
  try {
    const first = (await mkdir(path, { recursive: true, mode: CLOSED })) ?? path;
    for (let made = path; made.length >= first.length; made = dirname(made)) await syncFolder(dirname(made));
  } catch (thrown) {
    // A folder above that may not be read was there before.
    if ((thrown as NodeJS.ErrnoException).code !== 'EACCES' || !existsSync(path)) throw storageFault(thrown);
  }
  await refuseHalfRestored(path);
}

async function refuseHalfRestored(path: string): Promise<void> {
  try {
    await rmdir(join(path, RESTORING));
  } catch (thrown) {
    const { code = '' } = thrown as NodeJS.ErrnoException;
    if (['ENOTEMPTY', 'EEXIST'].includes(code)) throw new Fault('RESTORE_UNFINISHED');
    if (code !== 'ENOENT') throw storageFault(thrown);
  }
}

async function openRoot(
  dataDir: string,
  { isBeside = false, owner }: Pick<InstanceFilesOptions, 'isBeside' | 'owner'>,
): Promise<string> {
  const root = await realpath(dataDir);
  const incoming = join(root, INCOMING);
  await mkdir(incoming, { mode: CLOSED }).catch((thrown: NodeJS.ErrnoException) => {
    if (thrown.code !== 'EEXIST') throw thrown;
  });
  // What lies in it is removed: a link would have that done elsewhere.
  if ((await realpath(incoming)) !== incoming)
    throw new Fault('STORAGE_FAILED', 'a symbolic link leads out of the data folder');
  if (owner !== undefined) await mkdir(join(incoming, owner), { mode: CLOSED });
  else if (!isBeside)
    for (const name of await readdir(incoming)) await rm(join(incoming, name), { recursive: true });
  await syncFolder(root);
  return root;
}

/** Another process that took this one for dead may have removed it. Where it cannot be made, writing there tells. */
function keepFolder(folder: string): void {
  try {
    if (!existsSync(folder)) mkdirSync(folder, { mode: CLOSED });
  } catch {}
}

/** A process that could not say that it lives may still be receiving: its folder changes. */
const QUIET_FOR_MS = 3_600_000;

async function removeLeft(incoming: string, isAlive: (owner: string) => Promise<boolean>): Promise<void> {
  for (const name of await readdir(incoming)) {
    const folder = join(incoming, name);
    const { mtimeMs } = (await stat(folder).catch(unlessGone)) ?? { mtimeMs: Date.now() };
    if (Date.now() - mtimeMs < QUIET_FOR_MS || (await isAlive(name))) continue;
    await rm(folder, { recursive: true, force: true });
  }
}

async function readWhole(path: string): Promise<Uint8Array> {
  const file = await openStored(path);
  try {
    return await file.readFile();
  } finally {
    await file.close();
  }
}

async function put(folder: DataFolder, temporary: string, place: string, bytes: Uint8Array): Promise<void> {
  folder.absolute(place);
  try {
    const file = new NewFile(temporary);
    try {
      await file.write([bytes], bytes.length);
      await folder.settle(temporary, place, () => file.sync());
    } finally {
      await file.close();
    }
  } catch (thrown) {
    await unlink(temporary).catch(() => undefined);
    throw storageFault(thrown);
  }
}

/** Lasting when it resolves: a name that a power cut brought back would be an object that nothing names, to be taken in again. */
async function remove(root: string, path: string): Promise<void> {
  try {
    await unlink(path).catch(unlessGone);
    let folder = dirname(path);
    while (folder !== root && dirname(folder) !== root && (await isRemoved(folder))) folder = dirname(folder);
    await syncFolder(folder).catch(unlessGone);
  } catch (thrown) {
    throw storageFault(thrown);
  }
}

/** A folder that is not empty, or in which something has just arrived, stays. */
async function isRemoved(folder: string): Promise<boolean> {
  try {
    await rmdir(folder);
  } catch (thrown) {
    const { code = '' } = thrown as NodeJS.ErrnoException;
    if (!['ENOTEMPTY', 'EEXIST', 'ENOENT'].includes(code)) throw thrown;
    return code === 'ENOENT';
  }
  return true;
}

function unlessGone(thrown: NodeJS.ErrnoException): void {
  if (thrown.code !== 'ENOENT') throw thrown;
}
