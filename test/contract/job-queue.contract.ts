import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { JobHandler, JobQueue } from '../../src/ports.ts';

export type OpenQueue = () => Promise<{
  queue: JobQueue;
  /** moves the queue's clock */
  pass(seconds: number): Promise<void> | void;
  /** the same storage opened again, as after a crash */
  reopen(): Promise<JobQueue>;
  close(): Promise<void>;
}>;

const until = async (isTrue: () => boolean): Promise<void> => {
  const end = Date.now() + 8000;
  while (!isTrue()) {
    if (Date.now() > end) throw new Error('it did not happen in time');
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
};

/** Until it is stopped. */
const hang = (signal: AbortSignal): Promise<never> =>
  new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(new Error('stopped'))));

/** What every JobQueue promises, whatever stores it. */
export function describeJobQueue(name: string, open: OpenQueue): void {
  describe(name, () => {
    let opened: Awaited<ReturnType<OpenQueue>>;
    let workers: AsyncDisposable[] = [];
    const work = async (queue: JobQueue, handler: JobHandler) => {
      workers.push(await queue.work('assess', handler));
    };
    beforeEach(async () => {
      opened = await open();
      workers = [];
    });
    afterEach(async () => {
      for (const worker of workers) await worker[Symbol.asyncDispose]();
      await opened.close();
    });

    test('a job whose key already waits is not queued twice', async () => {
      expect(await opened.queue.put({ kind: 'assess', key: 'a' })).toBe(true);
      expect(await opened.queue.put({ kind: 'assess', key: 'a' })).toBe(false);
      expect(await opened.queue.put({ kind: 'score', key: 'a' })).toBe(true);
    });

    test('jobs are handled in the order they were put', async () => {
      const seen: string[] = [];
      for (const key of ['a', 'b', 'c']) {
        await opened.queue.put({ kind: 'assess', key });
        await opened.pass(0.01);
      }
      await work(opened.queue, async ({ key }) => void seen.push(key));
      await until(() => seen.length === 3);
      expect(seen).toEqual(['a', 'b', 'c']);
    });

    test('a handler that throws has its job again after a pause, and not before', async () => {
      let runs = 0;
      await opened.queue.put({ kind: 'assess', key: 'a' });
      await work(opened.queue, async () => {
        runs += 1;
        if (runs === 1) throw new Error('once');
      });
      await until(() => runs === 1);
      await new Promise((resolve) => setTimeout(resolve, 700));
      expect(runs).toBe(1);
      await opened.pass(5);
      await until(() => runs === 2);
    });

    test('a job put while it runs is run once more, so that no wake-up is lost', async () => {
      let runs = 0;
      let release = () => {};
      await opened.queue.put({ kind: 'assess', key: 'a' });
      await work(opened.queue, async () => {
        runs += 1;
        if (runs === 1) await new Promise<void>((resolve) => (release = resolve));
      });
      await until(() => runs === 1);
      await opened.queue.put({ kind: 'assess', key: 'a' });
      release();
      await until(() => runs === 2);
      await new Promise((resolve) => setTimeout(resolve, 700));
      expect(runs).toBe(2);
    });

    test('a job for later is not handled before its time', async () => {
      const seen: string[] = [];
      await opened.queue.put(
        { kind: 'assess', key: 'later' },
        { notBefore: new Date(Date.now() + 3_600_000) },
      );
      await work(opened.queue, async ({ key }) => void seen.push(key));
      await new Promise((resolve) => setTimeout(resolve, 700));
      expect(seen).toEqual([]);
      await opened.pass(3601);
      await until(() => seen.length === 1);
    });

    test('a job that ran when the process died is handled by the next process', async () => {
      let started = false;
      await opened.queue.put({ kind: 'assess', key: 'a' });
      await work(opened.queue, async (_job, signal) => {
        started = true;
        await hang(signal);
      });
      await until(() => started);
      const next = await opened.reopen();
      const seen: string[] = [];
      await work(next, async ({ key }) => void seen.push(key));
      await until(() => seen.length === 1);
    });

    test('a job tells how often a process died while it ran, until it is done', async () => {
      const told: number[] = [];
      await opened.queue.put({ kind: 'assess', key: 'a' });
      let queue = opened.queue;
      for (let process = 1; process <= 2; process += 1) {
        await work(queue, async ({ deaths }, signal) => {
          told.push(deaths);
          await hang(signal);
        });
        await until(() => told.length === process);
        queue = await opened.reopen();
      }
      await work(queue, async ({ deaths }) => void told.push(deaths));
      await until(() => told.length === 3);
      await queue.put({ kind: 'assess', key: 'a' });
      await until(() => told.length === 4);
      expect(told).toEqual([0, 1, 2, 0]);
    });

    test('a process that died counts for what ran, and for nothing that waited', async () => {
      await opened.queue.put({ kind: 'assess', key: 'ran' });
      await opened.pass(0.01);
      await opened.queue.put({ kind: 'assess', key: 'waited' });
      let started = '';
      await work(opened.queue, async ({ key }, signal) => {
        started = key;
        await hang(signal);
      });
      await until(() => started === 'ran');
      const next = await opened.reopen();
      const told = new Map<string, number>();
      await work(next, async ({ key, deaths }) => void told.set(key, deaths));
      await until(() => told.size === 2);
      expect(Object.fromEntries(told)).toEqual({ ran: 1, waited: 0 });
    });

    test('neither a fault nor a stop is a death', async () => {
      const told: number[] = [];
      await opened.queue.put({ kind: 'assess', key: 'a' });
      await work(opened.queue, async ({ deaths }, signal) => {
        told.push(deaths);
        if (told.length === 1) throw new Error('once');
        await hang(signal);
      });
      await until(() => told.length === 1);
      await new Promise((resolve) => setTimeout(resolve, 200));
      await opened.pass(5);
      await until(() => told.length === 2);
      for (const worker of workers.splice(0)) await worker[Symbol.asyncDispose]();
      const next = await opened.reopen();
      await work(next, async ({ deaths }) => void told.push(deaths));
      await until(() => told.length === 3);
      expect(told).toEqual([0, 0, 0]);
    });

    test('it tells how many jobs wait and since when', async () => {
      await opened.queue.put({ kind: 'assess', key: 'a' });
      await opened.pass(60);
      const { count, oldestSeconds } = await opened.queue.waiting();
      expect(count).toBe(1);
      expect(oldestSeconds).toBeGreaterThanOrEqual(60);
    });

    test('a job for later waits since its time came', async () => {
      await opened.queue.put({ kind: 'assess', key: 'a' }, { notBefore: new Date(Date.now() + 3_600_000) });
      await opened.pass(3590);
      expect((await opened.queue.waiting()).count).toBe(0);
      await opened.pass(40);
      const { count, oldestSeconds } = await opened.queue.waiting();
      expect(count).toBe(1);
      expect(oldestSeconds).toBeGreaterThanOrEqual(30);
      expect(oldestSeconds).toBeLessThan(60);
    });

    test('a job that failed waits since it is due again', async () => {
      let runs = 0;
      await opened.queue.put({ kind: 'assess', key: 'a' });
      await opened.pass(3600);
      await work(opened.queue, async () => {
        runs += 1;
        throw new Error('each time');
      });
      await until(() => runs === 1);
      for (const worker of workers.splice(0)) await worker[Symbol.asyncDispose]();
      await opened.pass(40);
      const { count, oldestSeconds } = await opened.queue.waiting();
      expect(count).toBe(1);
      expect(oldestSeconds).toBeGreaterThanOrEqual(30);
      expect(oldestSeconds).toBeLessThan(60);
    });
  });
}
