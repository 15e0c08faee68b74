/** A day of a network of hospitals: receivers, workers and one database, fed by measured costs. */
import { digestOf } from '../../src/dicom/uid.ts';
import { seededRandom } from '../../src/model/random.ts';
import type { Costs } from './costs.ts';
import { HOURLY_PERCENT, PARTS, SENDER_RATE, type Sends, SIZE_RANGE, SWEEP_SECONDS } from './day.ts';
import { createTimeline } from './events.ts';
import { createStation } from './station.ts';
import { quantile, sorted } from './statistics.ts';

export type Servers = Readonly<{ receivers: number; workers: number; databaseCores: number }>;

/** What goes wrong, or differs. Hours since midnight. */
export type Trouble = Readonly<{
  /** all costs are so many times what was measured */
  costFactor?: number;
  /** so many hospitals keep what comes from 20:00 to 6:00, and send all of it at 6:00 */
  nightAtSix?: number;
  /** one worker is away for an hour from then on */
  workerLostAt?: number;
  /** the database is away for so many seconds, from 10:30 on */
  databaseAwaySeconds?: number;
}>;

export type Day = Readonly<{
  /** studies that came, and that were reported */
  studies: number;
  reports: number;
  /** last instance to the report in the PACS, less the quiet period: seconds */
  p50: number;
  p95: number;
  p99: number;
  longest: number;
  /** wait for a worker of a case that becomes a report: seconds */
  waitP99: number;
  /** age of the oldest job that waits, each minute of the day: seconds */
  queueAge: readonly number[];
  /** share of time that they are busy in the busiest hour of the day */
  busy: Readonly<{ receivers: number; workers: number; database: number }>;
  /** seconds in which a report took longer than a minute, from the first to the last */
  lateSeconds: number;
}>;

type Kind = 'followUp' | 'baseline' | 'other';
const HOUR = 3600;
const DAY = 24 * HOUR;
const BUSIEST = HOURLY_PERCENT.indexOf(8);
/** Ranks at a worker: what is new is looked at, then reports are made, then what goes beside them. */
const [LOOK, REPORT, BESIDE] = [0, 1, 2];
const FAILOVER_AT = 10.5 * HOUR;

/** Seconds of a core, of a worker and of the database, of the jobs of one study of the size that was measured. */
function workOf({ stages, job, deliveries }: Costs) {
  const cost = (...names: readonly (keyof Costs['stages'])[]) => ({
    worker: names.reduce((total, name) => total + stages[name].cpuSeconds.median + job.cpuSeconds.median, 0),
    database: names.reduce(
      (total, name) => total + stages[name].databaseCpuSeconds.median + job.databaseCpuSeconds.median,
      0,
    ),
  });
  const { deliver } = stages;
  const more = deliveries - 1;
  const beside = cost('beside');
  return {
    look: cost('assemble', 'assessFollowUp'),
    measure: cost('measure'),
    report: cost('score', 'deliver'),
    beside: {
      worker: beside.worker + more * (deliver.cpuSeconds.median + job.cpuSeconds.median),
      database: beside.database + more * (deliver.databaseCpuSeconds.median + job.databaseCpuSeconds.median),
    },
  };
}

