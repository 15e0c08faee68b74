import { EventEmitter } from 'node:events';
import { expect, it, vi } from 'vitest';

const threads = vi.hoisted((): EventEmitter[] => []);
vi.mock('node:worker_threads', async (original) => ({
  ...(await original<typeof import('node:worker_threads')>()),
  Worker: class extends EventEmitter {
    constructor() {
      super();
      threads.push(this);
    }
    postMessage(): void {}
    ref(): void {}
    unref(): void {}
    async terminate(): Promise<void> {}
  },
}));

const { Pool } = await import('../../../../adapters/threads/pool.ts');

const ask = () => {
  const pool = new Pool<string, string>({ size: 1, entry: new URL('file:///worker.js') });
  return pool.ask('question', new AbortController().signal).catch((fault: unknown) => fault);
};

it('an error that overtakes the word that the thread is ready is one of the question', async () => {
  const answer = ask();
  threads[0]?.emit('error', new Error('thrown'));
  // What the thread had said comes before its end.
  threads[0]?.emit('message', { kind: 'ready' });
  threads[0]?.emit('exit', 1);
  expect(await answer).toMatchObject({ code: 'WORKER_FAILED', cause: { message: 'thrown' } });
});

it('an error of a thread that never was ready is none', async () => {
  const answer = ask();
  threads[1]?.emit('error', new Error('no module'));
  threads[1]?.emit('exit', 1);
  expect(await answer).toMatchObject({ code: 'WORKER_NOT_STARTED', cause: { message: 'no module' } });
});
