import { closeSync, fstatSync, openSync, readFileSync, realpathSync } from 'node:fs';
import { Fault } from '../fault.ts';

/** Read or write by everybody (the last three bits of a mode, without those to execute). */
const BY_EVERYBODY = 0o006;
/** Where Docker and Kubernetes lay secrets: files open to all, within a container that is closed. */
const MOUNTED = '/run/secrets/';

/**
 * A private key, password or token. A regular file that every user of the machine may read or write is refused, unless it lies below
 * `/run/secrets/`, also by a link; its group may read it. `unread` makes the fault of a file that cannot be read, from the code of the
 * operating system. Faults: SECRET_FILE_OPEN, and that of `unread`.
 */
export function readSecretFile(file: string, unread: (code: string, cause: unknown) => Fault): string {
  let descriptor: number | undefined;
  try {
    descriptor = openSync(file, 'r');
    refuseOpen(file, descriptor);
    return readFileSync(descriptor, 'utf8');
  } catch (thrown) {
    if (thrown instanceof Fault) throw thrown;
    throw unread((thrown as NodeJS.ErrnoException).code ?? 'unreadable', thrown);
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}

function refuseOpen(file: string, descriptor: number): void {
  const found = fstatSync(descriptor);
  if (!found.isFile() || (found.mode & BY_EVERYBODY) === 0) return;
  if (realpathSync(file).startsWith(MOUNTED)) return;
  throw new Fault('SECRET_FILE_OPEN', `${file}: mode 0${(found.mode & 0o777).toString(8)}`);
}
