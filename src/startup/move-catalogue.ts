/** The catalogue of a stopped service goes from SQLite to PostgreSQL; its files stay where they are. */
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { lockDataDir } from '../../adapters/database/lock.ts';
import { holdWrites, openSqlite, refuseDamagedLog } from '../../adapters/database/sqlite.ts';
import { openInstanceFiles } from '../../adapters/disk/instance-files.ts';
import { createLog } from '../../adapters/telemetry/log.ts';
import type { AuditLine } from '../api/perform.ts';
import { AuditTrail } from '../catalogue/audit-trail.ts';
import { migrate } from '../catalogue/migrate.ts';
import {
  beginMove,
  type Compared,
  compare,
  ending,
  filesNamed,
  isSame,
  moveRows,
  type Progress,
  putJobs,
  versionOf,
} from '../catalogue/move/move.ts';
import {
  checkSchema,
  refuseForeign,
  refuseUnknown,
  type Table,
  tablesToMove,
} from '../catalogue/move/tables.ts';
import { Fault } from '../fault.ts';
import type { Clock, Sql } from '../ports.ts';
import type { Config } from './config.ts';
import { loadMigrations } from './load.ts';
import { readMoveMark, writeMoveMark } from './move-mark.ts';
import { isSqlite, openPostgresAt, openQueueAt, sqliteFile } from './open-database.ts';

export type Moved = Readonly<{
  /** rows that this run moved; a run before may have moved the others */
  rows: number;
  compared: readonly Compared[];
  jobs: number;
  /** files that the catalogue names */
  files: number;
  missing: number;
  seconds: number;
}>;

type MoveRequest = Readonly<{
  config: Config;
  /** the SQLite catalogue */
  from: string;
  clock: Clock;
  /** how the move stands in the audit trail */
  line: Omit<AuditLine, 'outcome'>;
  progress: Progress;
  /** both sides, before anything depends on whether they are the same */
  compared: (tables: readonly Compared[]) => void;
}>;

/**
 * Moves what is not there yet, compares every table, puts the jobs and lets the catalogue be opened; the SQLite file is only read.
 * Ended at any moment, it goes on from there when it is called again. Undefined: that was done before. Faults: MOVE_NOT_POSSIBLE,
 * MOVE_TARGET_USED, MOVE_TARGET_OTHER, MOVE_MARK_UNREADABLE, MOVE_DIFFERS, DATA_DIR_LOCKED, SCHEMA_NEWER, CATALOGUE_DAMAGED, STORAGE_FULL, STORAGE_FAILED,
 * DATABASE_FAILED, DATABASE_UNFIT.
 */
export async function moveCatalogue(request: MoveRequest): Promise<Moved | undefined> {
  const { config, from } = request;
  if (isSqlite(config)) {
    throw new Fault(
      'MOVE_NOT_POSSIBLE',
      'database: is sqlite in the configuration, and must be where it is to go',
    );
  }
  if (!existsSync(from)) throw new Fault('MOVE_NOT_POSSIBLE', `there is no ${from}`);
  using _ = lockDataDir(join(dirname(from), 'service.lock'));
  refuseDamagedLog(from);
  const source = openSqlite(from, { isReadOnly: true });
  try {
    const migrations = loadMigrations();
    await checkSchema(
      source,
      migrations.map(({ version }) => version),
    );
    const target = await openPostgresAt(config);
    try {
      const tables = await tablesToMove(source);
      const begun = await begunMove(request);
      await refuseForeign(target, tables, begun !== undefined);
      await migrate(target, migrations, request.clock());
      await refuseUnknown(target, tables);
      const id = begun ?? randomUUID();
      await markMove(request, id, begun === undefined);
      return await moveBetween(source, target, tables, { ...request, id });
    } finally {
      await target.close();
    }
  } finally {
    await source.close();
  }
}

