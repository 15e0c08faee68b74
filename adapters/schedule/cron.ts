import { schedule, setLogger } from 'node-cron';
import { oneAtATime } from './every.ts';

const silent = (): void => undefined;

/**
 * Runs a task at an hour of the clock of this machine, by a cron expression (seconds first: `0 41 3 * * *` is 3:41:00). For what belongs
 * to an hour or a day only: once the clock was set back it waits for the old time, and once it was set forward it makes up for every run in
 * between, which for each second of days would keep everything else from running.
 */
export function at(
  expression: string,
  task: () => Promise<void>,
  onError: (thrown: unknown) => void,
): AsyncDisposable {
  // The library prints; a missed run means only that the machine was busy, and the next makes up for it.
  setLogger({ info: silent, warn: silent, error: silent, debug: silent });
  const { run, ended } = oneAtATime(task, onError);
  const scheduled = schedule(expression, run);
  return {
    [Symbol.asyncDispose]: async () => {
      await scheduled.destroy();
      await ended();
    },
  };
}
