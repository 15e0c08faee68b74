/** A folder whose disk fails at a change that the test names: test/faults/shim/disk-full.c. */
import { closeSync, openSync, readSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { compiledShim, preloading } from './shim.ts';

const NEVER = 2n ** 64n - 1n;
/** errno(3) on Linux */
const ERRNO = { EIO: 5n, ENOSPC: 28n, EROFS: 30n, EDQUOT: 122n } as const;

export type FailingDisk = Disposable &
  Readonly<{
    /** of the program that writes to it */
    env: Readonly<Record<string, string>>;
    /** From the change after so many on all fail, until `heal`; or `count` of them. Counts from here. */
    failAfter(changes: number, how: keyof typeof ERRNO, count?: number): void;
    heal(): void;
    changes(): number;
    failed(): number;
    /** of those that failed: to what was being received */
    failedReceiving(): number;
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
  for (const [index, value] of [NEVER, 0n, 0n, ERRNO.ENOSPC, NEVER, 0n].entries()) put(index, value);
  return {
    env: { ...preloading(compiledShim('disk-full', place)), FAILING_BELOW: folder, FAILING_STATE: file },
    failAfter: (changes, how, count) => {
      put(0, NEVER);
      put(5, 0n);
      put(4, count === undefined ? NEVER : BigInt(count));
      put(3, ERRNO[how]);
      put(2, 0n);
      put(1, 0n);
      put(0, BigInt(changes));
    },
    heal: () => put(0, NEVER),
    changes: () => get(1),
    failed: () => get(2),
    failedReceiving: () => get(5),
    [Symbol.dispose]: () => closeSync(state),
  };
}
