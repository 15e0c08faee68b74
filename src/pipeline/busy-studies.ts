import type { Leases } from '../ports.ts';
import { keepLease } from './kept-lease.ts';

/** Studies that objects are coming to, in this process or in another one: they are not complete. */
export type BusyStudies = Readonly<{
  /** Until it is disposed of. */
  mark(StudyInstanceUID: string): Promise<AsyncDisposable>;
  has(StudyInstanceUID: string): Promise<boolean>;
}>;

/** `what` is being done to them; several may do it to one study. */
export function createBusyStudies(leases: Leases, what: 'fetching' | 'storing'): BusyStudies {
  let marks = 0;
  return {
    mark: (study) => {
      marks += 1;
      return keepLease(leases, `${what}/${study}/${leases.holder}/${marks}`);
    },
    has: async (study) => (await leases.held(`${what}/${study}/`)).length > 0,
  };
}
