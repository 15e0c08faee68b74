/** One worker against two on the same jobs, alternating, each on a fresh copy of the same filled database. */
import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import { createLog } from '../../../adapters/telemetry/log.ts';
import { openQueueAt } from '../../../src/startup/open-database.ts';
import type { Workers } from '../../simulation/costs.ts';
import { measured } from '../../simulation/statistics.ts';
import { cpuSecondsOf } from '../../support/postgres-meter.ts';
import { until } from '../../support/until.ts';
import { type Process, type Site, serve } from './site.ts';

/** What a run is measured on: jobs of this kind are let go, and it ends when no job is left. */
type Kind = 'extraction' | 'endToEnd';
const RELEASED = { extraction: 'measure', endToEnd: 'assess' } as const;
/** Further in the future than the benchmark runs. */
const HELD_MS = 7 * 86_400_000;
/** The threads of a worker compile their code meanwhile. */
const WARM_UP_MS = 8000;

/** Jobs that wait until they are let go: both time points of every case to be measured, every follow-up to be looked at. */
export async function fillQueue(
  database: string,
  baselines: readonly string[],
  followUps: readonly string[],
): Promise<void> {
  const queue = await openQueueAt(database, { log: createLog('error') });
  const notBefore = new Date(Date.now() + HELD_MS);
  for (const key of [...baselines, ...followUps]) await queue.put({ kind: 'measure', key }, { notBefore });
  for (const key of followUps) await queue.put({ kind: 'assess', key }, { notBefore });
  await queue[Symbol.asyncDispose]();
}

type Run = Readonly<{ seconds: number; workers: number; database: number; archive: number }>;

const LEFT = {
  extraction: `SELECT COUNT(*) AS count FROM pgboss.job WHERE name = 'measure'`,
  endToEnd: `SELECT (SELECT COUNT(*) FROM "study" WHERE "state" <> 'delivered' AND "StudyInstanceUID" = ANY($1))
    + (SELECT COUNT(*) FROM pgboss.job WHERE name IN ('assess', 'score', 'beside', 'deliver')) AS count`,
};

async function run(
  site: Site,
  template: string,
  kind: Kind,
  count: number,
  followUps: readonly string[],
): Promise<Run> {
  const name = 'run';
  await site.meter.drop(name);
  const database = await site.meter.make(name, template);
  const client = new pg.Client({ connectionString: database });
  await client.connect();
  const workers: Process[] = [];
  try {
    for (let worker = 0; worker < count; worker++)
      workers.push(await serve(site, { role: 'work', database, quietPeriodSeconds: 1 }));
    await pause(site.isSmoke ? 2000 : WARM_UP_MS);
    const busy = () => ({
      workers: workers.reduce((total, { pid }) => total + cpuSecondsOf(pid), 0),
      database: site.meter.cpuSeconds(),
      archive: cpuSecondsOf(site.pacsPid),
    });
    const [before, started] = [busy(), performance.now()];
    await client.query(`UPDATE pgboss.job SET start_after = now() WHERE name = $1 AND start_after > now()`, [
      RELEASED[kind],
    ]);
    await client.query('SELECT pg_notify($1, $2)', ['earshot_jobs', RELEASED[kind]]);
    await until(
      'the last job',
      async () => {
        const { rows } = await client.query(LEFT[kind], kind === 'endToEnd' ? [followUps] : []);
        return Number(rows[0]?.count) === 0 ? true : undefined;
      },
      { withinMs: 600_000, everyMs: 50 },
    );
    const seconds = (performance.now() - started) / 1000;
    const after = busy();
    // A job that went wrong is over too: what is compared is work that was done.
    const { rows } = await client.query('SELECT COUNT(*) AS count FROM "measurement"');
    if (Number(rows[0]?.count) !== 2 * followUps.length) throw new Error(`${rows[0]?.count} were measured`);
    return {
      seconds,
      workers: (after.workers - before.workers) / seconds,
      database: (after.database - before.database) / seconds,
      archive: (after.archive - before.archive) / seconds,
    };
  } finally {
    for (const worker of workers) await worker.stop();
    await client.end();
  }
}

/** `pairs` times one worker and two, the order turned over each time. */
export async function compareWorkers(
  site: Site,
  template: string,
  kind: Kind,
  { pairs, followUps, tell }: { pairs: number; followUps: readonly string[]; tell(line: string): void },
): Promise<Workers> {
  const jobs = kind === 'extraction' ? 2 * followUps.length : followUps.length;
  const runs: Record<1 | 2, Run[]> = { 1: [], 2: [] };
  for (let pair = 0; pair < pairs; pair++) {
    for (const count of pair % 2 === 0 ? ([1, 2] as const) : ([2, 1] as const))
      runs[count].push(await run(site, template, kind, count, followUps));
    const [one, two] = [runs[1].at(-1)?.seconds ?? Number.NaN, runs[2].at(-1)?.seconds ?? Number.NaN];
    tell(`  pair ${pair + 1}: ${one.toFixed(2)} s and ${two.toFixed(2)} s, ratio ${(one / two).toFixed(3)}`);
  }
  const mean = (list: readonly Run[], who: 'workers' | 'database' | 'archive'): number =>
    list.reduce((total, each) => total + each[who], 0) / list.length / 2;
  const shares = (list: readonly Run[]) => ({
    workers: mean(list, 'workers'),
    database: mean(list, 'database'),
    archive: mean(list, 'archive'),
  });
  return {
    jobs,
    ratio: measured(runs[1].map(({ seconds }, at) => seconds / (runs[2][at]?.seconds ?? Number.NaN))),
    one: measured(runs[1].map(({ seconds }) => jobs / seconds)),
    two: measured(runs[2].map(({ seconds }) => jobs / seconds)),
    busy: { one: shares(runs[1]), two: shares(runs[2]) },
  };
}
