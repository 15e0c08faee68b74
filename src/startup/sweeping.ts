import { at } from '../../adapters/schedule/cron.ts';
import { every } from '../../adapters/schedule/every.ts';
import { afterSetBack, type LongestPauses } from '../catalogue/clock-set-back.ts';
import type { ClockTrust } from '../catalogue/clock-trust.ts';
import { sweep } from '../pipeline/assemble.ts';
import { QUIET_PAUSE_SECONDS } from '../pipeline/fetch-prior.ts';
import { removeFiles, retire } from '../pipeline/retire.ts';
import type { World } from '../pipeline/world.ts';
import type { Duties } from './duties.ts';

/** Without a sweep for so long the database, this machine, or whoever had the duties was away: senders may not have got through. */
const GAP_MS = 5000;
const REMOVING_SECONDS = 10;

/**
 * Sweeps every second, and just when a study can become quiet, so that a report does not wait for the
 * next full second; once an hour retired patients are removed, and files that nothing names any more soon after. `wake` after an arrival keeps that moment up to date. All of it
 * by the one process that has the duties. After a jump of the clock nothing expires and nobody is retired for a day.
 */
export function startSweeping(
  world: () => World,
  duties: Pick<Duties, 'only'>,
  trust: Pick<ClockTrust, 'look'>,
): AsyncDisposable & { wake(): void } {
  const onError = (thrown: unknown) =>
    world().log.error('sweep.failed', { code: (thrown as { code?: string }).code ?? 'INTERNAL' });
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> | undefined;
  let isStopped = false;
  let unbroken: Readonly<{ since: Date; shown: Date; endedAt: number }> | undefined;
  const run = async (): Promise<void> => {
    const { clock, catalogue } = world();
    const [now, before] = [clock(), unbroken];
    unbroken = undefined;
    // A clock that was set breaks it too: what it shows says nothing of how long nothing came.
    const goesOn =
      before !== undefined && performance.now() - before.endedAt < GAP_MS && isWithin(now, before);
    if (!goesOn) await catalogue.sql.batch(afterSetBack(now, longestPauses(world())));
    const since = goesOn ? before.since : now;
    const next = await sweep(world(), since, await trust.look());
    unbroken = { since, shown: clock(), endedAt: performance.now() };
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
  const cron = every(1, once, onError);
  // Of what a command beside this process has forgotten.
  const removing = every(
    REMOVING_SECONDS,
    duties.only(async () => {
      const { catalogue, files } = world();
      await removeFiles({ catalogue, files });
    }),
    onError,
  );
  const hourly = at(
    '0 23 * * * *',
    duties.only(() => retireInTime(world(), trust)),
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
      await removing[Symbol.asyncDispose]();
      await hourly[Symbol.asyncDispose]();
      await running;
    },
  };
}

/** Retention, unless the clock may be wrong; what was retired before leaves the disk in any case. */
export async function retireInTime(world: World, trust: Pick<ClockTrust, 'look'>): Promise<void> {
  const isTrusted = await trust.look();
  await retire(isTrusted ? world : { ...world, retentionDays: undefined });
}

/** The clock has gone on as it does by itself. */
const isWithin = (now: Date, { shown }: Readonly<{ shown: Date }>): boolean =>
  now >= shown && now.getTime() - shown.getTime() < GAP_MS;

const longestPauses = ({ delivery, priors }: World): LongestPauses => ({
  delivery: delivery.maxPauseSeconds,
  confirm: delivery.confirmWithinSeconds,
  fetch: Math.max(
    QUIET_PAUSE_SECONDS,
    ...(priors ? [priors.firstPauseSeconds, priors.maxPauseSeconds, priors.askAgainSeconds] : []),
  ),
});
