/** A day of a network of hospitals: receivers, workers and one database, fed by measured costs. */
import { digestOf } from '../../src/dicom/uid.ts';
import { seededRandom } from '../../src/model/random.ts';
import type { Costs } from './costs.ts';
import { HOURLY_PERCENT, PARTS, SENDER_RATE, type Sends, SIZE_RANGE, SWEEP_SECONDS } from './day.ts';
import { createTimeline, type Timeline } from './events.ts';
import { createStation, type Station } from './station.ts';
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
  /** the slowest report of each quarter of an hour in which one was made: hours since midnight, seconds */
  slowest: readonly (readonly [hour: number, seconds: number])[];
  /** share of time that they are busy in the busiest hour of the day */
  busy: Readonly<{ receivers: number; workers: number; database: number }>;
  /** reports that took longer than a minute */
  late: number;
}>;

type Kind = 'followUp' | 'baseline' | 'other';
const HOUR = 3600;
const DAY = 24 * HOUR;
const BUSIEST = HOURLY_PERCENT.indexOf(8);
/** Ranks at a worker: what is new is looked at, then reports are made, then what goes beside them. */
const [LOOK, REPORT, BESIDE] = [0, 1, 2];
const FAILOVER_AT = 10.5 * HOUR;
const LATE_SECONDS = 60;

type Work = Readonly<{ worker: number; database: number }>;
type Arrival = Readonly<{ kind: Kind; at: number }>;

/** Seconds of a core, of a worker and of the database, of the jobs of one study, and of one part of its arrival. */
function workOf({ stages, job, deliveries, receive, study }: Costs, factor: number) {
  const cost = (worker: number, database: number): Work => ({
    worker: factor * worker,
    database: factor * database,
  });
  const jobs = (...names: readonly (keyof Costs['stages'])[]): Work =>
    cost(
      names.reduce((sum, name) => sum + stages[name].cpuSeconds.median + job.cpuSeconds.median, 0),
      names.reduce(
        (sum, name) => sum + stages[name].databaseCpuSeconds.median + job.databaseCpuSeconds.median,
        0,
      ),
    );
  const besides = Array.from({ length: deliveries - 1 }, () => 'deliver' as const);
  const ofPart = study.slices / PARTS;
  return {
    part: cost(receive.cpuSeconds.median * ofPart, receive.databaseCpuSeconds.median * ofPart),
    look: jobs('assemble', 'assessFollowUp'),
    measure: jobs('measure'),
    report: jobs('score', 'deliver'),
    beside: jobs('beside', ...besides),
  };
}

const isNight = (hour: number): boolean => hour < 6 || hour >= 20;

/** All studies of a day, by time of day within each kind and hour. */
function arrivalsOf(hospitals: number, sends: Sends, nightAtSix: number, uniform: () => number): Arrival[] {
  const kinds: readonly (readonly [Kind, number])[] = [
    ['followUp', sends.followUps],
    ['baseline', sends.baselines],
    ['other', sends.others],
  ];
  const hours = kinds.flatMap(([kind, daily]) =>
    HOURLY_PERCENT.map((percent, hour) => ({ kind, hour, ofOne: (daily * percent) / 100 })),
  );
  return hours.flatMap(({ kind, hour, ofOne }) => {
    const kept = isNight(hour) ? nightAtSix : 0;
    const sent = momentsOf((hospitals - kept) * ofOne, hour, uniform).map((at) => ({ kind, at }));
    return [...sent, ...momentsOf(kept * ofOne, hour, uniform).map(() => ({ kind, at: 6 * HOUR }))];
  });
}

type Stations = Readonly<Record<'receivers' | 'workers' | 'database', Station>>;

/** Takes servers away for a time. */
function planTrouble(
  time: Timeline,
  { workers, database }: Stations,
  servers: Servers,
  { workerLostAt, databaseAwaySeconds }: Trouble,
): void {
  const change = (at: number, station: Station, count: number) =>
    time.at(at, () => station.setServers(count));
  if (workerLostAt !== undefined) {
    change(workerLostAt * HOUR, workers, servers.workers - 1);
    change((workerLostAt + 1) * HOUR, workers, servers.workers);
  }
  if (databaseAwaySeconds !== undefined) {
    change(FAILOVER_AT, database, 0);
    change(FAILOVER_AT + databaseAwaySeconds, database, servers.databaseCores);
  }
}

