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
