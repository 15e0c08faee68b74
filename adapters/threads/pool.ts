import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { Fault } from '../../src/fault.ts';
import type { Answer, WorkerOptions } from './messages.ts';

export type PoolOptions = Readonly<{
  /** threads; default: cores - 1, at least 1 */
  size?: number;
  /** one question may take this long, queueing not counted; a hung thread is stopped, a very slow case is lost */
  timeoutSeconds?: number;
  /** V8 heap of a thread, MiB; voxels live outside of it, so this stops a runaway parse, not a large series */
  maxHeapMiB?: number;
  /** start the first thread now, not at the first question: it warms up meanwhile */
  isEager?: boolean;
  /** false: the first lesion is measured by code that is not compiled yet; for tests that measure a few */
  isWarmedUp?: boolean;
  /** a thread that had nothing to do for so long is ended, and its memory is free; default: never */
  idleSeconds?: number;
  /** the thread's program */
  entry: URL;
}>;

type Task<Question, Value> = {
  question: Question;
  signal: AbortSignal;
  resolve: (value: Value) => void;
  reject: (reason: unknown) => void;
  /** what an abort means now: leaving the queue, or the end of the thread that computes it */
  onAbort: () => void;
};

/**
 * Threads of one program, started when first needed and kept. A thread that crashes, is aborted or exceeds the time
 * limit is ended and replaced: WORKER_FAILED or WORKER_TIMEOUT for its one question, the others do not notice. One that
 * ends before its program said `ready` has not seen the question: WORKER_NOT_STARTED. After disposal every question is
 * WORKER_FAILED.
 */
export class Pool<Question, Value> {
  readonly #options: Required<PoolOptions>;
  readonly #waiting: Task<Question, Value>[] = [];
  readonly #idle: Worker[] = [];
  readonly #all = new Set<Worker>();
  readonly #ready = new WeakSet<Worker>();
  readonly #ends = new Map<Worker, NodeJS.Timeout>();
  #isClosed = false;

  constructor(options: PoolOptions) {
    this.#options = {
      size: options.size ?? Math.max(1, availableParallelism() - 1),
      timeoutSeconds: options.timeoutSeconds ?? 600,
      maxHeapMiB: options.maxHeapMiB ?? 2048,
      isEager: options.isEager ?? false,
      isWarmedUp: options.isWarmedUp ?? true,
      idleSeconds: options.idleSeconds ?? Number.POSITIVE_INFINITY,
      entry: options.entry,
    };
    if (this.#options.isEager) this.#idle.push(this.#start());
  }

