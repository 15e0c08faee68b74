import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { openSqlite, snapshot } from '../../adapters/database/sqlite.ts';
import { storageFault } from '../../adapters/disk/data-folder.ts';
import { openInstanceFiles } from '../../adapters/disk/instance-files.ts';
import { syncFolder } from '../../adapters/disk/new-file.ts';
import { openStored } from '../../adapters/disk/stored-file.ts';
import { createTar, type TarWriter } from '../../adapters/disk/tar.ts';
import { openWorkFolder } from '../../adapters/disk/work-folder.ts';
import { filesNamed, type NamedFile } from '../catalogue/move/move.ts';
import { tablesToMove } from '../catalogue/move/tables.ts';
import { Fault } from '../fault.ts';
import type { Clock } from '../ports.ts';
import {
  ABOUT,
  type About,
  CATALOGUE,
  FILES,
  FORMAT,
  hashing,
  refuseStopped,
  SUMS,
  schemaIn,
} from './backup-file.ts';
import type { Config } from './config.ts';
import { contentHash } from './content-hash.ts';
import { moveMarkOf } from './move-mark.ts';
import { schemasOf } from './older-schema.ts';
import { type DatabasePlace, isSqlite, refuseDamagedUnlessServed, sqliteFile } from './open-database.ts';
import { VERSION } from './version.ts';

/** `changed`: archived as they are, and not what the catalogue says of them. */
export type TakenBackup = Readonly<{ files: number; bytes: number } & Pick<About, 'missing' | 'changed'>>;

type Request = Readonly<{
  config: Config;
  /** where it is to be; its folder is there, the file is not */
  to: string;
  clock: Clock;
  progress: (files: number) => void;
  signal: AbortSignal;
}>;

/** A file that was removed with its case while it was looked for is not named by the next snapshot. */
const MOST_SNAPSHOTS = 5;

/**
 * Catalogue and files of an installation on SQLite as one file, also while its service runs: files do not change, so those that a
 * snapshot of the catalogue names are archived until there is one whose files are all there. Whole under its name, or not there. The
 * catalogue is only read. Faults: BACKUP_NOT_POSSIBLE, BACKUP_STOPPED, STORAGE_FULL, STORAGE_FAILED, DATABASE_FAILED.
 */
export async function takeBackup({ to, ...request }: Request): Promise<TakenBackup> {
  requireBackupPossible(request.config, to);
  const path = resolve(to);
  await using work = await openWorkFolder(dirname(path));
  const archive = join(work.path, 'archive.tar');
  try {
    const taken = await write(archive, join(work.path, CATALOGUE), request);
    refuseStopped(request.signal);
    await rename(archive, path);
    await syncFolder(dirname(path));
    return taken;
  } catch (thrown) {
    throw storageFault(thrown);
  }
}

/** Faults: BACKUP_NOT_POSSIBLE, CATALOGUE_MOVED, CATALOGUE_DAMAGED. */
export function requireBackupPossible(config: DatabasePlace, to: string): void {
  const refuse = (why: string): never => {
    throw new Fault('BACKUP_NOT_POSSIBLE', why);
  };
  if (!isSqlite(config)) refuse('the catalogue is in PostgreSQL');
  if (existsSync(moveMarkOf(sqliteFile(config)))) throw new Fault('CATALOGUE_MOVED');
  if (!existsSync(sqliteFile(config))) refuse(`there is no ${sqliteFile(config)}`);
  refuseDamagedUnlessServed(config);
  if (existsSync(to)) refuse(`${to} is there already`);
  if (!existsSync(dirname(resolve(to)))) refuse(`there is no folder ${dirname(to)}`);
}

