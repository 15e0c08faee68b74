import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, realpath, rename, rm, rmdir, unlink } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { damageOf, openSqlite } from '../../adapters/database/sqlite.ts';
import { CLOSED, type DataFolder, dataFolder, storageFault } from '../../adapters/disk/data-folder.ts';
import { RESTORING } from '../../adapters/disk/instance-files.ts';
import { NewFile, syncFolder } from '../../adapters/disk/new-file.ts';
import { readTar, type TarEntry } from '../../adapters/disk/tar.ts';
import { openWorkFolder } from '../../adapters/disk/work-folder.ts';
import { filesNamed } from '../catalogue/move/move.ts';
import { tablesToMove } from '../catalogue/move/tables.ts';
import { Fault } from '../fault.ts';
import {
  ABOUT,
  type About,
  aboutSchema,
  CATALOGUE,
  FILES,
  hashing,
  refuseStopped,
  SUMS,
  schemaIn,
} from './backup-file.ts';
import type { Config } from './config.ts';
import { loadMigrations } from './load.ts';
import { isSqlite } from './open-database.ts';

export type ReadBackup = Readonly<{ about: About; files: number }>;
type Following = Readonly<{ progress: (files: number) => void; signal: AbortSignal }>;

/**
 * Reads a back-up to its end: every digest, the pages of the catalogue, and whether every file that it names is there. Writes only into a
 * temporary folder in `folder`: the catalogue needs room there. Faults: BACKUP_INVALID, BACKUP_STOPPED, SCHEMA_NEWER, STORAGE_FULL,
 * STORAGE_FAILED.
 */
export async function checkBackup(
  file: string,
  following: Following,
  folder = dirname(resolve(file)),
): Promise<ReadBackup> {
  await using work = await openWorkFolder(folder);
  return (await readInto(file, await newFolder(work.path), { ...following, keepsFiles: false })).read;
}

/** What the root of a file system has by itself. */
const OF_THE_DISK: ReadonlySet<string> = new Set(['lost+found', RESTORING]);

/**
 * Puts a back-up where a data folder is to be, which must not be there, or be empty: it may be a disk of its own. Everything is read and
 * checked in a folder within it first; then each name moves to its place, the catalogue last. As long as that folder holds anything no
 * service starts. Faults: RESTORE_NOT_POSSIBLE, and those of checkBackup.
 */
export async function restoreBackup(
  file: string,
  config: Pick<Config, 'dataDir' | 'database'>,
  following: Following,
): Promise<ReadBackup> {
  if (!isSqlite(config))
    throw new Fault('RESTORE_NOT_POSSIBLE', 'database: must be sqlite in the configuration');
  const dataDir = resolve(config.dataDir);
  if ((await namesIn(dataDir)).some((name) => !OF_THE_DISK.has(name)))
    throw new Fault('RESTORE_NOT_POSSIBLE', `${config.dataDir} is not empty`);
  const wasThere = existsSync(dataDir);
  const staging = join(dataDir, RESTORING);
  try {
    await mkdir(dataDir, { recursive: true, mode: CLOSED });
    // Of one that was cut off before anything was in its place.
    await rm(staging, { recursive: true, force: true });
    await mkdir(staging, { mode: CLOSED });
    const { read, unnamed, folder } = await readInto(file, await newFolder(staging), {
      ...following,
      keepsFiles: true,
    });
    for (const name of unnamed) await unlink(folder.absolute(name));
    await syncFolder(staging);
    refuseStopped(following.signal);
    await install(staging, dataDir);
    return read;
  } catch (thrown) {
    await takeBack(dataDir, staging, wasThere);
    throw storageFault(thrown);
  }
}

/** From here on a signal is not heard. A crash before the catalogue has moved leaves what no service starts on. */
async function install(staging: string, dataDir: string): Promise<void> {
  const names = (await readdir(staging)).filter((name) => name !== CATALOGUE);
  for (const name of names) await rename(join(staging, name), join(dataDir, name));
  await syncFolder(dataDir);
  await rename(join(staging, CATALOGUE), join(dataDir, CATALOGUE));
  // It stands. A service that starts just then takes the empty folder away itself.
  await syncFolder(staging).catch(unlessGone);
  await syncFolder(dataDir);
  await rmdir(staging).catch(unlessGone);
  await syncFolder(dirname(dataDir));
}

function unlessGone(thrown: unknown): void {
  if ((thrown as NodeJS.ErrnoException).code !== 'ENOENT') throw thrown;
}

/** What was empty is empty again: nothing is in its place yet, or some of it where the disk failed just then. */
async function takeBack(dataDir: string, staging: string, wasThere: boolean): Promise<void> {
  if (!existsSync(staging)) return;
  for (const name of await readdir(dataDir))
    if (!OF_THE_DISK.has(name)) await rm(join(dataDir, name), { recursive: true, force: true });
  await rm(staging, { recursive: true, force: true });
  if (!wasThere) await rmdir(dataDir);
}

const newFolder = async (path: string): Promise<Folder> => {
  const root = await realpath(path);
  return { root, ...dataFolder(root) };
};

async function namesIn(folder: string): Promise<string[]> {
  return readdir(folder).catch((thrown: NodeJS.ErrnoException) => {
    if (thrown.code === 'ENOENT') return [];
    throw storageFault(thrown);
  });
}

type Folder = DataFolder & Readonly<{ root: string }>;
type Found = Readonly<{ read: ReadBackup; unnamed: readonly string[]; folder: DataFolder }>;

type Reading = Following & Readonly<{ keepsFiles: boolean }>;

