/**
 * A folder that other machines write to, too. What they have made durable is seen here late: NFS keeps names, also that there is none,
 * and sizes for some seconds (acdirmax, acregmax), and a handle may be of a file that has another's place by now (ESTALE).
 */
import { readdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { InstanceFile, PlacedFile } from '../../src/ports.ts';

const FIRST_PAUSE_MS = 50;
const MOST_PAUSE_MS = 5000;
const STATS_AT_ONCE = 16;

const isUnseen = (thrown: unknown): boolean =>
  ['ENOENT', 'ESTALE'].includes((thrown as NodeJS.ErrnoException).code ?? '');

/** Runs a task again, after growing pauses, while what it reads is not seen. */
export async function onceSeen<T>(seconds: number, task: () => Promise<T>): Promise<T> {
  const end = performance.now() + seconds * 1000;
  for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(2 * pause, MOST_PAUSE_MS)) {
    try {
      return await task();
    } catch (thrown) {
      if (!isUnseen(thrown) || performance.now() >= end) throw thrown;
    }
    await sleep(Math.min(pause, Math.max(0, end - performance.now())));
  }
}

/** Those that are not seen here, or not whole, after so many seconds. Throws when it is aborted. */
export async function unseenAfter(
  seconds: number,
  wanted: readonly PlacedFile[],
  pathOf: (file: InstanceFile) => string,
  signal: AbortSignal,
): Promise<readonly InstanceFile[]> {
  const end = performance.now() + seconds * 1000;
  let left = await unseen(wanted, pathOf);
  for (let pause = FIRST_PAUSE_MS; left.length > 0; pause = Math.min(2 * pause, MOST_PAUSE_MS)) {
    const rest = end - performance.now();
    if (rest <= 0) break;
    await sleep(Math.min(pause, rest), undefined, { signal });
    // Reading a folder anew has its names looked for anew.
    for (const folder of new Set(left.map(({ file }) => dirname(pathOf(file)))))
      await readdir(folder).catch(() => undefined);
    left = await unseen(left, pathOf);
  }
  return left.map(({ file }) => file);
}

async function unseen(
  wanted: readonly PlacedFile[],
  pathOf: (file: InstanceFile) => string,
): Promise<readonly PlacedFile[]> {
  const found: PlacedFile[] = [];
  for (let at = 0; at < wanted.length; at += STATS_AT_ONCE) {
    const some = wanted.slice(at, at + STATS_AT_ONCE);
    const sizes = await Promise.all(some.map(({ file }) => sizeOf(pathOf(file))));
    found.push(...some.filter(({ bytes = 0 }, index) => (sizes[index] ?? 0) < bytes));
  }
  return found;
}

/** Of one that is not seen, less than any; what else is wrong with it, reading it tells. */
const sizeOf = (path: string): Promise<number> =>
  stat(path).then(
    ({ size }) => size,
    (thrown) => (isUnseen(thrown) ? -1 : Number.POSITIVE_INFINITY),
  );