async function write(
  partial: string,
  copy: string,
  { config, clock, progress, signal }: Omit<Request, 'to'>,
): Promise<TakenBackup> {
  await using archive = await createTar(partial);
  const kept = new Kept(archive, progress, signal);
  const folder = await openInstanceFiles(config.dataDir, { isBeside: true });
  let missing: string[] = [];
  let schema = 0;
  for (let snapshots = 0; snapshots < MOST_SNAPSHOTS; snapshots += 1) {
    const before = new Set(missing);
    await rm(copy, { force: true });
    refuseStopped(signal);
    snapshot(sqliteFile(config), copy);
    ({ missing, schema } = await keepNamed(kept, copy, folder.absolute));
    // What two snapshots name and nobody finds is gone.
    if (missing.every((name) => before.has(name))) break;
  }
  await kept.add(CATALOGUE, copy);
  await kept.addText(SUMS, kept.sums());
  const { changed } = kept;
  const about: About = {
    format: FORMAT,
    program: VERSION,
    takenAt: clock().toISOString(),
    schema,
    missing,
    changed,
  };
  await kept.addText(ABOUT, `${JSON.stringify(about, null, 2)}\n`);
  await archive.finish();
  return { files: kept.files, bytes: kept.bytes, missing, changed };
}

/**
 * Whether this program may write to the catalogue as it is: a back-up before an upgrade must not bring the schema of a service that runs
 * up to date. Faults: SCHEMA_NEWER, BACKUP_NOT_POSSIBLE.
 */
export async function isOfThisSchema(config: DatabasePlace): Promise<boolean> {
  const { schema, newest } = await schemasOf(config);
  if (schema === undefined) throw new Fault('BACKUP_NOT_POSSIBLE', 'the SQLite file is no catalogue');
  if (schema > newest) throw new Fault('SCHEMA_NEWER', `schema ${schema}, program ${newest}`);
  return schema === newest;
}

/** Archives what the snapshot names and the archive does not have yet. Fault: BACKUP_NOT_POSSIBLE. */
async function keepNamed(
  kept: Kept,
  copy: string,
  absolute: (name: string) => string,
): Promise<{ missing: string[]; schema: number }> {
  const sql = openSqlite(copy, { isReadOnly: true });
  try {
    const schema = await schemaIn(sql);
    if (schema === undefined) throw new Fault('BACKUP_NOT_POSSIBLE', 'the SQLite file is no catalogue');
    const missing: string[] = [];
    for await (const page of filesNamed(sql, await tablesToMove(sql), () => undefined))
      for (const named of page)
        if (!kept.has(FILES + named.file) && !(await kept.addIfThere(named, absolute(named.file))))
          missing.push(named.file);
    return { missing, schema };
  } finally {
    await sql.close();
  }
}

/** What the archive has by now. */
class Kept {
  files = 0;
  bytes = 0;
  readonly changed: string[] = [];
  /** hexadecimal SHA-256 by name */
  readonly #digests = new Map<string, string>();
  readonly #archive: TarWriter;
  readonly #progress: Request['progress'];
  readonly #signal: AbortSignal;

  constructor(archive: TarWriter, progress: Request['progress'], signal: AbortSignal) {
    this.#archive = archive;
    this.#progress = progress;
    this.#signal = signal;
  }

  has(name: string): boolean {
    return this.#digests.has(name);
  }

  sums(): string {
    return [...this.#digests].map(([name, digest]) => `${digest}  ${name}\n`).join('');
  }

  async addIfThere({ file, digest }: NamedFile, path: string): Promise<boolean> {
    try {
      const found = await this.add(FILES + file, path);
      if (digest !== undefined && !found.includes(digest)) this.changed.push(file);
    } catch (thrown) {
      if ((thrown as NodeJS.ErrnoException).code === 'ENOENT') return false;
      throw thrown;
    }
    this.files += 1;
    this.#progress(this.files);
    return true;
  }

  /** Digests of the file, and of the data set in it. */
  async add(name: string, path: string): Promise<readonly string[]> {
    const file = await openStored(path);
    try {
      const { size } = await file.stat();
      const [hash, content] = [createHash('sha256'), contentHash()];
      const both = {
        update: (chunk: Uint8Array) => {
          hash.update(chunk);
          content.update(chunk);
        },
      };
      // One that grows while it is read is not ours to keep: the archive refuses it.
      await this.#archive.add(name, size, hashing(file.createReadStream(), both, this.#signal));
      const digest = hash.digest('hex');
      this.#digests.set(name, digest);
      this.bytes += size;
      return [digest, content.digest()];
    } finally {
      await file.close();
    }
  }

  async addText(name: string, text: string): Promise<void> {
    const bytes = Buffer.from(text);
    await this.#archive.add(
      name,
      bytes.length,
      (async function* () {
        yield bytes;
      })(),
    );
  }
}