async function moveBetween(
  source: Sql,
  target: Sql,
  tables: readonly Table[],
  request: MoveRequest & Readonly<{ id: string }>,
): Promise<Moved | undefined> {
  const { config, from, id, clock, progress } = request;
  const startedAt = performance.now();
  // Who writes holds the file and looks for the mark then: every write comes before this, or is refused.
  using _ = await holdWrites(from);
  const version = await versionOf(source);
  if ((await beginMove(target, id, tables, clock())) === 'done') return undefined;
  const rows = await moveRows(source, target, tables, progress);
  const compared = await compare(source, target, tables, progress);
  request.compared(compared);
  const different = compared.filter((each) => !isSame(each)).map(({ table }) => table);
  if (different.length > 0) throw new Fault('MOVE_DIFFERS', `not the same: ${different.join(', ')}`);
  const jobs = await movedJobs(source, config);
  const named = await countFiles(source, tables, request);
  // On a disk whose locks do not hold.
  if ((await versionOf(source)) !== version) {
    throw new Fault('MOVE_DIFFERS', 'another program wrote into the SQLite catalogue meanwhile');
  }
  const trail = new AuditTrail(target, clock, config.audit.syslog !== undefined);
  await trail.writeAll([{ ...request.line, outcome: 'done' }], [ending(id, clock())]);
  return { rows, compared, jobs, ...named, seconds: (performance.now() - startedAt) / 1000 };
}

type Way = Pick<MoveRequest, 'config' | 'from'>;

/** Where a move goes, without user and password. */
const targetOf = ({ config }: Way): string => {
  const { host, pathname } = new URL(config.database);
  return `${host}${pathname}`;
};

/** Of a move that was begun before. Faults: MOVE_TARGET_OTHER, MOVE_MARK_UNREADABLE, STORAGE_FAILED. */
async function begunMove(way: Way): Promise<string | undefined> {
  const mark = await readMoveMark(way.from);
  if (mark && mark.target !== targetOf(way))
    throw new Fault('MOVE_TARGET_OTHER', `it goes, or went, to ${mark.target}`);
  return mark?.id;
}

/**
 * Marked beside the SQLite file before anything is moved: no service opens that file from then on, and it is moved to no other database.
 * A data folder that has no SQLite catalogue says it before that: nothing but this move's PostgreSQL is opened on it. Faults: MOVE_TARGET_OTHER,
 * MOVE_MARK_UNREADABLE, STORAGE_FULL, STORAGE_FAILED.
 */
async function markMove(way: Way, id: string, isNew: boolean): Promise<void> {
  const mark = { id, target: targetOf(way) };
  const own = sqliteFile(way.config);
  if (!existsSync(own)) {
    const there = await readMoveMark(own);
    if (there && there.id !== id)
      throw new Fault('MOVE_TARGET_OTHER', `the data folder belongs to the move to ${there.target}`);
    await writeMoveMark(own, mark);
  }
  if (isNew) await writeMoveMark(way.from, mark);
}

async function movedJobs(source: Sql, { database, log }: Config): Promise<number> {
  const queue = await openQueueAt(database, { log: createLog(log.level) });
  try {
    return await putJobs(source, queue);
  } finally {
    await queue[Symbol.asyncDispose]();
  }
}

async function countFiles(
  source: Sql,
  tables: readonly Table[],
  { config, progress }: MoveRequest,
): Promise<{ files: number; missing: number }> {
  const folder = await openInstanceFiles(config.dataDir, { isBeside: true });
  const isThere = async (name: string): Promise<boolean> => {
    try {
      await stat(folder.absolute(name));
      return true;
    } catch {
      return false;
    }
  };
  let [files, missing] = [0, 0];
  for await (const named of filesNamed(source, tables, progress)) {
    const names = named.map(({ file }) => file);
    const found = await Promise.all(names.map(isThere));
    files += names.length;
    missing += found.filter((each) => !each).length;
  }
  return { files, missing };
}
