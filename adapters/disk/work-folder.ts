/** A folder for what a command makes before it is whole, closed to others and removed with it. */
import { mkdir, readdir, realpath, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { storageFault } from './data-folder.ts';

const NAME = /^\.earshot-backup-(\d+)$/;

export type WorkFolder = AsyncDisposable & Readonly<{ path: string }>;

/**
 * In that folder, under the number of this process. What processes that were killed left there is removed first: they are told by their
 * numbers. Faults: STORAGE_FULL, STORAGE_FAILED.
 */
export async function openWorkFolder(parent: string): Promise<WorkFolder> {
  const remove = (path: string) => rm(path, { recursive: true, force: true });
  try {
    const root = await realpath(parent);
    for (const name of await readdir(root)) {
      const [, pid] = NAME.exec(name) ?? [];
      if (pid !== undefined && !isOfAnother(Number(pid))) await remove(join(root, name));
    }
    const path = join(root, `.earshot-backup-${process.pid}`);
    await mkdir(path, { mode: 0o700 });
    return { path, [Symbol.asyncDispose]: () => remove(path) };
  } catch (thrown) {
    throw storageFault(thrown);
  }
}

/** Of a process that lives and is not this one. */
function isOfAnother(pid: number): boolean {
  if (pid === process.pid) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (thrown) {
    return (thrown as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}
