import { schedule } from 'node-cron';

/**
 * Runs a task by a cron expression (seconds first, so `* * * * * *` is every second); a run that is still going on is
 * not overtaken by the next. What the task throws goes to `onError`.
 */
export function every(
  expression: string,
  task: () => Promise<void>,
  onError: (thrown: unknown) => void,
): AsyncDisposable {
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
