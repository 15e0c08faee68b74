import { closeSync, fstatSync, openSync, readFileSync, realpathSync, type Stats, statSync } from 'node:fs';
import { Fault } from '../fault.ts';
import { readSmallFile } from './small-file.ts';

/** Bits of a mode: what everybody may do. */
const WRITE = 0o002;
const READ = 0o004;
/** Where Docker and Kubernetes lay secrets: files of anybody and open to be read, within a container that is closed. */
const MOUNTED = '/run/secrets/';

/** Makes the fault of a file that cannot be read, from the code of the operating system. */
type Unread = (code: string, cause: unknown) => Fault;

/**
 * A password or token. A regular file that every user of the machine may read or write is refused, and one that belongs to another user
 * than root or the service; its group may read it. Below `/run/secrets/`, also by a link, it may be anybody's and open to be read. Faults:
 * SECRET_FILE_OPEN, and that of `unread`.
 */
export const readSecretFile = (file: string, unread: Unread): string =>
  told(unread, () => {
    const descriptor = openSync(file, 'r');
    try {
      const found = fstatSync(descriptor);
      if (found.isFile()) refuseOpen(file, found);
      return readFileSync(descriptor, 'utf8');
    } finally {
      closeSync(descriptor);
    }
  });

/** The same of a private key: a regular file, and a small one. */
export const readKeyFile = (file: string, unread: Unread): string =>
  told(unread, () => readSmallFile(file, (found) => refuseOpen(file, found)));

function told(unread: Unread, read: () => string): string {
  try {
    return read();
  } catch (thrown) {
    if (thrown instanceof Fault) throw thrown;
    throw unread((thrown as NodeJS.ErrnoException).code ?? 'unreadable', thrown);
  }
}

function refuseOpen(file: string, { mode, uid }: Stats): void {
  const isMounted = realpathSync(file).startsWith(MOUNTED);
  if ((mode & (isMounted ? WRITE : READ | WRITE)) !== 0)
    throw new Fault('SECRET_FILE_OPEN', `${file}: ${modeOf(mode)}`);
  const own = process.getuid?.();
  if (!isMounted && own !== undefined && uid !== 0 && uid !== own)
    throw new Fault('SECRET_FILE_OPEN', `${file}: it belongs to user ${uid}`);
}

/** Whether everybody may read the configuration itself. Fault of one that everybody may write: SECRET_FILE_OPEN. */
export function isOpenConfiguration(file: string): boolean {
  const found = statSync(file);
  if (!found.isFile()) return false;
  if ((found.mode & WRITE) !== 0) throw new Fault('SECRET_FILE_OPEN', `${file}: ${modeOf(found.mode)}`);
  return (found.mode & READ) !== 0;
}

const modeOf = (mode: number): string => `mode 0${(mode & 0o777).toString(8)}`;
