import { availableParallelism } from 'node:os';
import type { Worker } from 'node:worker_threads';
import { Fault } from '../../src/fault.ts';
import type { Radiomics } from '../../src/ports.ts';
import { startWorker } from './start-worker.ts';
import type { Answer, Task } from './task.ts';

export type PoolOptions = Readonly<{
  /** default: all cores but one, at least one */
  size?: number;
  /** wall time that one task may take */
  timeoutSeconds: number;
  /** memory of a thread's JavaScript heap; voxels live outside it */
  heapMiB?: number;
  /** name of the worker program, for tests */
  program?: string;
}>;

type Waiting = Readonly<{
  task: Task;
  signal: AbortSignal;
  resolve(value: unknown): void;
  reject(fault: unknown): void;
}>;

/**
 * Computing threads. A task that throws costs nobody else anything; one that crashes, runs too long or is called off
 * ends its thread, and a new one is started for the next task. Tasks wait in the order they came.
 */
export function startRadiomicsPool(options: PoolOptions): Radiomics & AsyncDisposable {
  const size = options.size ?? Math.max(1, availableParallelism() - 1);
  const program = options.program ?? 'radiomics-worker';
  const resourceLimits = { maxOldGenerationSizeMb: options.heapMiB ?? 4096 };
  const idle: Worker[] = [];
  const all = new Set<Worker>();
  const queue: Waiting[] = [];
  let busy = 0;
  let isClosed = false;

  const start = (): Worker => {
    const worker = startWorker(program, { resourceLimits });
    all.add(worker);
    worker.once('exit', () => {
      all.delete(worker);
      const place = idle.indexOf(worker);
      if (place >= 0) idle.splice(place, 1);
    });
    // An idle thread that fails has no task to tell; its exit has already taken it out of the pool.
    worker.on('error', () => {});
    return worker;
  };

  const next = (): void => {
    while (busy < size) {
      const waiting = queue.shift();
      if (!waiting) return;
      if (waiting.signal.aborted) {
        waiting.reject(waiting.signal.reason);
        continue;
      }
      busy += 1;
      void perform(idle.pop() ?? start(), waiting).finally(() => {
        busy -= 1;
        next();
      });
    }
  };

  const perform = (worker: Worker, { task, signal, resolve, reject }: Waiting): Promise<void> =>
    new Promise((done) => {
      const settle = (act: () => void, isReusable: boolean): void => {
        clearTimeout(timer);
        signal.removeEventListener('abort', callOff);
        worker.off('message', onMessage);
        worker.off('error', onError);
        worker.off('exit', onExit);
        if (isReusable && !isClosed) idle.push(worker);
        else void worker.terminate();
        act();
        done();
      };
      const onMessage = (answer: Answer): void =>
        settle(() => {
          if ('value' in answer) resolve(answer.value);
          else {
            const { code, detail, cause } = answer.fault;
            reject(new Fault(code, detail, { cause }));
          }
        }, true);
      const onError = (error: Error): void =>
        settle(() => reject(new Fault('WORKER_FAILED', (error as { code?: string }).code ?? '', { cause: error })), false);
      const onExit = (code: number): void => settle(() => reject(new Fault('WORKER_FAILED', `exit ${code}`)), false);
      const callOff = (): void => settle(() => reject(signal.reason), false);
      const timer = setTimeout(
        () => settle(() => reject(new Fault('WORKER_TIMEOUT', `${options.timeoutSeconds} s`)), false),
        options.timeoutSeconds * 1000,
      );
      signal.addEventListener('abort', callOff, { once: true });
      worker.once('message', onMessage);
      worker.once('error', onError);
      worker.once('exit', onExit);
      worker.postMessage(task);
    });

  const run = <T>(task: Task, signal: AbortSignal): Promise<T> =>
    new Promise((resolve, reject) => {
      if (isClosed) return reject(new Fault('WORKER_FAILED', 'the service is stopping'));
      queue.push({ task, signal, resolve: resolve as (value: unknown) => void, reject });
      next();
    });

  return {
    measure: (request, signal) => run({ kind: 'measure', request }, signal),
    describeMask: (file, signal) => run({ kind: 'describeMask', file }, signal),
    [Symbol.asyncDispose]: async () => {
      isClosed = true;
      for (const { reject } of queue.splice(0)) reject(new Fault('WORKER_FAILED', 'the service is stopping'));
      await Promise.all([...all].map((worker) => worker.terminate()));
    },
  };
}
