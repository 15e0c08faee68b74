/**
 * PEERS.md section 3: catalogues of every released schema are opened by this program, and one of a newer program is refused. Each is
 * filled by its own migrations and its own tables, from a seed, with rows in every table there was.
 */
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openSqlite } from '../../adapters/database/sqlite.ts';
import { type AuditEntry, AuditTrail } from '../../src/catalogue/audit-trail.ts';
import { migrate } from '../../src/catalogue/migrate.ts';
import { namedRandom } from '../../src/demo/random.ts';
import type { Random } from '../../src/model/random.ts';
import type { Sql } from '../../src/ports.ts';
import { configSchema } from '../../src/startup/config.ts';
import { loadMigrations } from '../../src/startup/load.ts';
import { start } from '../../src/startup/start.ts';
import { isOnPostgres } from '../support/databases.ts';
import { sharedRadiomics } from '../support/shared-threads.ts';

const VERSIONS = loadMigrations().map(({ version }) => version);
const NEWEST = Math.max(...VERSIONS);
const ROWS = 7;
const AT = Date.UTC(2026, 0, 1);

type Column = Readonly<{ name: string; type: string; notnull: number; pk: number }>;
type Row = Readonly<Record<string, unknown>>;

/** What the service of that time wrote into columns that the service of now reads at its start; everything else is any text or number. */
const MEANT: Readonly<Record<string, (row: number, random: Random) => unknown>> = {
  'study.state': (row) => ['delivered', 'notEligible', 'held', 'failed', 'deliveryFailed'][row % 5],
  'study.reasons': () => '[{"code":"BASELINE_MISSING","text":"No earlier study."}]',
  'study.decision': (row) => (row % 2 === 0 ? null : '{"baseline":"2.25.1"}'),
  'series.header': () => '{}',
  'mask.description': () => null,
  'measurement.result': () => '{}',
  'report.result': () => '{"outcome":"scored"}',
  'report.SOPClassUID': () => '1.2.840.10008.5.1.4.1.1.88.33',
  'report.kind': () => 'sr',
  'report.companionOf': () => null,
  'report.heldBecause': () => null,
  'report.due': () => null,
  'delivery.state': (row) => ['delivered', 'gaveUp'][row % 2],
  'event.detail': () => '{}',
  'patient.record': (row) => JSON.stringify({ PatientID: `P${row}`, optOut: false, listed: true }),
  'fetch.reasons': () => '[]',
  'heldPoint.point': () => '{"StudyDate":"20260101"}',
  'foundReport.point': () => null,
  'foundReport.predecessors': () => '[]',
  'configurationSection.section': (row) => `a section of old ${row}`,
  'configurationChange.section': (row) => `a section of old ${row}`,
  'configurationChange.state': () => 'made',
  'shadowResult.result': () => '{}',
  'shadowResult.active': () => '{}',
  'alert.detail': () => '{}',
  'caseOrder.detail': () => '{}',
  'auditBegun.lines': () => '[]',
  'user.role': () => 'administrator',
  'lease.until': () => AT,
  'move.doneAt': () => AT,
  // A held point of a withdrawn report is taken away on purpose (0017.sql).
  'withdrawal.SOPInstanceUID': (row) => `2.25.70${row}`,
};
/** Of processes and minutes that are over: the service that starts clears them. */
const OF_THE_MOMENT = new Set(['migration', 'lease', 'nodeRequest', 'auditBegun', 'firstLink', 'removal']);

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'earshot-upgrade-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const fileOf = (dataDir: string): string => join(dataDir, 'catalogue.sqlite');

/** A catalogue as a program of that schema left it. */
async function catalogueOf(version: number, dataDir: string): Promise<void> {
  await rm(dataDir, { recursive: true, force: true });
  await mkdir(dataDir, { recursive: true });
  const sql = openSqlite(fileOf(dataDir));
  const known = loadMigrations().filter((each) => each.version <= version);
  await migrate(sql, known, new Date(AT));
  await sql.close();
  const database = new Database(fileOf(dataDir));
  const tables = tablesOf(database);
  for (const table of tables) if (table !== 'audit') fill(database, table);
  database.close();
  if (tables.includes('audit')) await writeAudit(fileOf(dataDir));
}

/** A chain of lines, as they have been written since there is a trail. */
async function writeAudit(file: string): Promise<void> {
  const sql = openSqlite(file);
  const lines = Array.from({ length: ROWS }, (_, row) => ({
    ...{ actor: `anna ${row} é 肺`, role: 'operator', via: 'browser', address: '127.0.0.1' },
    ...{ action: 'case.read', outcome: 'done' },
  }));
  await new AuditTrail(sql, () => new Date(), false).writeAll(lines as AuditEntry[]);
  await sql.close();
}

/** As the service that started left it. */
async function expectWholeChain(sql: Sql, before: readonly Row[] = []): Promise<void> {
  const chain = await new AuditTrail(sql, () => new Date(), false).verify();
  expect(chain).toMatchObject({ isWhole: true });
  expect(chain.rows).toBeGreaterThanOrEqual(before.length);
}

const tablesOf = (database: Database.Database): string[] =>
  database
    .prepare(
      `SELECT "name" FROM "sqlite_schema" WHERE "type" = 'table' AND "name" NOT LIKE 'sqlite%' ORDER BY "name"`,
    )
    .pluck()
    .all() as string[];

