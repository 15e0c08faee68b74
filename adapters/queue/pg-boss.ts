import PgBoss from 'pg-boss';
import type { JobHandler, JobKind, JobQueue, Log } from '../../src/ports.ts';
import { startLoop } from './loop.ts';
import {
  CHANNEL,
  createRows,
  type GivenBack,
  NEW_DATA,
  type PostgresConnection,
  type Taken,
} from './pg-boss-rows.ts';

export type PgBossOptions = Readonly<{
  log: Log;
  /** jobs at once in this process, by kind; default one */
  concurrency?: Partial<Record<JobKind, () => number>>;
  /** a job whose process said nothing for so long is another's */
  leaseSeconds?: number;
}>;

/** Jobs for later are looked for so often; those for now are told by NOTIFY. */
const LOOK_MS = 1000;
/** More than anything is tried. */
const RETRIES = 1_000_000_000;
const KEPT_DAYS = 3650;

/** Of a lease a job is kept so much without an answer: a clock may go fast, and a timer come late. */
const KEPT = 0.9;

/** `askedAt`: the moment before the server was asked, whose own time began later. */
type Fetched = Taken & { askedAt: number; deaths: number };
type Running = Fetched & { kind: JobKind; lost: AbortController; over?: NodeJS.Timeout };

/**
 * pg-boss behind the JobQueue port, for many processes. Its policy `stately` lets one job a key wait and one run. The lease of what
 * runs is renewed every third of it; when a process dies, pg-boss makes its jobs wait again within a lease and a third. A
 * process that could not renew its lease in nine tenths of it aborts the job, and what it still writes about the job's row counts no
 * more, but that it lives: while the database cannot be reached it cannot say so, and counts as one that died. A clock of
 * the server that is set back keeps no job waiting for what it showed before. Closes the connection with itself.
 */
export async function openPgBossQueue(
  connection: PostgresConnection,
  { log, concurrency = {}, leaseSeconds = 30 }: PgBossOptions,
): Promise<JobQueue & AsyncDisposable> {
  const third = Math.max(1, Math.floor(leaseSeconds / 3));
  const failed = (thrown: unknown): void => log.warn('queue.failed', { code: connection.told(thrown).code });
  const boss = new PgBoss({
    db: { executeSql: (text, values) => connection.run(text, values) },
    schedule: false,
    maintenanceIntervalSeconds: third,
    deleteAfterDays: 1,
  });
  boss.on('error', failed);
  const again = connection.patiently;
  try {
    await again(() => boss.start());
  } catch (thrown) {
    await connection[Symbol.asyncDispose]();
    throw thrown;
  }

  const rows = createRows(connection, leaseSeconds);
  const loops = new Map<JobKind, () => void>();
  const running = new Set<Running>();
  const queues = new Map<JobKind, Promise<void>>();
  const queueOf = (kind: JobKind): Promise<void> => {
    const made = queues.get(kind) ?? again(() => boss.createQueue(kind, { name: kind, policy: 'stately' }));
    queues.set(kind, made);
    made.catch(() => queues.delete(kind));
    return made;
  };

  const put: JobQueue['put'] = async ({ kind, key }, { notBefore } = {}) => {
    await queueOf(kind);
    const isLater = notBefore !== undefined && notBefore.getTime() > Date.now();
    return again(async () => {
      if (await rows.isToBeTriedAgain(kind, key)) return false;
      const id = await boss.send(kind, NEW_DATA, {
        singletonKey: key,
        expireInSeconds: leaseSeconds,
        retryLimit: RETRIES,
        retentionDays: KEPT_DAYS,
        ...(isLater ? { startAfter: notBefore } : {}),
      });
      if (id !== null && !isLater) await rows.tell(kind);
      return id !== null;
    });
  };

  const take = async (kind: JobKind): Promise<Fetched | undefined> => {
    const askedAt = performance.now();
    const [job] = await boss.fetch<GivenBack>(kind, { includeMetadata: true, priority: false });
    if (job) {
      const taken = { id: job.id, key: job.singletonKey ?? '', tries: job.retryCount };
      return { ...taken, deaths: await rows.deathsOf(kind, taken, job.data), askedAt };
    }
    // The first that waits may have a key that runs: then none is had until it stands aside.
    return (await again(() => rows.standAside(kind))) > 0 ? take(kind) : undefined;
  };

  /** No answer is waited for; one that comes late counts less than a later one. */
  const confirm = (job: Running, askedAt: number): void => {
    job.askedAt = Math.max(job.askedAt, askedAt);
    clearTimeout(job.over);
    const left = job.askedAt + KEPT * leaseSeconds * 1000 - performance.now();
    job.over = setTimeout(() => job.lost.abort(), left);
  };

  const run = async (job: Running, handler: JobHandler, stop: AbortSignal): Promise<void> => {
    const { kind, key, tries, deaths, askedAt } = job;
    running.add(job);
    confirm(job, askedAt);
    try {
      await handler({ kind, key, deaths }, AbortSignal.any([stop, job.lost.signal]));
      await again(() => rows.done(kind, job));
    } catch (thrown) {
      await again(() => rows.giveBack(kind, job, stop.aborted));
      if (!stop.aborted)
        log.warn('job.failed', {
          kind,
          attempts: tries + 1,
          code: (thrown as { code?: string })?.code ?? 'INTERNAL',
        });
    } finally {
      running.delete(job);
      clearTimeout(job.over);
    }
  };

  const work = async (kind: JobKind, handler: JobHandler): Promise<AsyncDisposable> => {
    await queueOf(kind);
    const stop = new AbortController();
    const loop = startLoop<Fetched>({
      kind,
      limit: concurrency[kind] ?? (() => 1),
      take: () =>
        take(kind).catch((thrown) => {
          throw connection.told(thrown);
        }),
      run: (taken) => run({ ...taken, kind, lost: new AbortController() }, handler, stop.signal),
      idleMs: 10 * LOOK_MS,
      log,
    });
    loops.set(kind, () => loop.wake());
    return {
      [Symbol.asyncDispose]: async () => {
        stop.abort();
        await loop.stop();
        loops.delete(kind);
      },
    };
  };

  /** A job that is not this process's any more, and one that may not be, is aborted. */
  const renew = async (): Promise<void> => {
    if (running.size === 0) return;
    const asked = [...running];
    const askedAt = performance.now();
    const held = await rows.renew(asked).catch((thrown) => void failed(thrown));
    if (!held) return;
    for (const job of asked) {
      if (!running.has(job)) continue;
      if (held.has(`${job.id} ${job.tries}`)) confirm(job, askedAt);
      else job.lost.abort();
    }
  };
  const renewing = setInterval(() => void renew(), third * 1000);
  const wake = async (look: () => Promise<JobKind[]>): Promise<void> => {
    if (loops.size === 0) return;
    const due = await look().catch(() => []);
    for (const kind of due) loops.get(kind)?.();
  };
  const looking = setInterval(() => void wake(rows.due), LOOK_MS);
  const noticing = setInterval(() => void wake(rows.setBack), third * 1000);
  const listening = connection.listen(CHANNEL, (kind) => loops.get(kind as JobKind)?.());

  return {
    put,
    work,
    waiting: () => again(() => rows.waiting()),
    [Symbol.asyncDispose]: async () => {
      clearInterval(renewing);
      clearInterval(looking);
      clearInterval(noticing);
      await listening[Symbol.asyncDispose]();
      await boss.stop({ graceful: false, close: false });
      await connection[Symbol.asyncDispose]();
    },
  };
}
