import type { JobKind } from '../../src/ports.ts';
import { LONGEST_PAUSE_MS, pauseMs } from './pause.ts';

/** What is needed of a server, whose statements here are transactions of their own. Faults: DATABASE_FAILED, where said. */
export type PostgresConnection = AsyncDisposable &
  Readonly<{
    run<Row>(text: string, values?: readonly unknown[]): Promise<{ rows: Row[]; rowCount: number | null }>;
    /** Does again what fails for a while, and then throws the fault. The task must be one that may be done twice. */
    patiently<T>(task: () => Promise<T>): Promise<T>;
    /** What `run` threw, as DATABASE_FAILED. */
    told(thrown: unknown): Error & Readonly<{ code: string }>;
    /** Calls `heard` with what any process tells by NOTIFY on the channel, as long as the connection holds. */
    listen(channel: string, heard: (payload: string) => void): AsyncDisposable;
  }>;

/** A job that was fetched. `tries` tells whether it is still the same run of it. */
export type Taken = Readonly<{ id: string; key: string; tries: number }>;

/**
 * `data` of a row: how many runs of it ended in a process that lived, and which was the last of them. pg-boss counts every run after
 * the first (`retry_count`); in the others the process died.
 */
export type GivenBack = Readonly<{ givenBack?: number }>;
export const NEW_DATA: GivenBack = { givenBack: 0 };

/** As the name of the channel of LISTEN and NOTIFY. */
export const CHANNEL = 'earshot_jobs';
/** What stood aside looks again after so long, should nobody call it before. */
const ASIDE_SECONDS = 5;
/** `priority` is not used for order here: it marks what stands aside. */
const ASIDE = 1;
/** Less is no setting: NTP steps a clock back by milliseconds. */
const SET_BACK_SECONDS = 1;
/** Of kind $1 and id $2: nobody took it over from the run with that number ($3). */
const THIS_RUN = `name = $1 AND id = $2 AND state = 'active' AND retry_count = $3`;

/**
 * What pg-boss 10 does not do with its rows: leases that are renewed, a pause that grows up to a bound, a waiting job that stands
 * aside while its key runs, and waking others. A run that is not the present one of its row changes nothing.
 */
