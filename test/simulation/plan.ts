/** How much of everything a network needs, and what runs out first. */
import type { Costs } from './costs.ts';
import { HOURLY_PERCENT, type Sends } from './day.ts';
import { type Day, type Servers, simulateDay, type Trouble } from './model.ts';

/** Of the last instance to the report, less the quiet period; and of waiting for a worker: seconds. */
export const GOALS = { p95: 5, waitP99: 5 } as const;
/** Receivers and the database are planned for this share of the busiest hour: what they do must never wait long. */
const PLANNED_BUSY = { receivers: 0.6, database: 0.5 } as const;
const SEEDS = [1, 2, 3] as const;
/** Of one process to PostgreSQL at most: the catalogue's by default, the queue's four and one that listens, the leases' four, one for locks. */
export const CONNECTIONS = 10 + 4 + 1 + 4 + 1;
const PLENTY = 10_000;
const BYTES_PER_GBIT = 125e6;

/** In the busiest hour, of one hospital. */
export type Load = Readonly<{
  studiesPerSecond: number;
  instancesPerSecond: number;
  /** cores */
  receivers: number;
  workers: number;
  database: number;
  transactionsPerSecond: number;
  /** into the file system, and out of it */
  writtenBytesPerSecond: number;
  readBytesPerSecond: number;
  /** of the whole day */
  bytesPerDay: number;
  databaseBytesPerDay: number;
}>;

/** Means: what one hospital asks, by hand. */
export function loadOf(costs: Costs, { followUps, baselines, others }: Sends): Load {
  const { study, receive, stages, job, deliveries } = costs;
  const busiest = Math.max(...HOURLY_PERCENT) / 100 / 3600;
  const all = followUps + baselines + others;
  const masked = followUps + baselines;
  const instances = all * study.slices;
  const jobs: readonly (readonly [keyof typeof stages, number])[] = [
    ['assemble', all],
    ['assessFollowUp', all],
    ['measure', masked],
    ['score', followUps],
    ['beside', followUps],
    ['deliver', followUps * deliveries],
  ];
  const total = (of: 'cpuSeconds' | 'databaseCpuSeconds' | 'transactions'): number =>
    jobs.reduce((sum, [name, count]) => sum + count * (stages[name][of].median + job[of].median), 0);
  const read = masked * stages.measure.readBytes.median + followUps * stages.beside.readBytes.median;
  const written = instances * study.fileBytes + followUps * stages.beside.writtenBytes.median;
  return {
    studiesPerSecond: all * busiest,
    instancesPerSecond: instances * busiest,
    receivers: instances * receive.cpuSeconds.median * busiest,
    workers: total('cpuSeconds') * busiest,
    database: (instances * receive.databaseCpuSeconds.median + total('databaseCpuSeconds')) * busiest,
    transactionsPerSecond: (instances * receive.transactions.median + total('transactions')) * busiest,
    writtenBytesPerSecond: written * busiest,
    readBytesPerSecond: read * busiest,
    bytesPerDay: written,
    databaseBytesPerDay:
      instances * receive.databaseBytes.median + followUps * costs.caseDatabaseBytes.median,
  };
}

export type Plan = Readonly<{
  servers: Servers;
  processes: number;
  connections: number;
  days: readonly Day[];
  /** false: the work of a report alone takes longer than the goal; the wait keeps its own */
  isMet: boolean;
}>;

const mean = (values: readonly number[]): number =>
  values.reduce((total, value) => total + value, 0) / values.length;
export const meanOf = (days: readonly Day[], pick: (day: Day) => number): number => mean(days.map(pick));

