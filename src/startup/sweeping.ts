import { every } from '../../adapters/schedule/cron.ts';
import { sweep } from '../pipeline/assemble.ts';
import { retire } from '../pipeline/retire.ts';
import type { World } from '../pipeline/world.ts';
import type { Duties } from './duties.ts';

/** Without a sweep for so long the database, this machine, or whoever had the duties was away: senders may not have got through. */
const GAP_MS = 5000;

/**
 * Sweeps every second by node-cron, and just when a study can become quiet, so that a report does not wait for the
 * next full second; once an hour retired patients are removed. `wake` after an arrival keeps that moment up to date. All of it
 * by the one process that has the duties.
 */
export function startSweeping(
  world: () => World,
  duties: Pick<Duties, 'only'>,
): AsyncDisposable & { wake(): void } {
  const onError = (thrown: unknown) =>
    world().log.error('sweep.failed', { code: (thrown as { code?: string }).code ?? 'INTERNAL' });
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> | undefined;
  let isStopped = false;
  let unbroken: Readonly<{ since: Date; endedAt: number }> | undefined;
  const run = async (): Promise<void> => {
    const { clock } = world();
    const [now, before] = [clock(), unbroken];
    unbroken = undefined;
    // A clock that was set back breaks it too.
    const goesOn = before !== undefined && performance.now() - before.endedAt < GAP_MS && before.since <= now;
    const since = goesOn ? before.since : now;
    const next = await sweep(world(), since);
    unbroken = { since, endedAt: performance.now() };
    if (next && !timer && !isStopped) arm(next.getTime() - clock().getTime());
  };
  const once = (): Promise<void> => {
    running ??= duties
      .only(run)()
      .catch(onError)
      .finally(() => {
        running = undefined;
      });
    return running;
  };
  const arm = (delayMs: number) => {
    timer = setTimeout(
      () => {
        timer = undefined;
        void once();
      },
      Math.max(1, delayMs),
    );
  };
  const cron = every('* * * * * *', once, onError);
  const hourly = every(
    '0 23 * * * *',
    duties.only(() => retire(world())),
    onError,
  );
  return {
    wake: () => {
      if (!timer && !isStopped) arm(world().quietPeriodSeconds * 1000 + 1);
    },
    [Symbol.asyncDispose]: async () => {
      isStopped = true;
      clearTimeout(timer);
      await cron[Symbol.asyncDispose]();
      await hourly[Symbol.asyncDispose]();
      await running;
    },
  };
}