export function createRows({ run: ask }: Pick<PostgresConnection, 'run'>, leaseSeconds: number) {
  const tell = async (kind: JobKind): Promise<void> => {
    await ask('SELECT pg_notify($1, $2)', [CHANNEL, kind]);
  };

  /** The next job of the key, which stood aside, may run. */
  const callBack = async (kind: JobKind, key: string): Promise<void> => {
    const { rowCount } = await ask(
      `UPDATE pgboss.job SET start_after = now(), priority = 0
       WHERE name = $1 AND state < 'active' AND priority = ${ASIDE} AND COALESCE(singleton_key, '') = $2`,
      [kind, key],
    );
    if (rowCount) await tell(kind);
  };

  const forget = async (kind: JobKind, { id, tries }: Taken): Promise<number> => {
    const { rowCount } = await ask(`DELETE FROM pgboss.job WHERE ${THIS_RUN}`, [kind, id, tries]);
    return rowCount ?? 0;
  };

  /** The run ended in a process that lives, whoever has the row now: a lease that was lost is no death. */
  const noteAlive = async (kind: JobKind, { id, tries }: Taken): Promise<void> => {
    await ask(
      `UPDATE pgboss.job SET data = data || jsonb_build_object('lastRun', $3::int,
         'givenBack', (data->>'givenBack')::int + 1)
       WHERE name = $1 AND id = $2 AND COALESCE((data->>'lastRun')::int, -1) < $3::int`,
      [kind, id, tries],
    );
  };

  return {
    tell,

    /** How often a process died over it. What a version put that noted nothing begins with none. */
    deathsOf: async (kind: JobKind, { id, tries }: Taken, { givenBack }: GivenBack): Promise<number> => {
      if (givenBack !== undefined) return Math.max(0, tries - givenBack);
      await ask(
        `UPDATE pgboss.job SET data = COALESCE(data, '{}') || jsonb_build_object('givenBack', $3::int)
         WHERE name = $1 AND id = $2`,
        [kind, id, tries],
      );
      return 0;
    },

    isToBeTriedAgain: async (kind: JobKind, key: string): Promise<boolean> => {
      const { rows } = await ask(
        `SELECT 1 FROM pgboss.job WHERE name = $1 AND state = 'retry' AND COALESCE(singleton_key, '') = $2`,
        [kind, key],
      );
      return rows.length > 0;
    },

    /** How many stood aside. What runs cannot end meanwhile, so that it calls back all of them. */
    standAside: async (kind: JobKind): Promise<number> => {
      const { rowCount } = await ask(
        `WITH running AS (
           SELECT COALESCE(singleton_key, '') AS key FROM pgboss.job WHERE name = $1 AND state = 'active' FOR SHARE)
         UPDATE pgboss.job SET start_after = now() + $2 * interval '1 second', priority = ${ASIDE}
         WHERE name = $1 AND state < 'active' AND start_after < now()
           AND COALESCE(singleton_key, '') IN (SELECT key FROM running)`,
        [kind, ASIDE_SECONDS],
      );
      return rowCount ?? 0;
    },

    done: async (kind: JobKind, taken: Taken): Promise<void> => {
      if ((await forget(kind, taken)) === 0) await noteAlive(kind, taken);
      await callBack(kind, taken.key);
    },

    /** It waits again: at once when this process stops, after a pause when it failed. */
    giveBack: async (kind: JobKind, taken: Taken, isStopping: boolean): Promise<void> => {
      const pause = isStopping ? 0 : pauseMs(taken.tries + 1);
      await noteAlive(kind, taken);
      const { rowCount } = await ask(
        `UPDATE pgboss.job SET state = 'retry', start_after = now() + $4 * interval '1 millisecond'
         WHERE ${THIS_RUN} AND NOT EXISTS (
           SELECT 1 FROM pgboss.job AS other WHERE other.name = $1 AND other.state = 'retry'
           AND COALESCE(other.singleton_key, '') = $5)`,
        [kind, taken.id, taken.tries, pause, taken.key],
      );
      if (!rowCount) await forget(kind, taken);
      if (isStopping) await tell(kind);
      else await callBack(kind, taken.key);
    },

    /** Those of them, as `id tries`, that are still runs of this process. */
    renew: async (jobs: readonly (Taken & { kind: JobKind })[]): Promise<ReadonlySet<string>> => {
      const { rows } = await ask<{ id: string; retry_count: number }>(
        `UPDATE pgboss.job SET expire_in = now() - started_on + $3 * interval '1 second'
         WHERE name = ANY($1) AND id = ANY($2) AND state = 'active' RETURNING id, retry_count`,
        [[...new Set(jobs.map(({ kind }) => kind))], jobs.map(({ id }) => id), leaseSeconds],
      );
      return new Set(rows.map(({ id, retry_count }) => `${id} ${retry_count}`));
    },

    /** Kinds of which a job may run now. */
    due: async (): Promise<JobKind[]> => {
      const { rows } = await ask<{ name: JobKind }>(
        `SELECT DISTINCT name FROM pgboss.job WHERE state < 'active' AND start_after < now()`,
      );
      return rows.map(({ name }) => name);
    },

    /**
     * Kinds of which a job may run now since the clock of the server was set back: what waits for the time that it showed before is due,
     * what nobody renews is free after a lease, and pg-boss looks for that again.
     */
    setBack: async (): Promise<JobKind[]> => {
      const { rows } = await ask<{ name: JobKind }>(
        `WITH looked AS (
           UPDATE pgboss.version SET maintained_on = now() WHERE maintained_on > now() + $1 * interval '1 second'),
         leased AS (
           UPDATE pgboss.job SET expire_in = now() - started_on + $1 * interval '1 second'
           WHERE state = 'active' AND started_on + expire_in > now() + ($1 + ${SET_BACK_SECONDS}) * interval '1 second'),
         due AS (
           UPDATE pgboss.job SET start_after = now(), created_on = LEAST(created_on, now())
           WHERE state < 'active' AND (created_on > now() + ${SET_BACK_SECONDS} * interval '1 second'
             OR (state = 'retry' AND start_after > now() + $2 * interval '1 millisecond'))
           RETURNING name)
         SELECT DISTINCT name FROM due`,
        [leaseSeconds, LONGEST_PAUSE_MS + 1000 * SET_BACK_SECONDS],
      );
      return rows.map(({ name }) => name);
    },

    waiting: async (): Promise<{ count: number; oldestSeconds: number }> => {
      const { rows } = await ask<{ count: string; oldest: string | null }>(
        `SELECT COUNT(*) AS count, EXTRACT(EPOCH FROM now() - MIN(GREATEST(created_on, start_after))) AS oldest
         FROM pgboss.job WHERE state < 'active' AND start_after <= now()`,
      );
      return { count: Number(rows[0]?.count ?? 0), oldestSeconds: Number(rows[0]?.oldest ?? 0) };
    },
  };
}
