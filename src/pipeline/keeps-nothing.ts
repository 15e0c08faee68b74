import { asFault } from '../fault.ts';

/** Disk or database take nothing now. That says nothing of a case: it is no try, and waits until they do. */
export const keepsNothing = (thrown: unknown): boolean =>
  ['STORAGE_FULL', 'DATABASE_FAILED'].includes(asFault(thrown).code);