/** The way of a study through the stations. `reported`: when its last instance came, and its wait for a worker. */
function studies(
  time: Timeline,
  { receivers, workers, database }: Stations,
  work: ReturnType<typeof workOf>,
  { slices, uniform }: Readonly<{ slices: number; uniform: () => number }>,
  reported: (lastAt: number, waited: number) => void,
) {
  /** The database first, then a worker. Tells how long it waited for the worker. */
  const job = (
    { worker, database: asked }: Work,
    size: number,
    rank: number,
    done: (waited: number) => void,
  ) => database.serve(asked, () => workers.serve(worker * size, done, rank));

  const report = (size: number, lastAt: number): void =>
    job(work.measure, size, REPORT, (waited) =>
      job(work.report, 1, REPORT, () => {
        reported(lastAt, waited);
        job(work.beside, 1, BESIDE, () => undefined);
      }),
    );

  /** The quiet period is left out: it shifts everything by the same time. */
  const complete = (kind: Kind, size: number, lastAt: number): void =>
    time.after(uniform() * SWEEP_SECONDS, () =>
      job(work.look, 1, LOOK, () => {
        if (kind === 'followUp') report(size, lastAt);
        if (kind === 'baseline') job(work.measure, size, BESIDE, () => undefined);
      }),
    );

  return ({ kind, at: begun }: Arrival): void => {
    const size = SIZE_RANGE[0] + (SIZE_RANGE[1] - SIZE_RANGE[0]) * uniform();
    const step = (size * slices) / SENDER_RATE / PARTS;
    for (let part = 1; part <= PARTS; part++) {
      const at = begun + step * part;
      const kept = () => part === PARTS && complete(kind, size, at);
      time.at(at, () =>
        receivers.serve(work.part.worker * size, () => database.serve(work.part.database * size, kept)),
      );
    }
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
  const { uniform } = seededRandom(digestOf(`day ${seed}`));
  const time = createTimeline();
  const stations: Stations = {
    receivers: createStation(time, servers.receivers),
    workers: createStation(time, servers.workers, 3),
    database: createStation(time, servers.databaseCores),
  };
  const took: number[] = [];
  const waits: number[] = [];
  const slowest = new Map<number, number>();
  const begin = studies(
    time,
    stations,
    workOf(costs, trouble.costFactor ?? 1),
    { slices: costs.study.slices, uniform },
    (lastAt, waited) => {
      const seconds = time.now() - lastAt;
      took.push(seconds);
      const quarter = Math.floor((4 * time.now()) / HOUR) / 4;
      slowest.set(quarter, Math.max(seconds, slowest.get(quarter) ?? 0));
      waits.push(waited);
    },
  );
  const arrivals = arrivalsOf(hospitals, sends, trouble.nightAtSix ?? 0, uniform);
  for (const arrival of arrivals) time.at(arrival.at, () => begin(arrival));
  planTrouble(time, stations, servers, trouble);

  const queueAge: number[] = [];
  for (let at = 60; at <= DAY; at += 60) time.at(at, () => void queueAge.push(stations.workers.oldest()));
  const worked = () => Object.values(stations).map((station) => station.busySeconds());
  const busy: number[][] = [];
  for (const at of [BUSIEST, BUSIEST + 1]) time.at(at * HOUR, () => void busy.push(worked()));
  time.run();

  const ordered = sorted(took);
  const share = (station: number, count: number): number =>
    ((busy[1]?.[station] ?? Number.NaN) - (busy[0]?.[station] ?? 0)) / HOUR / count;
  return {
    studies: arrivals.length,
    reports: took.length,
    p50: quantile(ordered, 0.5),
    p95: quantile(ordered, 0.95),
    p99: quantile(ordered, 0.99),
    longest: ordered.at(-1) ?? Number.NaN,
    waitP99: quantile(sorted(waits), 0.99),
    queueAge,
    slowest: [...slowest],
    busy: {
      receivers: share(0, servers.receivers),
      workers: share(1, servers.workers),
      database: share(2, servers.databaseCores),
    },
    late: took.filter((seconds) => seconds > LATE_SECONDS).length,
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
