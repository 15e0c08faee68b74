import type { Clock, Job, JobHandler, JobKind, JobQueue, Log, RunningJob, Sql } from '../../src/ports.ts';
import { startLoop } from './loop.ts';
import { LONGEST_PAUSE_MS, pauseMs } from './pause.ts';

type Options = Readonly<{
  sql: Sql;
  clock: Clock;
  log: Log;
  /** jobs at once, by kind; default one */
  concurrency?: Partial<Record<JobKind, () => number>>;
}>;

/** Less is no setting: NTP steps a clock back by milliseconds. */
const SET_BACK_MS = 1000;

/**
 * A queue in one table for one process. A job whose key already waits is not queued twice; one that is put while it
 * runs is run once more afterwards. Jobs that ran when the process died wait again when it starts, and tell how often that
 * was until they are done. A clock that is set back keeps no job waiting for what it showed before.
 */
export async function openEmbeddedQueue({ sql, clock, log, concurrency = {} }: Options): Promise<JobQueue> {
  await sql.batch([
    {
      text: `CREATE TABLE IF NOT EXISTS "job" ("kind" TEXT NOT NULL, "key" TEXT NOT NULL, "state" TEXT NOT NULL,
        "again" BIGINT NOT NULL, "attempts" BIGINT NOT NULL, "notBefore" BIGINT NOT NULL, "putAt" BIGINT NOT NULL,
        PRIMARY KEY ("kind", "key"))`,
    },
    {
      text: `CREATE TABLE IF NOT EXISTS "jobDeath" ("kind" TEXT NOT NULL, "key" TEXT NOT NULL, "deaths" BIGINT NOT NULL,
        PRIMARY KEY ("kind", "key"))`,
    },
    {
      text: `INSERT INTO "jobDeath" ("kind", "key", "deaths")
        SELECT "kind", "key", 1 FROM "job" WHERE "state" = 'running'
        ON CONFLICT ("kind", "key") DO UPDATE SET "deaths" = "jobDeath"."deaths" + 1`,
    },
    { text: `UPDATE "job" SET "state" = 'waiting', "again" = 0` },
  ]);
  const wakers = new Map<JobKind, () => void>();
  /** The latest that the clock has shown since it was set back. */
  let shown = clock().getTime();

  /** Jobs that a clock put which was ahead of this one, and those that failed by it, are due. */
  const makeDue = (now: number, upTo: number): Promise<unknown> =>
    sql.batch([
      {
        text: `UPDATE "job" SET "notBefore" = $1, "putAt" = CASE WHEN "putAt" > $1 THEN $1 ELSE "putAt" END
          WHERE "putAt" > $1 OR ("notBefore" > $1 AND "notBefore" <= $2)
            OR ("attempts" > 0 AND "notBefore" > $3)`,
        values: [now, upTo, now + LONGEST_PAUSE_MS],
      },
    ]);
  const noteTime = async (): Promise<number> => {
    const now = clock().getTime();
    if (shown - now >= SET_BACK_MS) await makeDue(now, shown + LONGEST_PAUSE_MS);
    else if (now <= shown) return now;
    shown = now;
    return now;
  };
  await makeDue(shown, shown);

  const put: JobQueue['put'] = async (job, { notBefore } = {}) => {
    const now = clock().getTime();
    const rows = await sql.query(
      `INSERT INTO "job" ("kind", "key", "state", "again", "attempts", "notBefore", "putAt")
       VALUES ($1, $2, 'waiting', 0, 0, $3, $4)
       ON CONFLICT ("kind", "key") DO UPDATE SET "again" = 1 WHERE "job"."state" = 'running' AND "job"."again" = 0
       RETURNING "key"`,
      [job.kind, job.key, notBefore?.getTime() ?? now, now],
    );
    wakers.get(job.kind)?.();
    return rows.length > 0;
  };

  const take = async (kind: JobKind): Promise<RunningJob | undefined> => {
    const now = await noteTime();
    const rows = await sql.query<{ key: string; deaths: number }>(
      `UPDATE "job" SET "state" = 'running' WHERE "kind" = $1 AND "key" = (
         SELECT "key" FROM "job" WHERE "kind" = $1 AND "state" = 'waiting' AND "notBefore" <= $2
         ORDER BY "notBefore", "putAt" LIMIT 1)
       RETURNING "key", COALESCE((SELECT "deaths" FROM "jobDeath"
         WHERE "jobDeath"."kind" = "job"."kind" AND "jobDeath"."key" = "job"."key"), 0) AS "deaths"`,
      [kind, now],
    );
    return rows[0] && { kind, key: rows[0].key, deaths: Number(rows[0].deaths) };
  };

  const done = async ({ kind, key }: Job): Promise<void> => {
    await sql.batch([
      { text: `DELETE FROM "jobDeath" WHERE "kind" = $1 AND "key" = $2`, values: [kind, key] },
      { text: `DELETE FROM "job" WHERE "kind" = $1 AND "key" = $2 AND "again" = 0`, values: [kind, key] },
      {
        text: `UPDATE "job" SET "state" = 'waiting', "again" = 0, "attempts" = 0, "putAt" = $3
          WHERE "kind" = $1 AND "key" = $2`,
        values: [kind, key, clock().getTime()],
      },
    ]);
  };

  const failed = async ({ kind, key }: Job, thrown: unknown): Promise<void> => {
    const rows = await sql.query<{ attempts: number }>(
      `UPDATE "job" SET "state" = 'waiting', "again" = 0, "attempts" = "attempts" + 1
       WHERE "kind" = $1 AND "key" = $2 RETURNING "attempts"`,
      [kind, key],
    );
    const attempts = Number(rows[0]?.attempts ?? 1);
    await sql.query(`UPDATE "job" SET "notBefore" = $3 WHERE "kind" = $1 AND "key" = $2`, [
      kind,
      key,
      clock().getTime() + pauseMs(attempts),
    ]);
    log.warn('job.failed', { kind, attempts, code: (thrown as { code?: string })?.code ?? 'INTERNAL' });
  };

  /** At a stop, which is no death, unless a full disk keeps it from being written. */
  const handBack = async ({ kind, key }: Job): Promise<void> => {
    await sql.query(`UPDATE "job" SET "state" = 'waiting', "again" = 0 WHERE "kind" = $1 AND "key" = $2`, [
      kind,
      key,
    ]);
  };

  /** Whose end could not be written, as on a full disk: until it can they count as running, though nobody runs them. */
  const left = new Map<Job, unknown>();
  const takeBack = async (kind: JobKind): Promise<void> => {
    for (const [job, thrown] of left) {
      if (job.kind !== kind) continue;
      left.delete(job);
      await failed(job, thrown).catch((again: unknown) => {
        left.set(job, thrown);
        throw again;
      });
    }
  };

  const work = async (kind: JobKind, handler: JobHandler): Promise<AsyncDisposable> => {
    const stop = new AbortController();
    const runOne = async (job: RunningJob): Promise<void> => {
      try {
        await handler(job, stop.signal);
        await done(job);
      } catch (thrown) {
        if (stop.signal.aborted) return handBack(job);
        left.set(job, thrown);
        await takeBack(kind);
      }
    };
    const loop = startLoop({
      kind,
      limit: concurrency[kind] ?? (() => 1),
      take: async () => {
        await takeBack(kind);
        return take(kind);
      },
      run: runOne,
      idleMs: 500,
      log,
    });
    wakers.set(kind, () => loop.wake());
    return {
      [Symbol.asyncDispose]: async () => {
        stop.abort();
        await loop.stop();
        await takeBack(kind).catch(() => undefined);
        wakers.delete(kind);
      },
    };
  };

  const waiting: JobQueue['waiting'] = async () => {
    const rows = await sql.query<{ count: number; oldest: number | null }>(
      `SELECT COUNT(*) AS "count", MIN(CASE WHEN "putAt" > "notBefore" THEN "putAt" ELSE "notBefore" END) AS "oldest"
       FROM "job" WHERE "state" = 'waiting' AND "notBefore" <= $1`,
      [clock().getTime()],
    );
    const { count = 0, oldest = null } = rows[0] ?? {};
    return {
      count: Number(count),
      oldestSeconds: oldest === null ? 0 : (clock().getTime() - Number(oldest)) / 1000,
    };
  };

  return { put, work, waiting };
}
