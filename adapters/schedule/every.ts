/** Fields of a time of day, as this machine shows it; what is absent: any. */
type TimeOfDay = Readonly<{ second: number; minute?: number; hour?: number }>;

const SECOND_MS = 1000;

/**
 * Runs a task once a second, or when the clock of this machine shows that time of day; a run that is still going on is not overtaken
 * by the next. What the task throws goes to `onError`. The seconds are counted by a timer which no setting of the clock moves: one
 * that is set back keeps no task waiting, and one that is set forward makes up for nothing.
 */
export function every(
  when: 'second' | TimeOfDay,
  task: () => Promise<void>,
  onError: (thrown: unknown) => void,
): AsyncDisposable {
  let running: Promise<void> | undefined;
  let last = when === 'second' ? undefined : periodOf(when, new Date());
  const tick = (): void => {
    if (when !== 'second') {
      const period = periodOf(when, new Date());
      if (period === last || period === undefined) {
        last = period;
        return;
      }
      last = period;
    }
    running ??= task()
      .catch(onError)
      .finally(() => {
        running = undefined;
      });
  };
  const timer = setInterval(tick, SECOND_MS);
  return {
    [Symbol.asyncDispose]: async () => {
      clearInterval(timer);
      await running;
    },
  };
}

/**
 * The minute in which that second is over, as a number of its own, so that a tick that comes late still counts; undefined before it,
 * and in other minutes.
 */
function periodOf({ second, minute, hour }: TimeOfDay, now: Date): number | undefined {
  const isThen =
    now.getSeconds() >= second &&
    (minute === undefined || now.getMinutes() === minute) &&
    (hour === undefined || now.getHours() === hour);
  return isThen ? Math.floor(now.getTime() / 60_000) : undefined;
}
