import { SingleBar } from 'cli-progress';

export type Progress = Readonly<{ step(hasFailed: boolean): void; stop(): void }>;

/** A bar on standard error; where that is no terminal, a line for every tenth of the way. */
export function progressBar(total: number): Progress {
  let failed = 0;
  const bar = new SingleBar({
    format: '{bar} {value}/{total} | {failed} failed | {eta_formatted} left',
    stream: process.stderr,
    noTTYOutput: true,
    notTTYSchedule: 10_000,
    hideCursor: true,
  });
  bar.start(total, 0, { failed });
  return {
    step(hasFailed) {
      if (hasFailed) failed++;
      bar.increment({ failed });
    },
    stop: () => bar.stop(),
  };
}

/** The bar is stopped however the work ends: its timer would keep the process alive. */
export async function stopping<T>(bar: Progress, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } finally {
    bar.stop();
  }
}
