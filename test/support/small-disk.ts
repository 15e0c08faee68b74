/** A disk of a few mebibytes: a tmpfs, which root alone can mount. */
import { execFileSync, spawnSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, realpathSync, rmSync, statfsSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { mayBeMissing } from './may-be-missing.ts';

const MIB = 2 ** 20;

export type SmallDisk = Disposable &
  Readonly<{
    folder: string;
    freeBytes(): number;
    /** Fills it up to so many bytes; 0: until nothing more can be written. */
    fillUpTo(freeBytes: number): void;
    /** Takes away what filled it. */
    empty(): void;
    remount(mode: 'ro' | 'rw'): void;
  }>;

const mount = (folder: string, options: string): string[] => ['-t', 'tmpfs', '-o', options, 'tmpfs', folder];

/** Why there can be none here; undefined: there can. */
export const smallDiskMissing = (): string | undefined => mayBeMissing(whyNone());

function whyNone(): string | undefined {
  if (process.getuid?.() !== 0) return 'only root can mount a tmpfs';
  const folder = mkdtempSync(join(tmpdir(), 'earshot-mount-'));
  try {
    if (spawnSync('mount', mount(folder, 'size=1m')).status !== 0) return 'no tmpfs can be mounted here';
    execFileSync('umount', [folder]);
    return undefined;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

export function smallDisk(mebibytes: number): SmallDisk {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'earshot-small-')));
  execFileSync('mount', mount(folder, `size=${mebibytes}m`));
  const ballast = join(folder, 'ballast');
  const freeBytes = (): number => {
    const { bavail, bsize } = statfsSync(folder);
    return bavail * bsize;
  };
  return {
    folder,
    freeBytes,
    fillUpTo: (wanted) => {
      const file = openSync(ballast, 'a');
      try {
        for (let missing = freeBytes() - wanted; missing > 0; missing = freeBytes() - wanted)
          writeSync(file, Buffer.alloc(Math.min(missing, MIB)));
      } finally {
        closeSync(file);
      }
    },
    empty: () => rmSync(ballast, { force: true }),
    remount: (mode) => execFileSync('mount', ['-o', `remount,${mode}`, folder]),
    [Symbol.dispose]: () => {
      execFileSync('umount', [folder]);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
