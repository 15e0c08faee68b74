import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { openSqlite, snapshot } from '../../adapters/database/sqlite.ts';
import { storageFault } from '../../adapters/disk/data-folder.ts';
import { openInstanceFiles } from '../../adapters/disk/instance-files.ts';
import { syncFolder } from '../../adapters/disk/new-file.ts';
import { createTar, type TarWriter } from '../../adapters/disk/tar.ts';
import { filesNamed } from '../catalogue/move/move.ts';
import { tablesToMove } from '../catalogue/move/tables.ts';
import { Fault } from '../fault.ts';
import type { Clock } from '../ports.ts';
import { ABOUT, type About, CATALOGUE, FILES, FORMAT, hashing, SUMS } from './backup-file.ts';
import type { Config } from './config.ts';
import { type DatabasePlace, isSqlite, sqliteFile } from './open-database.ts';
import { VERSION } from './version.ts';

export type TakenBackup = Readonly<{ files: number; bytes: number; missing: readonly string[] }>;

type Request = Readonly<{
  config: Config;
  /** where it is to be; its folder is there, the file is not */
  to: string;
  clock: Clock;
  progress: (files: number) => void;
}>;

/** A file that was removed with its case while it was looked for is not named by the next snapshot. */
const MOST_SNAPSHOTS = 5;

/**
 * Catalogue and files of an installation on SQLite as one file, also while its service runs: files do not change, so those that a
 * snapshot of the catalogue names are archived until there is one whose files are all there. Whole under its name, or not there.
 * Faults: BACKUP_NOT_POSSIBLE, STORAGE_FULL, STORAGE_FAILED, DATABASE_FAILED.
 */
export async function takeBackup({ config, to, clock, progress }: Request): Promise<TakenBackup> {
  requireBackupPossible(config, to);
  const database = sqliteFile(config);
  const path = resolve(to);
  const [partial, copy] = [`${path}.partial`, `${path}.catalogue`];
  try {
    await rm(partial, { force: true });
    const taken = await write(partial, copy, { config, clock, progress, database });
    await rename(partial, path);
    await syncFolder(dirname(path));
    return taken;
  } catch (thrown) {
    throw storageFault(thrown);
  } finally {
    for (const left of [partial, copy]) await rm(left, { force: true });
  }
}

/** Fault: BACKUP_NOT_POSSIBLE. */
export function requireBackupPossible(config: DatabasePlace, to: string): void {
  const refuse = (why: string): never => {
    throw new Fault('BACKUP_NOT_POSSIBLE', why);
  };
  if (!isSqlite(config)) refuse('the catalogue is in PostgreSQL');
  if (!existsSync(sqliteFile(config))) refuse(`there is no ${sqliteFile(config)}`);
  if (existsSync(to)) refuse(`${to} is there already`);
  if (!existsSync(dirname(resolve(to)))) refuse(`there is no folder ${dirname(to)}`);
}

type Writing = Omit<Request, 'to'> & Readonly<{ database: string }>;

async function write(partial: string, copy: string, request: Writing): Promise<TakenBackup> {
  await using archive = await createTar(partial);
  const kept = new Kept(archive, request.progress);
  const folder = await openInstanceFiles(request.config.dataDir, { isBeside: true });
  let missing: string[] = [];
  let schema = 0;
  for (let snapshots = 0; snapshots < MOST_SNAPSHOTS; snapshots += 1) {
    const before = new Set(missing);
    await rm(copy, { force: true });
    snapshot(request.database, copy);
    ({ missing, schema } = await keepNamed(kept, copy, folder.absolute));
    // What two snapshots name and nobody finds is gone.
    if (missing.every((name) => before.has(name))) break;
  }
  await kept.add(CATALOGUE, copy);
  await kept.addText(SUMS, kept.sums());
  const about: About = {
    format: FORMAT,
    program: VERSION,
    takenAt: request.clock().toISOString(),
    schema,
    missing,
  };
  await kept.addText(ABOUT, `${JSON.stringify(about, null, 2)}\n`);
  await archive.finish();
  return { files: kept.files, bytes: kept.bytes, missing };
}

/** Archives what the snapshot names and the archive does not have yet. */
async function keepNamed(
  kept: Kept,
  copy: string,
  absolute: (name: string) => string,
): Promise<{ missing: string[]; schema: number }> {
  const sql = openSqlite(copy, { isReadOnly: true });
  try {
    const missing: string[] = [];
    const tables = await tablesToMove(sql);
    for await (const names of filesNamed(sql, tables, () => undefined))
      for (const name of names)
        if (!kept.has(FILES + name) && !(await kept.addIfThere(FILES + name, absolute(name))))
          missing.push(name);
    const [row] = await sql.query<{ version: number }>('SELECT MAX("version") AS "version" FROM "migration"');
    return { missing, schema: row?.version ?? 0 };
  } finally {
    await sql.close();
  }
}

/** What the archive has by now. */
class Kept {
  files = 0;
  bytes = 0;
  /** hexadecimal SHA-256 by name */
  readonly #digests = new Map<string, string>();
  readonly #archive: TarWriter;
  readonly #progress: Request['progress'];

  constructor(archive: TarWriter, progress: Request['progress']) {
    this.#archive = archive;
    this.#progress = progress;
  }

  has(name: string): boolean {
    return this.#digests.has(name);
  }

  sums(): string {
    return [...this.#digests].map(([name, digest]) => `${digest}  ${name}\n`).join('');
  }

  async addIfThere(name: string, path: string): Promise<boolean> {
    try {
      await this.add(name, path);
    } catch (thrown) {
      if ((thrown as NodeJS.ErrnoException).code === 'ENOENT') return false;
      throw thrown;
    }
    this.files += 1;
    this.#progress(this.files);
    return true;
  }

  async add(name: string, path: string): Promise<void> {
    const file = await open(path, 'r');
    try {
      const { size } = await file.stat();
      const hash = createHash('sha256');
      // One that grows while it is read is not ours to keep: the archive refuses it.
      await this.#archive.add(name, size, hashing(file.createReadStream(), hash));
      this.#digests.set(name, hash.digest('hex'));
      this.bytes += size;
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
