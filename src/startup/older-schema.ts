/** A SQLite catalogue under a service of an earlier version: this program must not bring its schema up to date. */
import { isDataDirLocked } from '../../adapters/database/lock.ts';
import { openSqlite } from '../../adapters/database/sqlite.ts';
import { Fault } from '../fault.ts';
import { schemaIn } from './backup-file.ts';
import { loadMigrations } from './load.ts';
import { type DatabasePlace, serviceLockOf, sqliteFile } from './open-database.ts';

/** Fault: SCHEMA_OLDER, where a service runs on it. */
export async function refuseOlderServed(place: DatabasePlace): Promise<void> {
  if (!isDataDirLocked(serviceLockOf(place))) return;
  const sql = openSqlite(sqliteFile(place), { isReadOnly: true });
  try {
    const schema = (await schemaIn(sql)) ?? 0;
    const newest = Math.max(...loadMigrations().map(({ version }) => version));
    if (schema < newest) throw new Fault('SCHEMA_OLDER', `schema ${schema}, program ${newest}`);
  } finally {
    await sql.close();
  }
}
