/** Every job of a case by itself, in this process, one after the other: what it costs here, in PostgreSQL, and in system calls. */
import { readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { createLog } from '../../../adapters/telemetry/log.ts';
import { sweep } from '../../../src/pipeline/assemble.ts';
import { assess, describeMasks } from '../../../src/pipeline/assess.ts';
import { deliver } from '../../../src/pipeline/deliver.ts';
import { finishBeside } from '../../../src/pipeline/finish-beside.ts';
import { measureAhead } from '../../../src/pipeline/measure-once.ts';
import { scoreFollowUp } from '../../../src/pipeline/score-follow-up.ts';
import type { World } from '../../../src/pipeline/world.ts';
import type { Job, JobKind, JobQueue } from '../../../src/ports.ts';
import { createArrivals } from '../../../src/startup/arrivals.ts';
import { configSchema } from '../../../src/startup/config.ts';
import { unwrittenConfig } from '../../../src/startup/load.ts';
import { openQueueAt } from '../../../src/startup/open-database.ts';
import { openLasting } from '../../../src/startup/open-lasting.ts';
import { createTestDoor } from '../../../src/startup/test-door.ts';
import { worldOf } from '../../../src/startup/world-of.ts';
import type { Cost, Costs, Stage } from '../../simulation/costs.ts';
import { measured } from '../../simulation/statistics.ts';
import { until } from '../../support/until.ts';
import { type Counted, counter } from './counter.ts';
import { type Site, settingsOf } from './site.ts';

type Sample = Readonly<{
  cpu: number;
  mainCpu: number;
  databaseCpu: number;
  seconds: number;
  read: number;
  written: number;
}> &
  Counted;

/** rchar and wchar of proc(5): bytes of all reads and writes, whether or not a disk was asked. */
function passed(): { read: number; written: number } {
  const text = readFileSync('/proc/self/io', 'utf8');
  const of = (name: string) => Number(new RegExp(`${name}: (\\d+)`).exec(text)?.[1]);
  return { read: of('rchar'), written: of('wchar') };
}

const cpuNow = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
};

/** The first thread of a process has its number. */
const mainCpuNow = (): number =>
  Number(readFileSync(`/proc/self/task/${process.pid}/schedstat`, 'utf8').split(' ')[0]) / 1e9;

async function sample({ meter }: Pick<Site, 'meter'>, task: () => Promise<unknown>): Promise<Sample> {
  const [bytes, counted, started] = [passed(), counter.now(), performance.now()];
  const [databaseCpu, cpu, mainCpu] = [meter.cpuSeconds(), cpuNow(), mainCpuNow()];
  await task();
  const spent = {
    mainCpu: mainCpuNow() - mainCpu,
    cpu: cpuNow() - cpu,
    databaseCpu: meter.cpuSeconds() - databaseCpu,
  };
  const [then, after] = [passed(), counter.now()];
  return {
    ...spent,
    seconds: (performance.now() - started) / 1000,
    read: then.read - bytes.read,
    written: then.written - bytes.written,
    statements: after.statements - counted.statements,
    transactions: after.transactions - counted.transactions,
  };
}

const of = (samples: readonly Sample[], pick: keyof Sample, over = 1) =>
  measured(samples.map((each) => each[pick] / over));
const costOf = (samples: readonly Sample[], over = 1): Cost => ({
  cpuSeconds: of(samples, 'cpu', over),
  databaseCpuSeconds: of(samples, 'databaseCpu', over),
  statements: of(samples, 'statements', over),
  transactions: of(samples, 'transactions', over),
});

/** Jobs that wait to be run by hand. */
function recordingQueue(): JobQueue & Readonly<{ take(kind: JobKind): Job | undefined }> {
  const jobs: Job[] = [];
  const isSame = (a: Job) => (b: Job) => a.kind === b.kind && a.key === b.key;
  return {
    put: async (job) => {
      if (jobs.some(isSame(job))) return false;
      jobs.push(job);
      return true;
    },
    work: async () => ({ [Symbol.asyncDispose]: async () => undefined }),
    waiting: async () => ({ count: jobs.length, oldestSeconds: 0 }),
    take: (kind) => {
      const at = jobs.findIndex((job) => job.kind === kind);
      return at < 0 ? undefined : jobs.splice(at, 1)[0];
    },
  };
}

type Hand = Readonly<{ world: World; queue: ReturnType<typeof recordingQueue> }>;

/** The world of a worker whose jobs nobody runs but the task. */
async function withWorld<T>(site: Site, database: string, task: (hand: Hand) => Promise<T>): Promise<T> {
  const parts: (() => unknown)[] = [];
  try {
    const config = configSchema.parse(settingsOf(site, database, 0.1));
    const clock = () => new Date();
    const { lasting, configuration } = await openLasting(
      unwrittenConfig(config),
      clock,
      createLog('error'),
      parts,
      {
        role: 'work',
        isWarmedUp: true,
        companions: undefined,
        radiomics: undefined,
        doors: { listeners: [], stow: undefined },
        admission: { door: createTestDoor(), arrivals: createArrivals() },
      },
    );
    const queue = recordingQueue();
    return await task({ world: { ...worldOf(lasting, configuration.current()), queue }, queue });
  } finally {
    for (const part of parts.reverse()) await part();
  }
}

