/** SQLite in the data folder with its queue beside it, or PostgreSQL with pg-boss: what the configuration says. */
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { localLeases } from '../../adapters/database/local-leases.ts';
import { isDataDirLocked } from '../../adapters/database/lock.ts';
import { openSqlite, refuseDamagedLog } from '../../adapters/database/sqlite.ts';
import { openEmbeddedQueue } from '../../adapters/queue/embedded.ts';
import type { PgBossOptions } from '../../adapters/queue/pg-boss.ts';
import { requireMoved } from '../catalogue/move/move.ts';
import { Fault } from '../fault.ts';
import type { Clock, JobKind, JobQueue, Leases, Log, Sql } from '../ports.ts';
import type { Config } from './config.ts';
import { moveMarkOf, readMoveMark } from './move-mark.ts';

/** Where a catalogue is. */
export type DatabasePlace = Pick<Config, 'dataDir' | 'database' | 'databaseConnections'>;

export const isSqlite = ({ database }: Pick<Config, 'database'>): boolean => database === 'sqlite';

export const sqliteFile = ({ dataDir }: Pick<Config, 'dataDir'>): string => join(dataDir, 'catalogue.sqlite');

/**
 * The one of the configuration, unless the data folder says that the catalogue is elsewhere. The caller closes it. `isChecked`: a file
 * is looked through for damage first. A SQLite file whose move is begun while it is open takes no write from then on: CATALOGUE_MOVED.
 * Faults: CATALOGUE_MOVED, CATALOGUE_NOT_MOVED, CATALOGUE_DAMAGED, MOVE_UNFINISHED, MOVE_MARK_UNREADABLE, DATABASE_FAILED, STORAGE_FAILED.
 */
export async function openDatabase(place: DatabasePlace, { isChecked = false } = {}): Promise<Sql> {
  const file = sqliteFile(place);
  if (isSqlite(place)) {
    const mayWrite = () => refuseMoved(file);
    refuseGone(place);
    if (!isChecked) refuseDamagedUnlessServed(place);
    return openSqlite(file, { isChecked, mayWrite });
  }
  const mark = await readMoveMark(file);
  if (!mark && existsSync(file)) throw new Fault('CATALOGUE_NOT_MOVED');
  const sql = await openPostgresAt(place);
  try {
    if (mark) await requireMoved(sql, mark.id);
    return sql;
  } catch (thrown) {
    await sql.close();
    throw thrown;
  }
}

/** Of a catalogue in SQLite. Faults: CATALOGUE_MOVED, CATALOGUE_DAMAGED. */
export function refuseGone(place: Pick<Config, 'dataDir'>): void {
  refuseMoved(sqliteFile(place));
  refuseLost(place.dataDir, sqliteFile(place));
}

function refuseMoved(file: string): void {
  if (existsSync(moveMarkOf(file))) throw new Fault('CATALOGUE_MOVED');
}

/** A service holds it as long as it runs on this data folder. */
export const serviceLockOf = ({ dataDir }: Pick<Config, 'dataDir'>): string => join(dataDir, 'service.lock');

/** What a command opens and closes is as SQLite takes it from then on. Fault: CATALOGUE_DAMAGED. */
export function refuseDamagedUnlessServed(place: Pick<Config, 'dataDir'>): void {
  if (!isDataDirLocked(serviceLockOf(place))) refuseDamagedLog(sqliteFile(place));
}

/** A catalogue that is gone is not made anew beside the objects that it named: they would be unknown from then on. */
function refuseLost(dataDir: string, file: string): void {
  if ((statSync(file, { throwIfNoEntry: false })?.size ?? 0) > 0) return;
  const isFilled = (name: string): boolean =>
    existsSync(join(dataDir, name)) && readdirSync(join(dataDir, name)).length > 0;
  if (!['instances', 'later'].some(isFilled)) return;
  const detail =
    'objects lie in the data folder without their catalogue; for a new installation move the folder away';
  throw new Fault('CATALOGUE_DAMAGED', detail);
}

/** Whatever the data folder says. The caller closes it. */
export async function openPostgresAt(place: Omit<DatabasePlace, 'dataDir'>): Promise<Sql> {
  const { openPostgres } = await import('../../adapters/database/postgres.ts');
  return openPostgres(place.database, { maxConnections: place.databaseConnections });
}

/** The queue of that PostgreSQL. The caller closes it. */
export async function openQueueAt(url: string, options: PgBossOptions): Promise<JobQueue & AsyncDisposable> {
  const { openConnection } = await import('../../adapters/database/postgres-connection.ts');
  const { openPgBossQueue } = await import('../../adapters/queue/pg-boss.ts');
  return openPgBossQueue(openConnection(url, 'earshot-queue'), options);
}

/** What processes on one database tell each other. The caller closes it. */
export async function openLeases({ database }: Pick<Config, 'database'>, log: Log): Promise<Leases> {
  if (isSqlite({ database })) return localLeases();
  const { openConnection } = await import('../../adapters/database/postgres-connection.ts');
  const { postgresLeases } = await import('../../adapters/database/postgres-leases.ts');
  return postgresLeases(openConnection(database, 'earshot-leases'), { log });
}

type QueueNeeds = Readonly<{
  sql: Sql;
  clock: Clock;
  log: Log;
  concurrency: Partial<Record<JobKind, () => number>>;
}>;

/** `parts`: what is closed with the service. */
export async function openQueue(
  { database }: Pick<Config, 'database'>,
  { sql, clock, log, concurrency }: QueueNeeds,
  parts: (() => unknown)[],
): Promise<JobQueue> {
  if (isSqlite({ database })) return openEmbeddedQueue({ sql, clock, log, concurrency });
  const queue = await openQueueAt(database, { log, concurrency });
  parts.push(() => queue[Symbol.asyncDispose]());
  return queue;
}
