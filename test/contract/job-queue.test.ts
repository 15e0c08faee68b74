import pg from 'pg';
import { describe, expect, test, vi } from 'vitest';
import { openSqlite } from '../../adapters/database/sqlite.ts';
import { openEmbeddedQueue } from '../../adapters/queue/embedded.ts';
import { Fault } from '../../src/fault.ts';
import type { Sql } from '../../src/ports.ts';
import { openQueueAt } from '../../src/startup/open-database.ts';
import { jobKeys, newDatabase, postgresMissing } from '../support/databases.ts';
import { keptLog } from '../support/log.ts';
import { describeJobQueue } from './job-queue.contract.ts';

describeJobQueue('embedded queue on SQLite', async () => {
  let ahead = 0;
  const sql = openSqlite(':memory:');
  const clock = () => new Date(Date.now() + ahead);
  const open = () => openEmbeddedQueue({ sql, clock, log: keptLog() });
  return {
    queue: await open(),
    pass: (seconds) => {
      ahead += seconds * 1000;
    },
    reopen: open,
    close: () => sql.close(),
  };
});

describe.skipIf(postgresMissing())('where PostgreSQL is installed', () => {
  describeJobQueue('pg-boss', async () => {
    const url = await newDatabase();
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    const opened: AsyncDisposable[] = [];
    const open = async () => {
      const queue = await openQueueAt(url, { log: keptLog(), leaseSeconds: 2 });
      opened.push(queue);
      return queue;
    };
    return {
      queue: await open(),
      // Nobody can move the server's clock: what is in the rows is moved into the past.
      pass: async (seconds) => {
        await client.query(
          `UPDATE pgboss.job SET start_after = start_after - $1 * interval '1 second',
             created_on = created_on - $1 * interval '1 second'`,
          [seconds],
        );
      },
      reopen: async () => {
        // As a crash: nothing is handed back, and no lease is renewed.
        await opened.at(-1)?.[Symbol.asyncDispose]();
        return open();
      },
      close: async () => {
        for (const queue of opened.slice(-1)) await queue[Symbol.asyncDispose]();
        await client.end();
      },
    };
  });
});

test('how many jobs go on at once follows what asks for it, without a restart', async () => {
  const sql = openSqlite(':memory:');
  let most = 1;
  const concurrency = { deliver: () => most };
  const queue = await openEmbeddedQueue({ sql, clock: () => new Date(), log: keptLog(), concurrency });
  const begun: string[] = [];
  let end = () => {};
  const ended = new Promise<void>((resolve) => {
    end = resolve;
  });
  const worker = await queue.work('deliver', async ({ key }) => {
    begun.push(key);
    await ended;
  });
  for (const key of ['a', 'b']) await queue.put({ kind: 'deliver', key });
  await vi.waitFor(() => expect(begun).toEqual(['a']), 5000);
  most = 2;
  await vi.waitFor(() => expect(begun).toEqual(['a', 'b']), 5000);
  end();
  await worker[Symbol.asyncDispose]();
  await sql.close();
});

test('a job whose end cannot be written, as on a full disk, is run again when it can', async () => {
  const inner = openSqlite(':memory:');
  let isFull = false;
  const full = async (): Promise<never> => {
    throw new Fault('STORAGE_FULL');
  };
  const sql: Sql = {
    query: (text, values) => (isFull && !text.startsWith('SELECT') ? full() : inner.query(text, values)),
    batch: (statements) => (isFull ? full() : inner.batch(statements)),
    close: () => inner.close(),
  };
  let ahead = 0;
  const clock = () => new Date(Date.now() + ahead);
  const queue = await openEmbeddedQueue({ sql, clock, log: keptLog() });
  let runs = 0;
  const worker = await queue.work('score', async () => {
    runs += 1;
    isFull = runs === 1;
  });
  await queue.put({ kind: 'score', key: 'a' });
  await vi.waitFor(() => expect(runs).toBe(1), 5000);
  await new Promise((resolve) => setTimeout(resolve, 700));
  expect(runs).toBe(1);
  isFull = false;
  await new Promise((resolve) => setTimeout(resolve, 700));
  ahead = 5000;
  await vi.waitFor(() => expect(runs).toBe(2), 5000);
  await vi.waitFor(async () => expect(await jobKeys(sql)).toEqual([]), 5000);
  await worker[Symbol.asyncDispose]();
  await sql.close();
});
