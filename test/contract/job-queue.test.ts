import { expect, test, vi } from 'vitest';
import { openSqlite } from '../../adapters/database/sqlite.ts';
import { openEmbeddedQueue } from '../../adapters/queue/embedded.ts';
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
  await vi.waitFor(() => expect(begun).toEqual(['a']));
  most = 2;
  await vi.waitFor(() => expect(begun).toEqual(['a', 'b']), 5000);
  end();
  await worker[Symbol.asyncDispose]();
  await sql.close();
});
