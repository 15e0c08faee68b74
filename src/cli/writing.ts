import { Fault } from '../fault.ts';

/** What `write` gives; what the disk refuses is OUTPUT_FAILED, and a fault stays what it is. */
export function writing<T>(write: () => T): T {
  try {
    return write();
  } catch (thrown) {
    if (thrown instanceof Fault) throw thrown;
    throw new Fault('OUTPUT_FAILED', (thrown as NodeJS.ErrnoException).code ?? '', { cause: thrown });
  }
}
