const SECOND_MS = 1000;

/**
 * Runs a task every so many seconds; a run that is still going on is not overtaken by the next. What the task throws goes to `onError`.
 * The seconds are counted by a timer which no setting of the clock moves: one that is set back keeps no task waiting, and one that is set
 * forward makes up for nothing.
 */
export function every(
  seconds: number,
  task: () => Promise<void>,
  onError: (thrown: unknown) => void,
): AsyncDisposable {
  const { run, ended } = oneAtATime(task, onError);
  const timer = setInterval(run, seconds * SECOND_MS);
  return {
    [Symbol.asyncDispose]: async () => {
      clearInterval(timer);
      await ended();
    },
  };
}

/** `run` does nothing while a run is going on; `ended` resolves when none is. */
function oneAtATime(task: () => Promise<void>, onError: (thrown: unknown) => void) {
  let running: Promise<void> | undefined;
  return {
    run: (): void => {
      running ??= task()
        .catch(onError)
        .finally(() => {
          running = undefined;
        });
    },
    ended: async (): Promise<void> => {
      await running;
    },
  };
}