/** The fewest workers with which seeded days meet the goals; receivers and database cores by their busiest hour. */
export function plan(
  costs: Costs,
  hospitals: number,
  sends: Sends,
  { trouble = {}, seeds = SEEDS }: { trouble?: Trouble; seeds?: readonly number[] } = {},
): Plan {
  const load = loadOf(costs, sends);
  const factor = (trouble.costFactor ?? 1) * hospitals;
  const least = (cores: number): number => Math.max(1, Math.ceil(cores * factor));
  const others = {
    receivers: least(load.receivers / PLANNED_BUSY.receivers),
    databaseCores: least(load.database / PLANNED_BUSY.database),
  };
  const daysOf = (workers: number): Day[] =>
    seeds.map((seed) =>
      simulateDay(costs, { hospitals, sends, servers: { ...others, workers }, seed, trouble }),
    );
  const isSoon = (days: readonly Day[]): boolean => meanOf(days, ({ p95 }) => p95) <= GOALS.p95;
  // With as many workers as there are reports nobody waits: what is late then is late by its work alone.
  const canBeSoon = isSoon(daysOf(PLENTY));
  for (let workers = least(load.workers); ; workers++) {
    const days = daysOf(workers);
    const isEnough = meanOf(days, ({ waitP99 }) => waitP99) <= GOALS.waitP99 && (isSoon(days) || !canBeSoon);
    if (!isEnough && workers < PLENTY) continue;
    const servers = { ...others, workers };
    // One administration process.
    const processes = servers.receivers + servers.workers + 1;
    return { servers, processes, connections: processes * CONNECTIONS, days, isMet: isEnough && canBeSoon };
  }
}

/** The same with one more of what may be lost. */
export const withSpares = ({ receivers, workers, databaseCores }: Servers): Servers => ({
  receivers: receivers + 1,
  workers: workers + 1,
  databaseCores,
});

/** The smallest installation of several machines that loses nothing with one of them. */
const SMALLEST = { receivers: 2, workers: 2, databaseCores: 2 } as const;

type Used = Readonly<{ what: string; share: number }>;

/** What that installation uses of each part in the busiest hour, the fullest first; above 1 it is too small. */
export function usedOf(costs: Costs, sends: Sends, hospitals: number): Used[] {
  const load = loadOf(costs, sends);
  const commits = costs.capacity.at(-1)?.transactionsPerSecond ?? Number.NaN;
  const files = costs.disk.at(-1)?.filesPerSecond ?? Number.NaN;
  const parts: readonly (readonly [string, number])[] = [
    ['workers', load.workers / SMALLEST.workers],
    ['receivers', load.receivers / SMALLEST.receivers],
    ['PostgreSQL, cores', load.database / SMALLEST.databaseCores],
    ['PostgreSQL, transactions', load.transactionsPerSecond / commits],
    ['disk, files written and synced', load.instancesPerSecond / files],
    ['1 Gbit/s into the file system', load.writtenBytesPerSecond / BYTES_PER_GBIT],
    ['1 Gbit/s out of the file system', load.readBytesPerSecond / BYTES_PER_GBIT],
  ];
  return parts.map(([what, ofOne]) => ({ what, share: hospitals * ofOne })).sort((a, b) => b.share - a.share);
}

type Limit = Readonly<{ what: string; hospitals: number; load: string }>;

/** How many hospitals one unit of everything carries in their busiest hour, at its whole capacity; the fewest first. */
export function limits(costs: Costs, sends: Sends): Limit[] {
  const load = loadOf(costs, sends);
  const commits = costs.capacity.at(-1)?.transactionsPerSecond ?? Number.NaN;
  const files = costs.disk.at(-1)?.filesPerSecond ?? Number.NaN;
  const perMille = (value: number): string => `${(1000 * value).toFixed(2)} thousandths of a core`;
  const list: Limit[] = [
    { what: 'one core of workers', hospitals: 1 / load.workers, load: perMille(load.workers) },
    { what: 'one core of receivers', hospitals: 1 / load.receivers, load: perMille(load.receivers) },
    { what: 'one core of PostgreSQL', hospitals: 1 / load.database, load: perMille(load.database) },
    {
      what: `this PostgreSQL on this machine, ${commits.toFixed(0)} transactions/s`,
      hospitals: commits / load.transactionsPerSecond,
      load: `${load.transactionsPerSecond.toFixed(2)} transactions/s`,
    },
    {
      what: `this disk, ${files.toFixed(0)} files/s written and synced`,
      hospitals: files / load.instancesPerSecond,
      load: `${load.instancesPerSecond.toFixed(2)} files/s`,
    },
    {
      what: '1 Gbit/s into the file system',
      hospitals: BYTES_PER_GBIT / load.writtenBytesPerSecond,
      load: `${(load.writtenBytesPerSecond / 1e6).toFixed(3)} MB/s`,
    },
    {
      what: '1 Gbit/s out of the file system',
      hospitals: BYTES_PER_GBIT / load.readBytesPerSecond,
      load: `${(load.readBytesPerSecond / 1e6).toFixed(3)} MB/s`,
    },
  ];
  return list.sort((a, b) => a.hospitals - b.hospitals);
}
