import type { Leases } from '../ports.ts';

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
    mark: async (study) => {
      marks += 1;
      const name = `${what}/${study}/${leases.holder}/${marks}`;
      const lease = await leases.take(name);
      if (!lease) throw new Error(`a name is used twice: ${what}`);
      return lease;
    },
    has: async (study) => (await leases.held(`${what}/${study}/`)).length > 0,
  };
}
