/**
 * How long `earshot migrate sqlite-to-postgres` takes, on a PostgreSQL with its own settings (fsync): rows of sizes as in service, 50
 * instances a case. `node --import tsx test/bench/migrate.bench.ts [CASES]`, default 4000.
 */
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import pg from 'pg';
import { openSqlite } from '../../adapters/database/sqlite.ts';
import { migrate } from '../../src/catalogue/migrate.ts';
import { type Table, tablesToMove } from '../../src/catalogue/move/tables.ts';
import { runCli } from '../../src/cli/cli.ts';
import { derivedUid } from '../../src/dicom/uid.ts';
import { loadMigrations } from '../../src/startup/load.ts';
import { startPostgres } from '../support/postgres-server.ts';

const CASES = Number(process.argv[2] ?? 4000);
/** Rows of a case, and characters of what is long in them. */
const ROWS: Readonly<Record<string, number>> = {
  study: 1,
  series: 1,
  instance: 50,
  report: 1,
  delivery: 2,
  event: 12,
};
const LONG: Readonly<Record<string, number>> = {
  decision: 3000,
  header: 1500,
  inputs: 4000,
  result: 4000,
  detail: 120,
};

/** Of the columns that the key or a look-up needs, values as wide as in service; of the others the least. */
function valueAs(name: string, type: string, at: string, study: string): string | number {
  if (type === 'BIGINT') return name === 'at' ? Number(at.replace('.', '')) : 1_700_000_000_000;
  if (name === 'StudyInstanceUID') return study;
  if (/UID$/.test(name)) return derivedUid(at);
  if (name === 'file') return `instances/${study}/${study}/${derivedUid(at)}.dcm`;
  if (name === 'digest') return createHash('sha256').update(at).digest('hex');
  return LONG[name] ? 'x'.repeat(LONG[name]) : at;
}

function fill(database: Database.Database, table: Table): void {
  const list = table.columns.map(() => '?').join(', ');
  const insert = database.prepare(`INSERT INTO "${table.name}" VALUES (${list})`);
  for (let number = 0; number < CASES; number++) {
    const study = derivedUid(`study ${number}`);
    for (let row = 0; row < (ROWS[table.name] ?? 0); row++) {
      const at = `${number}.${String(row).padStart(2, '0')}`;
      insert.run(table.columns.map(({ name, type }) => valueAs(name, type, at, study)));
    }
  }
}

const folder = mkdtempSync(join(tmpdir(), 'earshot-migrate-'));
try {
  const dataDir = join(folder, 'data');
  mkdirSync(dataDir);
  const file = join(dataDir, 'catalogue.sqlite');
  const sql = openSqlite(file);
  await migrate(sql, loadMigrations(), new Date());
  const tables = await tablesToMove(sql);
  await sql.close();
  const database = new Database(file);
  database.transaction(() => {
    for (const table of tables) fill(database, table);
  })();
  database.close();
  await using server = await startPostgres({
    fsync: 'on',
    synchronous_commit: 'on',
    full_page_writes: 'on',
  });
  if (!server) throw new Error('PostgreSQL is not installed');
  const client = new pg.Client({ connectionString: server.url });
  await client.connect();
  await client.query('CREATE DATABASE moved TEMPLATE template0');
  await client.end();
  const url = new URL(server.url);
  url.pathname = '/moved';
  const configuration = join(folder, 'earshot.yaml');
  writeFileSync(configuration, JSON.stringify({ dataDir, database: url.href }), { mode: 0o600 });
  const before = process.cpuUsage();
  const status = await runCli(['migrate', 'sqlite-to-postgres', '--config', configuration]);
  const { user, system } = process.cpuUsage(before);
  const megabytes = Math.round(process.resourceUsage().maxRSS / 1024);
  process.stdout.write(
    `status ${status}, ${((user + system) / 1e6).toFixed(1)} s of CPU of the command, ${megabytes} MiB at most\n`,
  );
} finally {
  rmSync(folder, { recursive: true, force: true });
}
