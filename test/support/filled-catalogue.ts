/** A SQLite catalogue with rows in every table, whatever tables there are, and a configuration that names where it is to go. */
import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { openSqlite } from '../../adapters/database/sqlite.ts';
import { openEmbeddedQueue } from '../../adapters/queue/embedded.ts';
import { type AuditEntry, AuditTrail } from '../../src/catalogue/audit-trail.ts';
import { migrate } from '../../src/catalogue/migrate.ts';
import { type Column, type Table, tablesToMove } from '../../src/catalogue/move/tables.ts';
import { namedRandom } from '../../src/demo/random.ts';
import type { Random } from '../../src/model/random.ts';
import { loadMigrations } from '../../src/startup/load.ts';
import type { DatabasePlace } from '../../src/startup/open-database.ts';
import { newDatabase } from './databases.ts';
import { keptLog } from './log.ts';

/** What text may hold in a catalogue, hard cases among it. */
const TEXTS = [
  '',
  'plain',
  'it\'s "quoted" \\ \n',
  '肺癌 ‮ 😀',
  'a\0b',
  '{"a":[1,null]}',
  'é',
  'e\u0301',
  '\\u0000',
];
const NUMBERS = [0n, -1n, 1_700_000_000_000n, 9_007_199_254_740_993n, -9_223_372_036_854_775_808n];
const REALS = [0, -0.1, 1e-300, 0.1 + 0.2, 1.7976931348623157e308];

function textOrNumber(
  random: Random,
  { type }: Column,
  row: number,
  isKey: boolean,
): string | bigint | number {
  if (type === 'BIGINT') return isKey ? BigInt(row) : (NUMBERS[random.index(NUMBERS.length)] ?? 0n);
  if (type === 'TEXT') return `${TEXTS[random.index(TEXTS.length)]}${isKey ? ` ${row}` : ''}`;
  return REALS[random.index(REALS.length)] ?? 0;
}

/** Columns that may be null are, now and then; those named `file` hold names of files. */
function fill(database: Database.Database, table: Table, rows: number, optional: ReadonlySet<string>): void {
  const random = namedRandom(table.name);
  const list = table.columns.map(({ name }) => `"${name}"`).join(', ');
  const insert = database.prepare(
    `INSERT INTO "${table.name}" (${list}) VALUES (${table.columns.map(() => '?').join(', ')})`,
  );
  database.transaction(() => {
    for (let row = 1; row <= rows; row++) {
      insert.run(
        table.columns.map((column) => {
          const { name } = column;
          if (optional.has(`${table.name} ${name}`) && random.uniform() < 0.2) return null;
          // Unique in "apiToken" and "user".
          if (['digest', 'subject'].includes(name)) return `${row}`;
          if (name === 'file') return `instances/${table.name}-${row}.dcm`;
          return textOrNumber(random, column, row, table.key.includes(name));
        }),
      );
    }
  })();
}

/** Its lines are chained: the trail writes them itself. */
const audited = (row: number): AuditEntry => ({
  actor: TEXTS[row % 4] ?? '',
  role: 'viewer',
  via: 'session',
  address: '127.0.0.1',
  action: 'cases.list',
  outcome: 'done',
  reason: TEXTS[row % TEXTS.length]?.replaceAll('\0', ''),
});

export type FilledCatalogue = Readonly<{
  folder: string;
  /** of the command */
  configuration: string;
  sqlite: string;
  target: DatabasePlace;
  tables: readonly Table[];
}>;

/** `rowsOf`: how many of a table. */
export async function filledCatalogue(rowsOf: (table: string) => number): Promise<FilledCatalogue> {
  const folder = await mkdtemp(join(tmpdir(), 'earshot-move-'));
  const dataDir = join(folder, 'data');
  await mkdir(dataDir);
  const sqlite = join(dataDir, 'catalogue.sqlite');
  const sql = openSqlite(sqlite);
  await migrate(sql, loadMigrations(), new Date());
  const queue = await openEmbeddedQueue({ sql, clock: () => new Date(), log: keptLog() });
  await queue.put({ kind: 'assess', key: '2.25.1' });
  await queue.put({ kind: 'deliver', key: '2.25.2 pacs' }, { notBefore: new Date(Date.now() + 3_600_000) });
  const tables = await tablesToMove(sql);
  const trail = new AuditTrail(sql, () => new Date(), false);
  await trail.writeAll(Array.from({ length: rowsOf('audit') }, (_, row) => audited(row)));
  await sql.close();
  const database = new Database(sqlite);
  const optional = new Set<string>();
  for (const { name } of tables) {
    for (const column of database.pragma(`table_info("${name}")`) as {
      name: string;
      notnull: number;
      pk: number;
    }[])
      if (!column.notnull && !column.pk) optional.add(`${name} ${column.name}`);
  }
  for (const table of tables.filter(({ name }) => name !== 'audit'))
    fill(database, table, rowsOf(table.name), optional);
  database.close();
  const target = { dataDir, database: await newDatabase(), databaseConnections: 4 };
  const configuration = join(folder, 'earshot.yaml');
  await writeFile(configuration, JSON.stringify(target), { mode: 0o600 });
  return { folder, configuration, sqlite, target, tables };
}
