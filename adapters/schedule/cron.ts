import { createTask } from 'node-cron';
import { every } from './every.ts';

const MINUTE_MS = 60_000;
const LOOK_SECONDS = 15;
/** What a jump forward passed over is looked at so far back: every expression here has its turn within a day. */
const MOST_MINUTES = 24 * 60;

/**
 * Runs a task at minutes of the clock of this machine, by a cron expression (seconds first, and 0: `0 41 3 * * *` is 3:41). The expression
 * is the library's to read, the timer is `every`, which no setting of the clock moves: set back, the next minute that matches counts; set
 * forward, or after a sleep, what was passed over is made up for by one run. A run that is still going on is not overtaken by the next.
 */
export function at(
  expression: string,
  task: () => Promise<void>,
  onError: (thrown: unknown) => void,
): AsyncDisposable {
  // Never started: it only says what matches.
  const minutes = createTask(expression, () => undefined);
  let seen = minuteNow();
  const isDue = (): boolean => {
    const [now, before] = [minuteNow(), seen];
    seen = now;
    const first = Math.max(before + 1, now - MOST_MINUTES);
    for (let minute = now; minute >= first; minute -= 1)
      if (minutes.match(new Date(minute * MINUTE_MS))) return true;
    return false;
  };
  const looking = every(LOOK_SECONDS, async () => (isDue() ? task() : undefined), onError);
  return {
    [Symbol.asyncDispose]: async () => {
      await looking[Symbol.asyncDispose]();
      await minutes.destroy();
    },
  };
}

const minuteNow = (): number => Math.floor(Date.now() / MINUTE_MS);