async function readInto(file: string, folder: Folder, reading: Reading): Promise<Found> {
  const { about, sums, digests } = await readEntries(file, folder, reading);
  if (!about || !digests.has(CATALOGUE)) throw new Fault('BACKUP_INVALID', 'its end is missing');
  compareSums(sums, digests);
  refuseStopped(reading.signal);
  const named = new Set(await namedBy(join(folder.root, CATALOGUE)));
  const known = new Set(about.missing);
  const lost = [...named].filter((name) => !digests.has(FILES + name) && !known.has(name));
  if (lost.length > 0)
    throw new Fault('BACKUP_INVALID', `${lost.length} files that its catalogue names are not in it`);
  const files = [...digests.keys()].filter((name) => name.startsWith(FILES)).map(placeOf);
  const unnamed = files.filter((name) => !named.has(name));
  return { read: { about, files: files.length - unnamed.length }, unnamed, folder };
}

type Entries = { about?: About; sums: string; digests: Map<string, string> };

async function readEntries(file: string, folder: Folder, reading: Reading): Promise<Entries> {
  const found: Entries = { sums: '', digests: new Map() };
  for await (const entry of readTar(file)) {
    const { name } = entry;
    if (found.digests.has(name)) throw new Fault('BACKUP_INVALID', 'it holds a name twice');
    if (name === SUMS) found.sums = await textOf(entry);
    else if (name === ABOUT) found.about = aboutOf(await textOf(entry));
    else found.digests.set(name, await digestOf(entry, folder, reading));
    reading.progress(found.digests.size);
  }
  return found;
}

/** Of the catalogue or of a file, which is kept where it belongs, or only read. */
async function digestOf({ name, content }: TarEntry, folder: Folder, reading: Reading): Promise<string> {
  const isFile = name.startsWith(FILES);
  if (!isFile && name !== CATALOGUE) throw new Fault('BACKUP_INVALID', 'it holds something else');
  const place = safe(folder, placeOf(name));
  if (isFile && RESERVED.test(place))
    throw new Fault('BACKUP_INVALID', 'it holds a name that is not one of files');
  const hash = createHash('sha256');
  const read = hashing(content, hash, reading.signal);
  await (isFile && !reading.keepsFiles ? drain(read) : keep(folder, place, read));
  return hash.digest('hex');
}

const placeOf = (name: string): string => (name.startsWith(FILES) ? name.slice(FILES.length) : name);

/** Of the catalogue, and of what a service makes for itself: no file that a catalogue names lies there. */
const RESERVED = /^(catalogue\.sqlite|service\.|incoming(\/|$))/i;

/** More than any of ours: the text of a million files has 200 MB. It is held in memory, and must be one text of Node (512 MB at most). */
const MOST_TEXT_BYTES = 256 * 2 ** 20;

async function textOf({ bytes, content }: TarEntry): Promise<string> {
  if (bytes > MOST_TEXT_BYTES) throw new Fault('BACKUP_INVALID', 'a text in it is too long');
  const chunks: Uint8Array[] = [];
  for await (const chunk of content) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}

function aboutOf(text: string): About {
  try {
    return aboutSchema.parse(JSON.parse(text));
  } catch (cause) {
    throw new Fault('BACKUP_INVALID', `its ${ABOUT} is of another program`, { cause });
  }
}

async function drain(content: AsyncIterable<Uint8Array>): Promise<void> {
  for await (const _ of content);
}

async function keep(folder: Folder, place: string, content: AsyncIterable<Uint8Array>): Promise<void> {
  const temporary = join(folder.root, '.part');
  const file = new NewFile(temporary);
  try {
    for await (const chunk of content) await file.write([chunk], chunk.length);
    await folder.settle(temporary, place, () => file.sync());
  } finally {
    await file.close();
    await rm(temporary, { force: true });
  }
}

/** Names come from a file that anybody may have made. */
function safe(folder: DataFolder, place: string): string {
  try {
    folder.absolute(place);
    return place;
  } catch (cause) {
    throw new Fault('BACKUP_INVALID', 'it holds a name that is not below a data folder', { cause });
  }
}

function compareSums(text: string, digests: ReadonlyMap<string, string>): void {
  const said = new Map(
    text
      .split('\n')
      .filter(Boolean)
      .map((line) => [line.slice(66), line.slice(0, 64)] as const),
  );
  const different = [...digests].filter(([name, digest]) => said.get(name) !== digest).length;
  if (different > 0 || said.size !== digests.size)
    throw new Fault(
      'BACKUP_INVALID',
      `${Math.max(different, Math.abs(said.size - digests.size))} parts of it are damaged`,
    );
}

/** Every file that the catalogue names. Faults: BACKUP_INVALID, SCHEMA_NEWER. */
async function namedBy(path: string): Promise<string[]> {
  const damage = damageOf(path);
  if (damage.length > 0)
    throw new Fault('BACKUP_INVALID', `its catalogue is damaged: ${damage.length} findings`);
  const sql = openSqlite(path, { isReadOnly: true });
  try {
    const schema = await schemaIn(sql);
    if (schema === undefined) throw new Fault('BACKUP_INVALID', 'its catalogue is none');
    const newest = Math.max(...loadMigrations().map(({ version }) => version));
    if (schema > newest) throw new Fault('SCHEMA_NEWER', `schema ${schema}, program ${newest}`);
    const all: string[] = [];
    for await (const named of filesNamed(sql, await tablesToMove(sql), () => undefined))
      all.push(...named.map(({ file }) => file));
    return all;
  } finally {
    await sql.close();
  }
}
