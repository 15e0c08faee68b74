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
 * A password or token. A regular file that every user of the machine may read or write is refused; its group may read it. Below
 * `/run/secrets/`, also by a link, it may be open to be read. Faults: SECRET_FILE_OPEN, and that of `unread`.
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

function refuseOpen(file: string, { mode }: Stats): void {
  const isMounted = realpathSync(file).startsWith(MOUNTED);
  if ((mode & (isMounted ? WRITE : READ | WRITE)) !== 0)
    throw new Fault('SECRET_FILE_OPEN', `${file}: ${modeOf(mode)}`);
}

/** What is to be told of the configuration itself: who else may write it, or read the secrets that stand in it to the letter. */
export function opennessOf(file: string, literalSecrets: readonly string[]): string | undefined {
  const { mode } = statSync(file);
  const everybody = `every user of this machine (${modeOf(mode)})`;
  if ((mode & WRITE) !== 0) return `${file} may be written by ${everybody}: chmod 640`;
  if ((mode & READ) === 0 || literalSecrets.length === 0) return undefined;
  return `${file} may be read by ${everybody}, and ${literalSecrets.join(', ')} stands in it: chmod 640, or write it as \${NAME}`;
}

const modeOf = (mode: number): string => `mode 0${(mode & 0o777).toString(8)}`;
