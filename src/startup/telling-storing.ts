/** Tells the other processes to which studies objects are coming in here. */
import { every } from '../../adapters/schedule/every.ts';
import type { BusyStudies } from '../pipeline/busy-studies.ts';
import type { Log } from '../ports.ts';

/** Once a second: what is stored to now is marked, and what is not any more is not. */
export function startTellingStoring(
  studies: () => ReadonlySet<string>,
  storing: BusyStudies,
  log: Log,
): AsyncDisposable {
  const marked = new Map<string, AsyncDisposable>();
  const turn = async (): Promise<void> => {
    const now = studies();
    for (const study of now) if (!marked.has(study)) marked.set(study, await storing.mark(study));
    for (const [study, mark] of marked) {
      if (now.has(study)) continue;
      marked.delete(study);
      await mark[Symbol.asyncDispose]();
    }
  };
  const cron = every('second', turn, (thrown) =>
    log.warn('storing.notTold', { code: (thrown as { code?: string }).code ?? 'INTERNAL' }),
  );
  return {
    [Symbol.asyncDispose]: async () => {
      await cron[Symbol.asyncDispose]();
      for (const mark of marked.values()) await mark[Symbol.asyncDispose]();
    },
  };
}