  ask(question: Question, signal: AbortSignal): Promise<Value> {
    return new Promise((resolve, reject) => {
      if (this.#isClosed) throw new Fault('WORKER_FAILED', 'the pool is closed');
      signal.throwIfAborted();
      const abort = (): void => task.onAbort();
      const leave = (): void => signal.removeEventListener('abort', abort);
      const task: Task<Question, Value> = {
        question,
        signal,
        resolve: (value) => {
          leave();
          resolve(value);
        },
        reject: (reason) => {
          leave();
          reject(reason);
        },
        onAbort: () => this.#forget(task),
      };
      this.#waiting.push(task);
      signal.addEventListener('abort', abort, { once: true });
      this.#next();
    });
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    for (const { reject } of this.#waiting.splice(0))
      reject(new Fault('WORKER_FAILED', 'the pool is closed'));
    await Promise.all([...this.#all].map((worker) => worker.terminate()));
  }

  #forget(task: Task<Question, Value>): void {
    const at = this.#waiting.indexOf(task);
    if (at >= 0) this.#waiting.splice(at, 1);
    task.reject(task.signal.reason);
  }

  #next(): void {
    if (this.#waiting.length === 0 || this.#isClosed) return;
    const worker = this.#idle.pop() ?? this.#startOneMore();
    if (worker) clearTimeout(this.#ends.get(worker));
    const task = worker && this.#waiting.shift();
    if (worker && task) this.#run(worker, task);
  }

  /** Where none can be had those who wait are served by the threads that there are, or by nobody. */
  #startOneMore(): Worker | undefined {
    if (this.#all.size >= this.#options.size) return undefined;
    try {
      return this.#start();
    } catch (fault) {
      if (this.#all.size === 0) for (const { reject } of this.#waiting.splice(0)) reject(fault);
      return undefined;
    }
  }

  #start(): Worker {
    const worker = startWorker(this.#options);
    this.#all.add(worker);
    worker.on('message', ({ kind }: Answer<Value>) => {
      if (kind === 'ready') this.#ready.add(worker);
    });
    // A thread that waits for work does not keep the process alive, and its death between two tasks is only noted.
    worker.unref();
    worker.on('error', () => this.#drop(worker));
    worker.on('exit', () => this.#drop(worker));
    return worker;
  }

  #rest(worker: Worker): void {
    this.#idle.push(worker);
    if (this.#options.idleSeconds === Number.POSITIVE_INFINITY) return;
    const end = (): void => {
      this.#drop(worker);
      worker.terminate().catch(() => undefined);
    };
    this.#ends.set(worker, setTimeout(end, this.#options.idleSeconds * 1000).unref());
  }

  #drop(worker: Worker): void {
    clearTimeout(this.#ends.get(worker));
    this.#ends.delete(worker);
    this.#all.delete(worker);
    const at = this.#idle.indexOf(worker);
    if (at >= 0) this.#idle.splice(at, 1);
    this.#next();
  }

  #run(worker: Worker, task: Task<Question, Value>): void {
    const { question, signal, resolve, reject } = task;
    const settle = (end: () => void, isReusable: boolean): void => {
      clearTimeout(timer);
      task.onAbort = () => undefined;
      worker.off('message', onMessage).off('error', onError).off('exit', onExit);
      worker.unref();
      if (isReusable && !this.#isClosed) this.#rest(worker);
      else worker.terminate().catch(() => undefined);
      end();
      this.#next();
    };
    const fail = (fault: unknown): void => settle(() => reject(fault), false);
    const onMessage = (answer: Answer<Value>): void => {
      if (answer.kind === 'done') settle(() => resolve(answer.value), true);
      if (answer.kind === 'fault') settle(() => reject(faultOf(answer)), true);
    };
    const code = () => (this.#isClosed || this.#ready.has(worker) ? 'WORKER_FAILED' : 'WORKER_NOT_STARTED');
    let thrown: unknown;
    // An error may overtake what the thread has said before it, `ready` too; its end does not.
    const onError = (cause: unknown): void => {
      thrown = cause;
      if (this.#ready.has(worker)) onExit();
    };
    const onExit = (): void =>
      fail(thrown === undefined ? new Fault(code(), 'it ended') : new Fault(code(), '', { cause: thrown }));
    const timeoutMs = this.#options.timeoutSeconds * 1000;
    const timer = setTimeout(() => fail(new Fault('WORKER_TIMEOUT', `${timeoutMs / 1000} s`)), timeoutMs);
    worker.on('message', onMessage).on('error', onError).on('exit', onExit);
    task.onAbort = () => fail(signal.reason);
    worker.ref();
    worker.postMessage(question);
  }
}

const faultOf = ({ code, detail, cause }: Extract<Answer<never>, { kind: 'fault' }>): Fault =>
  new Fault(code, detail, cause ? { cause } : undefined);

/** Voxels live outside the heap; a young generation of node's default size would only hold more garbage at the peak. */
const YOUNG_HEAP_MIB = 6;

function startWorker({ entry, maxHeapMiB, isWarmedUp }: Required<PoolOptions>): Worker {
  const workerData: WorkerOptions = { isWarmedUp };
  const resourceLimits = { maxOldGenerationSizeMb: maxHeapMiB, maxYoungGenerationSizeMb: YOUNG_HEAP_MIB };
  const options = { resourceLimits, workerData };
  if (!import.meta.url.endsWith('.ts')) return newWorker(entry, options);
  // Running from source: a thread needs a TypeScript loader of its own.
  const source = entry.href.replace(/\.js$/, '.ts');
  const bootstrap = `import('tsx/esm/api').then((tsx) => { tsx.register(); return import(${JSON.stringify(source)}); });`;
  return newWorker(bootstrap, { ...options, eval: true });
}

function newWorker(...given: ConstructorParameters<typeof Worker>): Worker {
  try {
    return new Worker(...given);
  } catch (cause) {
    throw new Fault('WORKER_NOT_STARTED', (cause as { code?: string }).code ?? '', { cause });
  }
}
