/** A folder whose disk fails at a change that the test names: test/faults/shim/disk-full.c. */
import { closeSync, openSync, readSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { compiledShim, preloading } from './shim.ts';

const NEVER = 2n ** 64n - 1n;
/** errno(3) on Linux */
const ERRNO = { ENOSPC: 28n, EROFS: 30n } as const;

export type FailingDisk = Disposable &
  Readonly<{
    /** of the program that writes to it */
    env: Readonly<Record<string, string>>;
    /** From the change after so many on all fail, until `heal`. Counts from here. */
    failAfter(changes: number, how: keyof typeof ERRNO): void;
    heal(): void;
    changes(): number;
    failed(): number;
  }>;

/** `place`: keeps what is needed for it; `folder`: what is on the disk. */
export function failingDisk(place: string, folder: string): FailingDisk {
  const file = join(place, 'disk-state');
  const state = openSync(file, 'w+');
  const put = (index: number, value: bigint): void => {
    const bytes = Buffer.alloc(8);
    bytes.writeBigUInt64LE(value);
    writeSync(state, bytes, 0, 8, index * 8);
  };
  const get = (index: number): number => {
    const bytes = Buffer.alloc(8);
    readSync(state, bytes, 0, 8, index * 8);
    return Number(bytes.readBigUInt64LE());
  };
  for (const [index, value] of [NEVER, 0n, 0n, ERRNO.ENOSPC].entries()) put(index, value);
  return {
    env: { ...preloading(compiledShim('disk-full', place)), FAILING_BELOW: folder, FAILING_STATE: file },
    failAfter: (changes, how) => {
      put(0, NEVER);
      put(3, ERRNO[how]);
      put(2, 0n);
      put(1, 0n);
      put(0, BigInt(changes));
    },
    heal: () => put(0, NEVER),
    changes: () => get(1),
    failed: () => get(2),
    [Symbol.dispose]: () => closeSync(state),
  };
}