/** One working day; the same seed gives the same day. */
export function simulateDay(
  costs: Costs,
  {
    hospitals,
    sends,
    servers,
    seed,
    trouble = {},
  }: { hospitals: number; sends: Sends; servers: Servers; seed: number; trouble?: Trouble },
): Day {
  const random = seededRandom(digestOf(`day ${seed}`));
  const time = createTimeline();
  const receivers = createStation(time, servers.receivers);
  const workers = createStation(time, servers.workers, 3);
  const database = createStation(time, servers.databaseCores);
  const factor = trouble.costFactor ?? 1;
  const work = workOf(costs);
  const perPart = {
    receiver: (factor * costs.receive.cpuSeconds.median * costs.study.slices) / PARTS,
    database: (factor * costs.receive.databaseCpuSeconds.median * costs.study.slices) / PARTS,
  };
  const took: number[] = [];
  const waits: number[] = [];
  const late: number[] = [];
  let studies = 0;

  /** A job: the database first, then a worker. Tells how long it waited for the worker. */
  const job = (
    { worker, database: asked }: { worker: number; database: number },
    size: number,
    rank: number,
    done: (waited: number) => void,
  ): void => database.serve(factor * asked, () => workers.serve(factor * worker * size, done, rank));

  const report = (size: number, lastAt: number): void =>
    job(work.measure, size, REPORT, (waited) => {
      waits.push(waited);
      job(work.report, 1, REPORT, () => {
        const seconds = time.now() - lastAt;
        took.push(seconds);
        if (seconds > 60) late.push(time.now());
        job(work.beside, 1, BESIDE, () => undefined);
      });
    });

  /** The quiet period is left out: it shifts everything by the same time. */
  const complete = (kind: Kind, size: number, lastAt: number): void =>
    time.after(random.uniform() * SWEEP_SECONDS, () =>
      job(work.look, 1, LOOK, () => {
        if (kind === 'followUp') report(size, lastAt);
        if (kind === 'baseline') job(work.measure, size, BESIDE, () => undefined);
      }),
    );

  const arrive = (kind: Kind): void => {
    studies += 1;
    const size = SIZE_RANGE[0] + (SIZE_RANGE[1] - SIZE_RANGE[0]) * random.uniform();
    const begun = time.now();
    const seconds = (size * costs.study.slices) / SENDER_RATE;
    for (let part = 1; part <= PARTS; part++) {
      const at = begun + (seconds * part) / PARTS;
      time.at(at, () =>
        receivers.serve(perPart.receiver * size, () =>
          database.serve(perPart.database * size, () => {
            if (part === PARTS) complete(kind, size, at);
          }),
        ),
      );
    }
  };

  const kinds: readonly (readonly [Kind, number])[] = [
    ['followUp', sends.followUps],
    ['baseline', sends.baselines],
    ['other', sends.others],
  ];
  const isNight = (hour: number): boolean => hour < 6 || hour >= 20;
  const begins = ({ kind, at }: { kind: Kind; at: number }): void => time.at(at, () => arrive(kind));
  const nightly = trouble.nightAtSix ?? 0;
  for (const [kind, daily] of kinds) {
    for (const [hour, percent] of HOURLY_PERCENT.entries()) {
      const sending = isNight(hour) ? hospitals - nightly : hospitals;
      for (const at of momentsOf((sending * daily * percent) / 100, hour, random.uniform))
        begins({ kind, at });
      if (!isNight(hour)) continue;
      for (const _ of momentsOf((nightly * daily * percent) / 100, hour, random.uniform))
        begins({ kind, at: 6 * HOUR });
    }
  }
  const { workerLostAt, databaseAwaySeconds } = trouble;
  if (workerLostAt !== undefined) {
    time.at(workerLostAt * HOUR, () => workers.setServers(servers.workers - 1));
    time.at((workerLostAt + 1) * HOUR, () => workers.setServers(servers.workers));
  }
  if (databaseAwaySeconds !== undefined) {
    time.at(FAILOVER_AT, () => database.setServers(0));
    time.at(FAILOVER_AT + databaseAwaySeconds, () => database.setServers(servers.databaseCores));
  }
  const queueAge: number[] = [];
  for (let at = 60; at <= DAY; at += 60) time.at(at, () => void queueAge.push(workers.oldest()));
  const busy: number[][] = [];
  for (const at of [BUSIEST, BUSIEST + 1])
    time.at(at * HOUR, () =>
      busy.push([receivers, workers, database].map((station) => station.busySeconds() / HOUR)),
    );
  time.run();

  const ordered = sorted(took);
  const share = (station: number, count: number): number =>
    ((busy[1]?.[station] ?? Number.NaN) - (busy[0]?.[station] ?? 0)) / count;
  return {
    studies,
    reports: took.length,
    p50: quantile(ordered, 0.5),
    p95: quantile(ordered, 0.95),
    p99: quantile(ordered, 0.99),
    longest: ordered.at(-1) ?? Number.NaN,
    waitP99: quantile(sorted(waits), 0.99),
    queueAge,
    busy: {
      receivers: share(0, servers.receivers),
      workers: share(1, servers.workers),
      database: share(2, servers.databaseCores),
    },
    lateSeconds: late.length === 0 ? 0 : Math.max(...late) - Math.min(...late),
  };
}

/** Random moments of an hour, so many on average: gaps are exponential. Seconds since midnight. */
function momentsOf(mean: number, hour: number, uniform: () => number): number[] {
  const moments: number[] = [];
  if (mean <= 0) return moments;
  for (let at = 0; ; ) {
    at += (-Math.log(1 - uniform()) / mean) * HOUR;
    if (at >= HOUR) return moments;
    moments.push(hour * HOUR + at);
  }
}
