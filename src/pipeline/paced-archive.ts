import { Fault } from '../fault.ts';
import type { Archive, Clock } from '../ports.ts';
import type { Pace } from './node-pace.ts';

/**
 * An archive that is asked no faster than its node allows: a request waits for its turn in the minute. In quiet hours nothing is
 * asked: NODE_QUIET, which is no failed try.
 */
export function pacedArchive(archive: Archive, pace: Pace, clock: Clock): Archive {
  const turn = async (signal: AbortSignal): Promise<void> => {
    for (;;) {
      signal.throwIfAborted();
      const answer = await pace.take(archive.name, clock());
      if (answer.mayAsk) return;
      if (answer.because === 'quietHours') throw new Fault('NODE_QUIET', archive.name);
      await passed(answer.lookAgainAt.getTime() - clock().getTime(), signal);
    }
  };
  return {
    ...archive,
    findStudies: async (query, signal) => {
      await turn(signal);
      return archive.findStudies(query, signal);
    },
    findSeries: async (study, signal) => {
      await turn(signal);
      return archive.findSeries(study, signal);
    },
    retrieve: async (series, intake, signal) => {
      await turn(signal);
      return archive.retrieve(series, intake, signal);
    },
  };
}

/** Resolves when so much time has passed, or when it is called off. */
const passed = (milliseconds: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, Math.max(1, milliseconds));
    signal.addEventListener('abort', end, { once: true });
    if (signal.aborted) end();
  });
