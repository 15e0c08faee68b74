import { asFault } from '../fault.ts';

/**
 * Disk or database take nothing now, a thread could not be had, or a file is not seen here yet. That says nothing of what was to be done:
 * it is no try, and waits until it has passed.
 */
export const saysNothing = (thrown: unknown): boolean =>
  ['STORAGE_FULL', 'DATABASE_FAILED', 'WORKER_NOT_STARTED', 'FILE_AWAITED'].includes(asFault(thrown).code);