const signal = new AbortController().signal;
const RUN = { assess, measure: measureAhead, score: scoreFollowUp, beside: finishBeside, deliver } as const;

/** All jobs of a kind that wait, one after the other. */
async function runAll(site: Site, { world, queue }: Hand, kind: keyof typeof RUN): Promise<Sample[]> {
  const samples: Sample[] = [];
  for (let job = queue.take(kind); job; job = queue.take(kind)) {
    const taken = job;
    samples.push(await sample(site, () => RUN[kind](world, taken, signal)));
  }
  return samples;
}

/** Studies that are quiet become complete and are looked at; answers what both cost a study. The first look starts the thread. */
async function look(site: Site, hand: Hand, studies: number) {
  const swept = await sample(site, () => sweep(hand.world));
  return { swept: costsOf([swept], studies), assessed: (await runAll(site, hand, 'assess')).slice(1) };
}

const costsOf = (samples: readonly Sample[], over = 1): Costs['stages'][Stage] => ({
  ...costOf(samples, over),
  seconds: of(samples, 'seconds', over),
  mainCpuSeconds: of(samples, 'mainCpu', over),
  readBytes: of(samples, 'read', over),
  writtenBytes: of(samples, 'written', over),
});

/** Baselines are here, complete, and wait; none is measured. */
export const settleBaselines = (site: Site, database: string) =>
  withWorld(site, database, async (hand) => costsOf((await look(site, hand, site.cases)).assessed));

/** Reads the masks, as a look at a study does: without that there is nothing to measure. */
export const readMasks = (site: Site, database: string, studies: readonly string[]): Promise<void> =>
  withWorld(site, database, async ({ world }) => {
    for (const study of studies) await describeMasks(world, study, signal);
  });

/** The rest of the way of every case; the first one warms the threads up and is not counted. */
export const runStages = (
  site: Site,
  name: string,
  database: string,
  { baselines, assessBaseline }: { baselines: readonly string[]; assessBaseline: Costs['stages'][Stage] },
): Promise<Pick<Costs, 'stages' | 'deliveries' | 'caseDatabaseBytes' | 'caseWalBytes'>> =>
  withWorld(site, database, async (hand) => {
    const { queue, world } = hand;
    const before = await site.meter.usage(name);
    const { swept, assessed } = await look(site, hand, site.cases);
    for (let job = queue.take('measure'); job; job = queue.take('measure'));
    for (const key of baselines) await queue.put({ kind: 'measure', key });
    const [, ...measurements] = await runAll(site, hand, 'measure');
    const samples: Record<'score' | 'beside' | 'deliver', Sample[]> = { score: [], beside: [], deliver: [] };
    let deliveries = 0;
    for (let job = queue.take('score'); job; job = queue.take('score')) {
      const { key } = job;
      // As its own job, so that what measuring costs is told from the rest of the score.
      measurements.push(await sample(site, () => measureAhead(world, { kind: 'measure', key }, signal)));
      const taken = job;
      samples.score.push(await sample(site, () => scoreFollowUp(world, taken, signal)));
      samples.beside.push(...(await runAll(site, hand, 'beside')));
      const sent = await runAll(site, hand, 'deliver');
      deliveries = Math.max(deliveries, sent.length);
      samples.deliver.push(...sent);
      const state = (await world.catalogue.study(key))?.state;
      if (state !== 'delivered') throw new Error(`a case is ${state}`);
    }
    if (samples.score.length < site.cases) throw new Error(`${samples.score.length} cases were scored`);
    const after = await site.meter.usage(name);
    return {
      stages: {
        assemble: swept,
        assessBaseline,
        assessFollowUp: costsOf(assessed),
        measure: costsOf(measurements),
        score: costsOf(samples.score.slice(1)),
        beside: costsOf(samples.beside.slice(1)),
        deliver: costsOf(samples.deliver.slice(deliveries)),
      },
      deliveries,
      caseDatabaseBytes: measured([(after.databaseBytes - before.databaseBytes) / site.cases]),
      caseWalBytes: measured([(after.walBytes - before.walBytes) / site.cases]),
    };
  });

/** Jobs that do nothing: what the queue itself costs a job. */
export async function queueCost(site: Site, database: string, jobs: number): Promise<Cost> {
  const log = createLog('error');
  const queue = await openQueueAt(database, { log });
  let done = 0;
  const worker = await queue.work('assess', async () => {
    done += 1;
  });
  const samples: Sample[] = [];
  for (let round = 0; round < 6; round++) {
    const expected = done + jobs;
    samples.push(
      await sample(site, async () => {
        for (let job = 0; job < jobs; job++) await queue.put({ kind: 'assess', key: `${round} ${job}` });
        await until('the jobs', async () => (done >= expected ? true : undefined), { everyMs: 5 });
      }),
    );
    await pause(100);
  }
  await worker[Symbol.asyncDispose]();
  await queue[Symbol.asyncDispose]();
  return costOf(samples.slice(1), jobs);
}
