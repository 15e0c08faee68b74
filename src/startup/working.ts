/** What works by itself: the jobs. */
import { assess } from '../pipeline/assess.ts';
import { countThere } from '../pipeline/count-there.ts';
import { deliver } from '../pipeline/deliver.ts';
import { fetchPrior } from '../pipeline/fetch-prior.ts';
import { finishBeside } from '../pipeline/finish-beside.ts';
import { measureAhead } from '../pipeline/measure-once.ts';
import { pollArchive } from '../pipeline/poll-archive.ts';
import { requestMask } from '../pipeline/request-mask.ts';
import { scoreFollowUp } from '../pipeline/score-follow-up.ts';
import type { World } from '../pipeline/world.ts';
import type { Job, JobKind } from '../ports.ts';
import type { Config } from './config.ts';
import { lookBackDaysOf } from './polling.ts';

type Handler = (job: Job, signal: AbortSignal) => Promise<void>;

/** Each job begins with the world as it is then. */
export async function startWorking(
  world: () => World,
  nodes: () => Config['nodes'],
  parts: (() => unknown)[],
): Promise<void> {
  const handlers: Record<JobKind, Handler> = {
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
  const workers: AsyncDisposable[] = [];
  parts.push(() => stopAtOnce(workers));
  for (const kind of Object.keys(handlers) as JobKind[])
    workers.push(await world().queue.work(kind, handlers[kind]));
}

/** What runs is handed back while a process that kills waits for this one. Ends when all have, then throws the first fault. */
async function stopAtOnce(workers: readonly AsyncDisposable[]): Promise<void> {
  const ends = await Promise.allSettled(workers.map((worker) => worker[Symbol.asyncDispose]()));
  const failed = ends.find((end) => end.status === 'rejected');
  if (failed) throw failed.reason;
}
