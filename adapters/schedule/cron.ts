import { schedule, setLogger } from 'node-cron';

const silent = (): void => undefined;

/**
 * Runs a task by a cron expression (seconds first, so `* * * * * *` is every second); a run that is still going on is
 * not overtaken by the next. What the task throws goes to `onError`.
 */
export function every(
  expression: string,
  task: () => Promise<void>,
  onError: (thrown: unknown) => void,
): AsyncDisposable {
  // The library prints; a missed second means only that the machine was busy, and the next run makes up for it.
  setLogger({ info: silent, warn: silent, error: silent, debug: silent });
  let running: Promise<void> | undefined;
  const scheduled = schedule(expression, () => {
    running ??= task()
      .catch(onError)
      .finally(() => {
        running = undefined;
      });
  });
  return {
    [Symbol.asyncDispose]: async () => {
      await scheduled.destroy();
      await running;
    },
  };
}