function fill(database: Database.Database, table: string): void {
  if (table === 'migration') return;
  const columns = database.pragma(`table_info("${table}")`) as Column[];
  const random = namedRandom(`upgrade ${table}`);
  const names = columns.map(({ name }) => `"${name}"`).join(', ');
  const insert = database.prepare(
    `INSERT INTO "${table}" (${names}) VALUES (${columns.map(() => '?').join(', ')})`,
  );
  for (let row = 1; row <= ROWS; row++)
    insert.run(columns.map((column) => cellOf(table, column, row, random)));
}

function cellOf(table: string, { name, type, notnull, pk }: Column, row: number, random: Random): unknown {
  const meant = MEANT[`${table}.${name}`];
  if (meant) return meant(row, random);
  if (!notnull && !pk && random.uniform() < 0.3) return null;
  if (type === 'BIGINT') return pk ? AT + row : AT - random.index(1000);
  if (type === 'DOUBLE PRECISION') return random.normal();
  if (/UID$/.test(name) || name === 'companionOf') return `2.25.${row}`;
  return `${name} of ${table} ${row} é 肺`;
}

/** Every row by table, each as its columns of then. */
function contents(file: string, columnsOf?: ReadonlyMap<string, readonly string[]>): Map<string, Row[]> {
  const database = new Database(file, { readonly: true });
  const found = new Map<string, Row[]>();
  for (const table of tablesOf(database)) {
    const wanted = columnsOf?.get(table);
    if (columnsOf && !wanted) continue;
    const names = (wanted ?? (database.pragma(`table_info("${table}")`) as Column[]).map(({ name }) => name))
      .map((name) => `"${name}"`)
      .join(', ');
    // Every line of the audit trail is the newest for a while.
    const rows = database.prepare(`SELECT ${names} FROM "${table}"`).all() as Row[];
    found.set(
      table,
      rows.filter((row) => row['name'] !== 'audit.head'),
    );
  }
  database.close();
  return found;
}

const columnsIn = (rows: ReadonlyMap<string, readonly Row[]>): Map<string, string[]> =>
  new Map([...rows].map(([table, [first]]) => [table, Object.keys(first ?? {})]));

const configOf = (dataDir: string) =>
  configSchema.parse({
    dataDir,
    dimse: { host: '127.0.0.1', port: 0 },
    http: { host: '127.0.0.1', port: 0 },
    limits: { minFreeMiB: 0 },
    log: { level: 'silent' },
  });

describe.skipIf(isOnPostgres)('a catalogue of an older program', () => {
  it.each(VERSIONS)(
    'of schema %i keeps every row and every value when this program starts on it',
    async (version) => {
      const dataDir = join(folder, `of-${version}`);
      await catalogueOf(version, dataDir);
      const before = contents(fileOf(dataDir));
      for (const [table, rows] of before)
        expect(rows, table).toHaveLength(table === 'migration' ? version : ROWS);

      const service = await start(configOf(dataDir), undefined, { radiomics: sharedRadiomics() });
      const ready = await fetch(`http://127.0.0.1:${service.httpPort}/readyz`);
      expect(ready.status).toBe(200);
      const [study] = await service.world.catalogue.studiesOfPatient('PatientID of study 3 é 肺');
      expect(study).toMatchObject({ StudyInstanceUID: '2.25.3', state: 'failed' });
      expect(await service.world.reports.of('2.25.3')).toHaveLength(1);
      await expectWholeChain(service.world.catalogue.sql, before.get('audit'));
      await service[Symbol.asyncDispose]();

      const after = contents(fileOf(dataDir), columnsIn(before));
      for (const [table, rows] of before) {
        if (OF_THE_MOMENT.has(table)) continue;
        const now = after.get(table) ?? [];
        expect(now.length, table).toBeGreaterThanOrEqual(rows.length);
        for (const row of rows) expect(now, table).toContainEqual(row);
      }
      expect(contents(fileOf(dataDir)).get('migration')).toHaveLength(NEWEST);
    },
  );

  it('once it was used by this program is refused by one that is older, and not touched', async () => {
    const dataDir = join(folder, 'downgrade');
    await catalogueOf(NEWEST, dataDir);
    const before = contents(fileOf(dataDir));
    const sql = openSqlite(fileOf(dataDir));
    const older = loadMigrations().filter(({ version }) => version < NEWEST);
    await expect(migrate(sql, older, new Date())).rejects.toThrow(
      `SCHEMA_NEWER: The catalogue was written by a newer Earshot. schema ${NEWEST}, program ${NEWEST - 1}. Install that version or restore a backup.`,
    );
    await sql.close();
    expect(contents(fileOf(dataDir))).toEqual(before);
  });

  it('of a newer program than this one is refused at the start, and not touched', async () => {
    const dataDir = join(folder, 'newer');
    await catalogueOf(NEWEST, dataDir);
    const database = new Database(fileOf(dataDir));
    database.exec(`INSERT INTO "migration" VALUES (${NEWEST + 1}, 0)`);
    database.close();
    const before = contents(fileOf(dataDir));
    await expect(start(configOf(dataDir), undefined, { radiomics: sharedRadiomics() })).rejects.toThrow(
      `SCHEMA_NEWER: The catalogue was written by a newer Earshot. schema ${NEWEST + 1}, program ${NEWEST}.`,
    );
    expect(contents(fileOf(dataDir))).toEqual(before);
  });
});
