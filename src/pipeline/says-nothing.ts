import { asFault } from '../fault.ts';

const PASSING: ReadonlySet<string> = new Set([
  'STORAGE_FULL',
  'DATABASE_FAILED',
  'WORKER_NOT_STARTED',
  'FILE_AWAITED',
]);
/** The file system is read-only, the machine has no descriptors or memory left: no file is the cause. */
const OF_THE_MACHINE: ReadonlySet<string> = new Set(['EROFS', 'EMFILE', 'ENFILE', 'ENOMEM']);

/**
 * Disk or database take nothing now, a thread could not be had, or a file is not seen here yet. That says nothing of what was to be done:
 * it is no try, and waits until it has passed.
 */
export function saysNothing(thrown: unknown): boolean {
  const { code, detail } = asFault(thrown);
  return PASSING.has(code) || (code === 'STORAGE_FAILED' && OF_THE_MACHINE.has(detail));
}
