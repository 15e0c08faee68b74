/** A SQLite catalogue and the schema of this program. */
import { isDataDirLocked } from '../../adapters/database/lock.ts';
import { openSqlite } from '../../adapters/database/sqlite.ts';
import { Fault } from '../fault.ts';
import { schemaIn } from './backup-file.ts';
import { loadMigrations } from './load.ts';
import { type DatabasePlace, serviceLockOf, sqliteFile } from './open-database.ts';

/** The schema of the file, which is only read, and the newest that this program knows; undefined: the file is no catalogue. */
export async function schemasOf(
  place: DatabasePlace,
): Promise<Readonly<{ schema: number | undefined; newest: number }>> {
  const sql = openSqlite(sqliteFile(place), { isReadOnly: true });
  try {
    const schema = await schemaIn(sql);
    return { schema, newest: Math.max(...loadMigrations().map(({ version }) => version)) };
  } finally {
    await sql.close();
  }
}

/** This program must not bring the schema of a service of an earlier version up to date. Fault: SCHEMA_OLDER, where one runs on it. */
export async function refuseOlderServed(place: DatabasePlace): Promise<void> {
  if (!isDataDirLocked(serviceLockOf(place))) return;
  const { schema = 0, newest } = await schemasOf(place);
  if (schema < newest) throw new Fault('SCHEMA_OLDER', `schema ${schema}, program ${newest}`);
}
