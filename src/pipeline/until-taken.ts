import { saysNothing } from './says-nothing.ts';

const AGAIN_MS = 500;

/** Records what has happened outside already, again while disk or database take nothing: it is not done once more for want of a record. */
export async function untilTaken(record: () => Promise<unknown>, signal: AbortSignal): Promise<void> {
  for (;;) {
    try {
      await record();
      return;
    } catch (thrown) {
      if (signal.aborted || !saysNothing(thrown)) throw thrown;
      await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
    }
  }
}
