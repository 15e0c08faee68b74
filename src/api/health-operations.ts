import { z } from 'zod';
import { diskForecastChart, forecastText } from '../charts/disk-forecast.ts';
import { freeSpaces, type Health, type HealthNeeds, healthNow, type Rate } from '../health/health.ts';
import { moment } from './fields.ts';
import { operation } from './operation.ts';

const momentOrNull = moment.nullable();

const rateShape = z.object({
  hours: z.number(),
  /** of which so many are known: the service was put up later, or did not run */
  knownHours: z.number(),
  received: z.int(),
  cases: z.int(),
  reported: z.int(),
});
const healthShape = z.object({
  at: moment,
  /** until then nothing expires and nothing is removed: the installation is new, stood still for a week, or its clock was set */
  clockTrustedFrom: momentOrNull,
  queue: z.object({ count: z.int(), oldestSeconds: z.number() }),
  throughput: z.object({ day: rateShape, week: rateShape }),
  disk: z.object({
    freeBytes: z.number(),
    minFreeBytes: z.number(),
    forecast: z.discriminatedUnion('kind', [
      z.object({ kind: z.literal('notEnoughData') }),
      z.object({ kind: z.literal('full') }),
      z.object({ kind: z.literal('steady'), bytesPerDay: z.number() }),
      z.object({
        kind: z.literal('filling'),
        bytesPerDay: z.number(),
        days: z.number(),
        earliestDays: z.number(),
        latestDays: z.number(),
      }),
    ]),
    forecastText: z.string(),
  }),
  nodes: z.array(
    z.object({
      node: z.string(),
      deliveredAt: momentOrNull,
      fetchedAt: momentOrNull,
      checkedAt: momentOrNull,
    }),
  ),
  process: z.object({
    rssBytes: z.number(),
    heapUsedBytes: z.number(),
    heapTotalBytes: z.number(),
    uptimeSeconds: z.number(),
    eventLoopDelayMs: z.number(),
  }),
  /** all that share the database; `version` differs while a new one is brought in */
  processes: z.array(
    z.object({
      role: z.string(),
      host: z.string(),
      pid: z.int(),
      version: z.string(),
      startedAt: moment,
      /** digest of its configuration file, but for where it listens */
      file: z.string(),
      /** does what one process at a time does */
      hasDuties: z.boolean(),
    }),
  ),
  /** free disk space with its forecast, as SVG */
  chart: z.string(),
});

const aboutShape = z.object({
  name: z.string(),
  version: z.string(),
  nodeVersion: z.string(),
  licence: z.string(),
  intendedUse: z.string(),
  model: z.object({ id: z.string(), sha256: z.string() }),
  dependencies: z.array(z.object({ name: z.string(), version: z.string(), licence: z.string() })),
});
export type About = z.infer<typeof aboutShape>;

/** What the pages say of their purpose. */
const INTENDED_USE =
  'Research use only. Earshot computes a delta-radiomic feature from two chest CTs of the same lesion under EGFR-TKI therapy and a score derived from it, and reports both with their uncertainty. It is not a medical device. It does not diagnose, and no decision on therapy may rest on it: what it reports is read by a physician beside the images.';

/** How the machine does, and what it is. Neither shows a patient. */
export const healthOperations = (needs: HealthNeeds, about: () => Omit<About, 'intendedUse'>) => ({
  show: operation({
    id: 'health.show',
    method: 'GET',
    path: '/health',
    role: 'viewer',
    changes: false,
    summary:
      'Queue, throughput, disk with its forecast, last success of each node, memory, processes that run',
    input: z.strictObject({}),
    output: healthShape,
    run: async () => {
      const now = await healthNow(needs);
      return { ...written(now), chart: await diskChart(needs, now) };
    },
  }),
  about: operation({
    id: 'about.show',
    method: 'GET',
    path: '/about',
    role: 'viewer',
    changes: false,
    summary: 'Version, licences, model and intended use',
    input: z.strictObject({}),
    output: aboutShape,
    run: async () => ({ ...about(), intendedUse: INTENDED_USE }),
  }),
});

/** The chart of free disk space, for the health page. */
async function diskChart(needs: HealthNeeds, { disk, at }: Health): Promise<string> {
  const samples = [...(await freeSpaces(needs)), { at, freeBytes: disk.freeBytes }];
  return diskForecastChart({ samples, forecast: disk.forecast, watermarkBytes: disk.minFreeBytes, now: at });
}

const written = ({
  at,
  clockTrustedFrom,
  queue,
  throughput,
  disk,
  nodes,
  process,
  processes,
}: Health): Omit<z.infer<typeof healthShape>, 'chart'> => ({
  at: at.toISOString(),
  clockTrustedFrom: iso(clockTrustedFrom),
  queue: { count: queue.count, oldestSeconds: queue.oldestSeconds },
  throughput: { day: rateOf(throughput.day), week: rateOf(throughput.week) },
  disk: { ...disk, forecastText: forecastText(disk.forecast) },
  nodes: nodes.map(({ node, deliveredAt, fetchedAt, checkedAt }) => ({
    node,
    deliveredAt: iso(deliveredAt),
    fetchedAt: iso(fetchedAt),
    checkedAt: iso(checkedAt),
  })),
  process,
  processes: processes.map((each) => ({ ...each, startedAt: each.startedAt.toISOString() })),
});

const rateOf = ({ hours, knownHours, received, cases, reported }: Rate) => ({
  hours,
  knownHours,
  received,
  cases,
  reported,
});
const iso = (at: Date | null): string | null => at?.toISOString() ?? null;
