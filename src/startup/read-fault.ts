import { Fault } from '../fault.ts';

/** The path leads to nothing that could be read; whatever else the file system says may pass, and says nothing of what is there. */
const NOTHING_THERE = new Set(['ENOENT', 'ENOTDIR', 'ENAMETOOLONG', 'ELOOP', 'EISDIR']);

/** What `read` gives; what the file system refuses is INPUT_NOT_FOUND or, where it may pass, STORAGE_FAILED. A fault stays what it is. */
export function reading<T>(path: string, read: () => T): T {
  try {
    return read();
  } catch (thrown) {
    if (thrown instanceof Fault) throw thrown;
    const { code = 'unreadable', syscall } = thrown as NodeJS.ErrnoException;
    // Node.js itself refuses a path with a NUL, or more bytes than it holds: no call of the system was made.
    const mayPass = syscall !== undefined && !NOTHING_THERE.has(code);
    throw new Fault(mayPass ? 'STORAGE_FAILED' : 'INPUT_NOT_FOUND', `${path}: ${code}`, { cause: thrown });
  }
}
