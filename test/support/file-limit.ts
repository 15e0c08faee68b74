/** A disk that takes no more: the kernel refuses what would make a file of this process longer than `bytes` (EFBIG), in the middle of a write. */
import { execFileSync } from 'node:child_process';

const limit = (soft: number | 'unlimited'): void => {
  execFileSync('prlimit', ['--pid', String(process.pid), `--fsize=${soft}:unlimited`]);
};

/** So long as `work` runs. */
export async function withFileLimit<T>(bytes: number, work: () => T | Promise<T>): Promise<T> {
  limit(bytes);
  try {
    return await work();
  } finally {
    limit('unlimited');
  }
}
