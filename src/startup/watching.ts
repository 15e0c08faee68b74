/** Looks after the machine and tells people: samples, health, notifications. */
import { Alerts } from '../catalogue/alerts.ts';
import { clockTrustedFrom } from '../catalogue/clock-trust.ts';
import { HealthSamples } from '../catalogue/health-samples.ts';
import { localDeltas } from '../catalogue/local-deltas.ts';
import { NodeChecks } from '../catalogue/node-checks.ts';
import { daysUntilFull, type HealthNeeds } from '../health/health.ts';
import { alarmOf } from '../model/drift.ts';
import type { NotifyNeeds } from '../notifications/notify.ts';
import type { Administered } from './administered.ts';
import type { Duties } from './duties.ts';
import { messengersOf, startNotifying } from './notifying.ts';
import type { Processes } from './processes.ts';
import { startSampling, watchProcess } from './sampling.ts';

export type Watching = Readonly<{ health: HealthNeeds; notifying: NotifyNeeds }>;

export type Watched = Pick<Administered, 'sql' | 'world' | 'config' | 'clock' | 'log' | 'files'> &
  Readonly<{ duties: Pick<Duties, 'only' | 'told'>; processes: Pick<Processes, 'list'> }>;

const HOUR_MS = 3_600_000;

/** `parts` get what stops it. */
export function startWatching(
  { sql, world, config, clock, log, files, duties, processes }: Watched,
  parts: (() => unknown)[],
): Watching {
  const watch = watchProcess();
  parts.push(() => watch[Symbol.dispose]());
  const checks = new NodeChecks(sql);
  const health: HealthNeeds = {
    samples: new HealthSamples(sql, clock),
    queue: world().queue,
    freeBytes: () => files.freeBytes(),
    minFreeBytes: () => world().limits.minFreeBytes,
    nodes: () => config().nodes.map(({ name }) => name),
    lastGoodChecks: async () => {
      const good = (await checks.newest()).filter(({ outcome }) => outcome === 'passed');
      const byTime = good.sort((a, b) => a.startedAt.getTime() - b.startedAt.getTime());
      return new Map(byTime.map(({ node, startedAt }) => [node, startedAt]));
    },
    process: () => watch.facts(),
    processes: async () => {
      const leading = await duties.told('holder');
      return (await processes.list()).map(({ holder, role, host, pid, version, startedAt, file }) => ({
        ...{ role, host, pid, version, file, startedAt: new Date(startedAt) },
        hasDuties: holder === leading,
      }));
    },
    clockTrustedFrom: () => clockTrustedFrom(sql, clock),
    clock,
  };
  const sampling = startSampling(health, { log, duties });
  parts.push(() => sampling[Symbol.asyncDispose]());
  const alerts = new Alerts(sql);
  const notifying: NotifyNeeds = {
    alerts,
    settings: () => config().notifications,
    messengers: (settings) => messengersOf(settings, clock),
    installation: config().report.installation,
    clock,
    log,
    sources: {
      alerts,
      deadLetters: () => world().reports.deadLetters(),
      isAway: (destination) => world().whyAway(destination) !== undefined,
      freeBytes: () => files.freeBytes(),
      fullInDays: daysUntilFull(health),
      nodeFailures: () => failingNodes(config().nodes, checks),
      drift: hourly(clock, async () => {
        const { patients, model } = world();
        const text = alarmOf(model.value, await localDeltas(sql, patients, model.value));
        return text === undefined ? null : { text, since: clock() };
      }),
    },
  };
  const telling = startNotifying(notifying, duties);
  parts.push(() => telling[Symbol.asyncDispose]());
  return { health, notifying };
}

/** Nodes whose checks fail, one after the other. A node that is switched off fails nothing. */
async function failingNodes(
  nodes: ReturnType<Administered['config']>['nodes'],
  checks: NodeChecks,
): ReturnType<NotifyNeeds['sources']['nodeFailures']> {
  const newest = await checks.newest();
  const failing = nodes.map(async ({ name, disabled }) => {
    const failures = disabled ? 0 : await checks.failuresInARow(name, 'echo');
    const last = newest.find(({ node, kind }) => node === name && kind === 'echo');
    if (failures === 0 || !last) return [];
    const since = (await checks.lastSuccess(name)) ?? last.startedAt;
    return [{ node: name, failures, lastText: last.code || last.text, since }];
  });
  return (await Promise.all(failing)).flat();
}

/** What takes a while and changes slowly is found once an hour. */
function hourly<T>(clock: () => Date, find: () => Promise<T>): () => Promise<T> {
  let known: Readonly<{ value: T; at: number }> | undefined;
  return async () => {
    const now = clock().getTime();
    if (!known || Math.abs(now - known.at) >= HOUR_MS) known = { value: await find(), at: now };
    return known.value;
  };
}
