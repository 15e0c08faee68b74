import { setMaxListeners } from 'node:events';
import type { FoldResult, FoldTask } from '../../src/lab/search/fold.ts';
import type { FoldRunner } from '../../src/lab/search/search.ts';
import { Pool } from './pool.ts';

/** A fold of thousands of columns takes minutes. */
const TIMEOUT_SECONDS = 6 * 3600;

/** `size` threads that fit folds. Faults: those of Pool, and of what is asked. */
export function startLabPool(size: number, signal: AbortSignal): AsyncDisposable & { run: FoldRunner } {
  // Every fold that waits or is computed listens.
  setMaxListeners(0, signal);
  const entry = new URL('./lab-worker.js', import.meta.url);
  const pool = new Pool<FoldTask, readonly FoldResult[]>({ entry, size, timeoutSeconds: TIMEOUT_SECONDS });
  return {
    run: (task) => pool.ask(task, signal),
    [Symbol.asyncDispose]: () => pool.close(),
  };
}
