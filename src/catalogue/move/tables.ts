import { Fault } from '../../fault.ts';
import type { Sql } from '../../ports.ts';

/**
 * Tables that are not moved: marks of the schema and of the move itself, jobs, which go to the other queue, and what belongs to
 * processes that run now, or to this minute.
 */
const STAY: ReadonlySet<string> = new Set([
  'migration',
  'move',
  'moveTable',
  'job',
  'jobDeath',
  'lease',
  'nodeRequest',
]);

export type Column = Readonly<{ name: string; type: string }>;
/** `key`: columns of the primary key, in its order. */
export type Table = Readonly<{ name: string; columns: readonly Column[]; key: readonly string[] }>;

/** What a SQLite catalogue says of itself: every table that is to be moved, by name. */
export async function tablesToMove(source: Sql): Promise<Table[]> {
  const found = await source.query<{ name: string }>(
    `SELECT "name" FROM "sqlite_master" WHERE "type" = 'table' AND substr("name", 1, 7) <> 'sqlite_' ORDER BY "name"`,
  );
  const tables: Table[] = [];
  for (const { name } of found) {
    if (STAY.has(name)) continue;
    const columns = await source.query<Column & { pk: number }>(
      'SELECT "name", "type", "pk" FROM pragma_table_info($1) ORDER BY "cid"',
      [name],
    );
    const key = columns.filter(({ pk }) => pk > 0).sort((a, b) => a.pk - b.pk);
    tables.push({ name, columns, key: key.map((column) => column.name) });
  }
  return tables;
}

const tablesOf = async (target: Sql): Promise<string[]> => {
  const rows = await target.query<{ name: string }>(
    `SELECT CAST(tablename AS TEXT) AS "name" FROM pg_tables WHERE schemaname = 'public'`,
  );
  return rows.map(({ name }) => name);
};

/**
 * Refuses a PostgreSQL database that has tables of others, or where no move was begun rows of anybody, before even its schema is
 * touched. Fault: MOVE_TARGET_USED.
 */
export async function refuseForeign(target: Sql, tables: readonly Table[], isBegun: boolean): Promise<void> {
  const known = new Set([...STAY, ...tables.map(({ name }) => name)]);
  const there = await tablesOf(target);
  const foreign = there.find((name) => !known.has(name));
  if (foreign) throw new Fault('MOVE_TARGET_USED', `it has a table ${foreign}`);
  if (isBegun) return;
  for (const name of ['move', ...tables.map((table) => table.name)])
    if (there.includes(name) && (await target.query(`SELECT 1 FROM "${name}" LIMIT 1`)).length > 0)
      throw new Fault('MOVE_TARGET_USED', name === 'move' ? 'it holds another move' : 'it holds rows');
}

/** Refuses a SQLite file with tables that the schema, which the target has by now, does not know. Fault: MOVE_NOT_POSSIBLE. */
export async function refuseUnknown(target: Sql, tables: readonly Table[]): Promise<void> {
  const there = new Set(await tablesOf(target));
  const unknown = tables.find(({ name }) => !there.has(name));
  if (unknown)
    throw new Fault('MOVE_NOT_POSSIBLE', `the SQLite file has a table ${unknown.name}, which is not ours`);
}

/** Refuses a SQLite catalogue whose schema is not the one of this program. Faults: MOVE_NOT_POSSIBLE, SCHEMA_NEWER. */
export async function checkSchema(source: Sql, versions: readonly number[]): Promise<void> {
  const [found] = await source.query(`SELECT 1 FROM "sqlite_master" WHERE "name" = 'migration'`);
  if (!found) throw new Fault('MOVE_NOT_POSSIBLE', 'the SQLite file is no catalogue');
  const rows = await source.query<{ version: number }>('SELECT "version" FROM "migration"');
  const applied = new Set(rows.map(({ version }) => version));
  const newest = Math.max(...versions);
  const foreign = [...applied].find((version) => version > newest);
  if (foreign !== undefined) throw new Fault('SCHEMA_NEWER', `schema ${foreign}, program ${newest}`);
  if (versions.some((version) => !applied.has(version))) {
    throw new Fault(
      'MOVE_NOT_POSSIBLE',
      'the SQLite catalogue is of an older version: start this version on it once, with database: sqlite, and stop it',
    );
  }
}
