import type { Log } from '../../src/ports.ts';

type Options<Taken> = Readonly<{
  kind: string;
  /** jobs at once, asked before each */
  limit: () => number;
  /** the next job; undefined: there is none now */
  take: () => Promise<Taken | undefined>;
  /** from the beginning to the end of a job, whatever comes of it */
  run: (taken: Taken) => Promise<void>;
  /** looks again after so long, woken or not */
  idleMs: number;
  log: Log;
}>;

export type Loop = Readonly<{
  wake(): void;
  /** Takes no more, and resolves when what runs has ended. */
  stop(): Promise<void>;
}>;

/** Takes jobs of one kind and runs them, some at once. A store that fails is asked again after the pause. */
export function startLoop<Taken>({ kind, limit, take, run, idleMs, log }: Options<Taken>): Loop {
  const running = new Set<Promise<void>>();
  let isStopping = false;
  let wake = () => {};
  const failed = (thrown: unknown): void =>
    log.warn('queue.failed', { kind, code: (thrown as { code?: string })?.code ?? 'INTERNAL' });
  const idle = (): Promise<void> =>
    new Promise((resolve) => {
      const timer = setTimeout(resolve, idleMs);
      wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  const loop = async (): Promise<void> => {
    while (!isStopping) {
      // Before it looks, so that what comes meanwhile is not slept through.
      const woken = idle();
      const taken = running.size < limit() ? await take().catch(failed) : undefined;
      if (taken === undefined) {
        await woken;
        continue;
      }
      const task: Promise<void> = run(taken)
        .catch(failed)
        .finally(() => {
          running.delete(task);
          wake();
        });
      running.add(task);
      wake();
    }
  };
  const looping = loop();
  return {
    wake: () => wake(),
    stop: async () => {
      isStopping = true;
      wake();
      await looping;
      await Promise.allSettled(running);
    },
  };
}
