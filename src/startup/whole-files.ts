/**
 * Output files, each whole or not at all: written under a name that nobody else can have, made durable, and only then given their
 * place. What the file system refuses is thrown as it comes.
 */
import {
  closeSync,
  fchmodSync,
  fchownSync,
  fstatSync,
  fsyncSync,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
  readlinkSync,
  realpathSync,
  renameSync,
  rmSync,
  type Stats,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, resolve } from 'node:path';

type Content = string | Uint8Array;
/** Written, and not at its place yet. */
type Part = Readonly<{ temporary: string; file: string }>;

/**
 * Files by their names below the folder, which is made. All are written before the first is given its place, so that a full disk leaves
 * what was there. They take their places in their order; `outdated` names are taken away before that.
 */
export function writeFiles(
  folder: string,
  files: Readonly<Record<string, Content>>,
  outdated: readonly string[] = [],
): void {
  const parts: Part[] = [];
  makeFolder(folder);
  try {
    for (const [name, content] of Object.entries(files)) {
      const file = join(folder, name);
      makeFolder(dirname(file));
      parts.push(writePart(file, content));
    }
    for (const name of outdated) rmSync(join(folder, name), { force: true });
    if (outdated.length > 0) syncFolder(folder);
    for (const { temporary, file } of parts) renameSync(temporary, file);
  } finally {
    for (const { temporary } of parts) rmSync(temporary, { force: true });
  }
  for (const each of new Set(parts.map(({ file }) => dirname(file)))) syncFolder(each);
}

/**
 * One file, in a folder that is there. A link is followed to the file that it names. What has no other place, or takes none, is written
 * to as it is: a pipe or a device, our own output, a file that is mounted by itself or lies in a folder that takes no new one.
 */
export function writeWhole(path: string, content: Content): void {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found && (!found.isFile() || isOurOutput(found))) {
    writeFileSync(path, content);
    return;
  }
  const file = found ? realpathSync(path) : linkedFrom(path);
  try {
    put(writePart(file, content), renameSync);
  } catch (thrown) {
    if (!found || !NO_PLACE_BESIDE.has((thrown as NodeJS.ErrnoException).code ?? '')) throw thrown;
    writeFileSync(path, content);
  }
}

const NO_PLACE_BESIDE = new Set(['EBUSY', 'EACCES', 'EPERM', 'EROFS']);

/** Standard output that was led to a file: who led it there goes on reading that one. */
function isOurOutput({ dev, ino }: Stats): boolean {
  try {
    const output = fstatSync(1);
    return output.dev === dev && output.ino === ino;
  } catch {
    return false;
  }
}

/** Where a link that leads to nothing yet leads. */
const linkedFrom = (path: string): string =>
  lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink()
    ? resolve(dirname(path), readlinkSync(path))
    : path;

/** A file where there must be none: EEXIST else, whoever put it there. The folder must be there. */
export const writeNew = (file: string, content: Content, mode?: number): void =>
  put(writePart(file, content, mode), nameNew);

function put({ temporary, file }: Part, inPlace: (temporary: string, file: string) => void): void {
  try {
    inPlace(temporary, file);
  } finally {
    rmSync(temporary, { force: true });
  }
  syncFolder(dirname(file));
}

/** With owner and permissions of the file whose place it is to take, where there is one. */
function writePart(file: string, content: Content, mode = 0o666): Part {
  const temporary = join(dirname(file), `.earshot-${crypto.randomUUID()}`);
  const before = lstatSync(file, { throwIfNoEntry: false });
  const descriptor = openSync(temporary, 'wx', before?.isFile() ? 0o600 : mode);
  try {
    if (before?.isFile()) likeBefore(descriptor, before);
    writeFileSync(descriptor, content);
    fsyncSync(descriptor);
  } catch (thrown) {
    rmSync(temporary, { force: true });
    throw thrown;
  } finally {
    closeSync(descriptor);
  }
  return { temporary, file };
}

function likeBefore(descriptor: number, { uid, gid, mode }: Stats): void {
  try {
    fchownSync(descriptor, uid, gid);
  } catch {
    // Only root may give a file away.
  }
  fchmodSync(descriptor, mode & 0o777);
}

/** File systems that know no second name of a file. */
const NO_LINKS = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS']);

/** A link fails where a file is, which a rename would write over. */
function nameNew(temporary: string, file: string): void {
  try {
    linkSync(temporary, file);
  } catch (thrown) {
    if (!NO_LINKS.has((thrown as NodeJS.ErrnoException).code ?? '')) throw thrown;
    if (lstatSync(file, { throwIfNoEntry: false }))
      throw Object.assign(new Error('there is a file', { cause: thrown }), { code: 'EEXIST' });
    renameSync(temporary, file);
  }
}

/** The folder and those above it; the name of each that is made is durable. */
function makeFolder(folder: string): void {
  const wanted = resolve(folder);
  const first = mkdirSync(wanted, { recursive: true });
  if (first === undefined) return;
  const above = dirname(first);
  for (let made = wanted; made !== above && made !== dirname(made); made = dirname(made))
    syncFolder(dirname(made));
}

/** Folders that cannot be opened, or file systems that sync none: what they hold is as durable as they make it. */
const NOT_SYNCED = new Set(['EACCES', 'EINVAL', 'ENOTSUP']);

function syncFolder(folder: string): void {
  try {
    const descriptor = openSync(folder, 'r');
    try {
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
  } catch (thrown) {
    if (!NOT_SYNCED.has((thrown as NodeJS.ErrnoException).code ?? '')) throw thrown;
  }
}
