/** What works by itself: the jobs. */
import { assess } from '../pipeline/assess.ts';
import { countThere } from '../pipeline/count-there.ts';
import { deliver } from '../pipeline/deliver.ts';
import { fetchPrior } from '../pipeline/fetch-prior.ts';
import { finishBeside } from '../pipeline/finish-beside.ts';
import {
  giveUpBeside,
  giveUpMeasuring,
  giveUpReading,
  giveUpScoring,
  MOST_DEATHS,
} from '../pipeline/give-up.ts';
import { measureAhead } from '../pipeline/measure-once.ts';
import { pollArchive } from '../pipeline/poll-archive.ts';
import { requestMask } from '../pipeline/request-mask.ts';
import { scoreFollowUp } from '../pipeline/score-follow-up.ts';
import type { World } from '../pipeline/world.ts';
import type { JobHandler, JobKind } from '../ports.ts';
import type { Config } from './config.ts';
import { lookBackDaysOf } from './polling.ts';

/** Each job begins with the world as it is then. One over which the process died too often is given up, where it reads or computes. */
export async function startWorking(
  world: () => World,
  nodes: () => Config['nodes'],
  parts: (() => unknown)[],
): Promise<void> {
  const handlers: Record<JobKind, JobHandler> = {
    assess: (job, signal) => assess(world(), job, signal),
    measure: (job, signal) => measureAhead(world(), job, signal),
    score: (job, signal) => scoreFollowUp(world(), job, signal),
    beside: (job, signal) => finishBeside(world(), job, signal),
    deliver: (job, signal) => deliver(world(), job, signal),
    fetch: (job, signal) => fetchPrior(world(), job, signal),
    request: (job, signal) => requestMask(world(), job, signal),
    count: (job, signal) => countThere(world(), job, signal),
    poll: (job, signal) => pollArchive(world(), job, lookBackDaysOf(nodes(), job.key), signal),
  };
  const givingUp: Partial<Record<JobKind, JobHandler>> = {
    assess: (job, signal) => giveUpReading(world(), job, signal),
    measure: (job) => giveUpMeasuring(world(), job),
    score: (job, signal) => giveUpScoring(world(), job, signal),
    beside: (job) => giveUpBeside(world(), job),
  };
  const handler =
    (kind: JobKind): JobHandler =>
    (job, signal) => {
      const { deaths } = job;
      if (deaths > 0) world().log.warn('job.died', { kind, deaths });
      const handle = (deaths >= MOST_DEATHS && givingUp[kind]) || handlers[kind];
      return handle(job, signal);
    };
  const workers: AsyncDisposable[] = [];
  parts.push(() => stopAtOnce(workers));
  for (const kind of Object.keys(handlers) as JobKind[])
    workers.push(await world().queue.work(kind, handler(kind)));
}

/** What runs is handed back while a process that kills waits for this one. Ends when all have, then throws the first fault. */
async function stopAtOnce(workers: readonly AsyncDisposable[]): Promise<void> {
  const ends = await Promise.allSettled(workers.map((worker) => worker[Symbol.asyncDispose]()));
  const failed = ends.find((end) => end.status === 'rejected');
  if (failed) throw failed.reason;
}
