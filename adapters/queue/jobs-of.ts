/** Jobs of a queue that another process works on, or none: those of some keys are taken away beside it. */
import type { Sql, Statement } from '../../src/ports.ts';

/** The first word of a key is the UID that the job is about. */
const inSqlite = (list: string) => `substr("key", 1, instr("key" || ' ', ' ') - 1) IN (${list})`;
const inPgBoss = (list: string) => `split_part(singleton_key, ' ', 1) IN (${list})`;
/** A process that died renews no lease. */
const RUNS_IN_PGBOSS = `state = 'active' AND started_on + expire_in > now()`;

const QUEUES = {
  sqlite: {
    there: `SELECT "name" FROM "sqlite_master" WHERE "type" = 'table' AND "name" IN ('job', 'jobDeath')`,
    table: '"job"',
    isOf: inSqlite,
    runs: `"state" = 'running'`,
  },
  postgres: {
    there: `SELECT 'job' AS "name" FROM pg_tables WHERE schemaname = 'pgboss' AND tablename = 'job'`,
    table: 'pgboss.job',
    isOf: inPgBoss,
    runs: RUNS_IN_PGBOSS,
  },
} as const;

/**
 * For a batch: takes away the jobs that are about these UIDs, and has the batch undone while one of them runs. `isWorkedOn` false: no
 * process works on the queue, whatever it says.
 */
export async function forgettingJobs(
  sql: Sql,
  kind: keyof typeof QUEUES,
  uids: readonly string[],
  isWorkedOn: boolean,
): Promise<Statement[]> {
  const { there, table, isOf, runs } = QUEUES[kind];
  const tables = uids.length > 0 ? (await sql.query<{ name: string }>(there)).map(({ name }) => name) : [];
  if (!tables.includes('job')) return [];
  const ofThem = isOf(uids.map((_, at) => `$${at + 1}`).join(', '));
  // In SQLite: how often the process died over them.
  const deaths = tables.includes('jobDeath')
    ? [{ text: `DELETE FROM "jobDeath" WHERE ${ofThem}`, values: uids }]
    : [];
  if (!isWorkedOn) return [...deaths, { text: `DELETE FROM ${table} WHERE ${ofThem}`, values: uids }];
  return [
    ...deaths,
    // First: what is taken to be run at this moment is either gone or seen to run.
    { text: `DELETE FROM ${table} WHERE ${ofThem} AND NOT (${runs})`, values: uids },
    {
      mustChange: true,
      text: `UPDATE "migration" SET "appliedAt" = "appliedAt"
        WHERE NOT EXISTS (SELECT 1 FROM ${table} WHERE ${ofThem} AND ${runs})`,
      values: uids,
    },
  ];
}
