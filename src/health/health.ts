import type { HealthSamples, Throughput } from '../catalogue/health-samples.ts';
import type { Clock, JobQueue } from '../ports.ts';
import { type DiskForecast, diskForecast, FORECAST_FROM_MS, type FreeSpace, fullInDays } from './forecast.ts';

const DAY_HOURS = 24;
const WEEK_HOURS = 7 * DAY_HOURS;
const HOUR_MS = 3_600_000;
/** The newest answer of the forecast holds so long: two days of samples are not read for every glance. */
const FORECAST_KEPT_MS = 60_000;

/** The program itself, as the machine sees it. */
export type ProcessFacts = Readonly<{
  rssBytes: number;
  heapUsedBytes: number;
  heapTotalBytes: number;
  uptimeSeconds: number;
  /** 99th percentile of the last minutes */
  eventLoopDelayMs: number;
}>;

/** One of the processes that share the database. */
type RunningProcess = Readonly<{
  role: string;
  host: string;
  pid: number;
  version: string;
  startedAt: Date;
  /** digest of its configuration file */
  file: string;
  /** does what one process at a time does */
  hasDuties: boolean;
}>;

export type HealthNeeds = Readonly<{
  samples: HealthSamples;
  queue: Pick<JobQueue, 'waiting'>;
  freeBytes(): Promise<number>;
  /** below so much nothing is accepted */
  minFreeBytes(): number;
  /** names of all nodes, as they are configured now */
  nodes(): readonly string[];
  /** when each node last passed a check */
  lastGoodChecks(): Promise<ReadonlyMap<string, Date>>;
  process(): ProcessFacts;
  /** all that run */
  processes(): Promise<readonly RunningProcess[]>;
  /** From when on the clock is trusted again; null: it is. */
  clockTrustedFrom(): Promise<Date | null>;
  clock: Clock;
}>;

/** What came in `hours`, of which `knownHours` are known: rates are per known hour. */
export type Rate = Throughput & Readonly<{ hours: number; knownHours: number }>;

export type Health = Readonly<{
  at: Date;
  /** until then nothing expires and nothing is removed: the installation is new, stood still for a week, or its clock was set */
  clockTrustedFrom: Date | null;
  queue: Readonly<{ count: number; oldestSeconds: number }>;
  throughput: Readonly<{ day: Rate; week: Rate }>;
  disk: Readonly<{ freeBytes: number; minFreeBytes: number; forecast: DiskForecast }>;
  nodes: readonly Readonly<{
    node: string;
    deliveredAt: Date | null;
    fetchedAt: Date | null;
    checkedAt: Date | null;
  }>[];
  process: ProcessFacts;
  /** the oldest first */
  processes: readonly RunningProcess[];
}>;

/** How Earshot does now. */
export async function healthNow(needs: HealthNeeds): Promise<Health> {
  const { samples, queue, freeBytes, minFreeBytes, nodes, lastGoodChecks, clock } = needs;
  const checks = await lastGoodChecks();
  const successes = await samples.lastSuccesses(nodes());
  return {
    at: clock(),
    clockTrustedFrom: await needs.clockTrustedFrom(),
    queue: await queue.waiting(),
    throughput: { day: await rate(needs, DAY_HOURS), week: await rate(needs, WEEK_HOURS) },
    disk: {
      freeBytes: await freeBytes(),
      minFreeBytes: minFreeBytes(),
      forecast: diskForecast(await freeSpaces(needs), minFreeBytes()),
    },
    nodes: successes.map((success) => ({ ...success, checkedAt: checks.get(success.node) ?? null })),
    process: needs.process(),
    processes: (await needs.processes()).toSorted((a, b) => a.startedAt.getTime() - b.startedAt.getTime()),
  };
}

async function rate({ samples, clock }: HealthNeeds, hours: number): Promise<Rate> {
  const first = await samples.firstAt();
  const known = first ? (clock().getTime() - first.getTime()) / HOUR_MS : 0;
  return { ...(await samples.throughput(hours)), hours, knownHours: Math.max(0, Math.min(hours, known)) };
}

/** Free space over the time that a forecast rests on, in the order of time. */
export const freeSpaces = ({
  samples,
  clock,
}: Pick<HealthNeeds, 'samples' | 'clock'>): Promise<FreeSpace[]> =>
  samples.since(new Date(clock().getTime() - FORECAST_FROM_MS));

/** Takes the sample of this minute. */
export async function takeSample({ samples, queue, freeBytes, process }: HealthNeeds): Promise<void> {
  const { count, oldestSeconds } = await queue.waiting();
  const { rssBytes } = process();
  await samples.take({
    freeBytes: await freeBytes(),
    queueCount: count,
    queueOldestSeconds: oldestSeconds,
    rssBytes,
  });
}

/** For notifications: days until nothing is accepted any more, by a trend that is certain; null: none. */
export function daysUntilFull(
  needs: Pick<HealthNeeds, 'samples' | 'clock' | 'minFreeBytes'>,
): () => Promise<number | null> {
  let kept: Readonly<{ at: number; days: number | null }> | undefined;
  return async () => {
    const now = needs.clock().getTime();
    if (!kept || Math.abs(now - kept.at) >= FORECAST_KEPT_MS) {
      kept = { at: now, days: fullInDays(diskForecast(await freeSpaces(needs), needs.minFreeBytes())) };
    }
    return kept.days;
  };
}
