import type { Sql, Statement } from '../../../src/ports.ts';

/** Runs a task that writes one batch, once for each of its statements: just after that one the batch fails. How many there are. */
export async function failingAtEach(sql: Sql, task: () => Promise<void>): Promise<number> {
  const batch = sql.batch.bind(sql);
  let count = 1;
  for (let at = 0; at < count; at++) {
    sql.batch = (statements: readonly Statement[]) => {
      count = statements.length;
      return batch([...statements.slice(0, at + 1), { text: 'UPDATE "nothing" SET "is" = 1' }]);
    };
    await task();
  }
  sql.batch = batch;
  return count;
}
