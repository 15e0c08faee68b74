/**
 * PEERS.md section 3: catalogues of every released schema are opened by this program, and one of a newer program is refused. Each is
 * filled by its own migrations and its own tables, from a seed, with rows in every table there was.
 */
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openPostgres } from '../../adapters/database/postgres.ts';
import { openSqlite } from '../../adapters/database/sqlite.ts';
import { type AuditEntry, AuditTrail } from '../../src/catalogue/audit-trail.ts';
import { migrate } from '../../src/catalogue/migrate.ts';
import { namedRandom } from '../../src/demo/random.ts';
import type { Random } from '../../src/model/random.ts';
import type { Sql, SqlValue } from '../../src/ports.ts';
import { configSchema } from '../../src/startup/config.ts';
import { loadMigrations } from '../../src/startup/load.ts';
import { start } from '../../src/startup/start.ts';
import { newDatabase, postgresMissing } from '../support/databases.ts';
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

type Place = Readonly<{ dataDir: string; database: string }>;

/** Where there is nothing yet. */
async function newPlace(kind: 'SQLite' | 'PostgreSQL', name: string): Promise<Place> {
  const dataDir = join(folder, kind, name);
  await mkdir(dataDir, { recursive: true });
  return { dataDir, database: kind === 'SQLite' ? 'sqlite' : await newDatabase() };
}

async function at<T>({ dataDir, database }: Place, task: (sql: Sql) => Promise<T>): Promise<T> {
  const sql =
    database === 'sqlite'
      ? openSqlite(join(dataDir, 'catalogue.sqlite'))
      : await openPostgres(database, { maxConnections: 2, idleSeconds: 1 });
  try {
    return await task(sql);
  } finally {
    await sql.close();
  }
}

/** A catalogue as a program of that schema left it. */
const fillAs = (version: number, place: Place): Promise<void> =>
  at(place, async (sql) => {
    const known = loadMigrations().filter((each) => each.version <= version);
    await migrate(sql, known, new Date(AT));
    const tables = await tablesOf(sql, place);
    for (const table of tables) if (!['audit', 'migration'].includes(table)) await fill(sql, place, table);
    if (tables.includes('audit')) await writeAudit(sql);
  });

/** A chain of lines, as they have been written since there is a trail. */
async function writeAudit(sql: Sql): Promise<void> {
  const lines = Array.from({ length: ROWS }, (_, row) => ({
    ...{ actor: `anna ${row} é 肺`, role: 'operator', via: 'browser', address: '127.0.0.1' },
    ...{ action: 'case.read', outcome: 'done' },
  }));
  await new AuditTrail(sql, () => new Date(), false).writeAll(lines as AuditEntry[]);
}

/** As the service that started left it. */
async function expectWholeChain(sql: Sql, before: readonly Row[] = []): Promise<void> {
  const chain = await new AuditTrail(sql, () => new Date(), false).verify();
  expect(chain).toMatchObject({ isWhole: true });
  expect(chain.rows).toBeGreaterThanOrEqual(before.length);
}

async function tablesOf(sql: Sql, { database }: Place): Promise<string[]> {
  const rows = await sql.query<{ name: string }>(
    database === 'sqlite'
      ? `SELECT "name" FROM "sqlite_schema" WHERE "type" = 'table' AND "name" NOT LIKE 'sqlite%' ORDER BY "name"`
      : `SELECT CAST(tablename AS TEXT) AS "name" FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename`,
  );
  return rows.map(({ name }) => name);
}

const columnsOf = (sql: Sql, { database }: Place, table: string): Promise<Column[]> =>
  sql.query<Column>(
    database === 'sqlite'
      ? 'SELECT "name", "type", "notnull", "pk" FROM pragma_table_info($1) ORDER BY "cid"'
      : `SELECT CAST(column_name AS TEXT) AS "name", upper(data_type) AS "type",
           CASE is_nullable WHEN 'NO' THEN 1 ELSE 0 END AS "notnull",
           (SELECT CAST(COUNT(*) AS INTEGER) FROM information_schema.key_column_usage AS part
            JOIN information_schema.table_constraints AS key USING (constraint_schema, constraint_name)
            WHERE key.constraint_type = 'PRIMARY KEY' AND part.table_schema = 'public'
              AND part.table_name = $1 AND part.column_name = columns.column_name) AS "pk"
         FROM information_schema.columns AS columns
         WHERE table_schema = 'public' AND table_name = $1 ORDER BY ordinal_position`,
    [table],
  );

async function fill(sql: Sql, place: Place, table: string): Promise<void> {
  const columns = await columnsOf(sql, place, table);
  const random = namedRandom(`upgrade ${table}`);
  const names = columns.map(({ name }) => `"${name}"`).join(', ');
  const places = columns.map((_, index) => `$${index + 1}`).join(', ');
  await sql.batch(
    Array.from({ length: ROWS }, (_, row) => ({
      text: `INSERT INTO "${table}" (${names}) VALUES (${places})`,
      values: columns.map((column) => cellOf(table, column, row + 1, random) as SqlValue),
    })),
  );
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
const contents = (
  place: Place,
  wanted?: ReadonlyMap<string, readonly string[]>,
): Promise<Map<string, Row[]>> =>
  at(place, async (sql) => {
    const found = new Map<string, Row[]>();
    for (const table of await tablesOf(sql, place)) {
      if (wanted && !wanted.has(table)) continue;
      const all = (await columnsOf(sql, place, table)).map(({ name }) => name);
      const names = (wanted?.get(table) ?? all).map((name) => `"${name}"`).join(', ');
      const rows = await sql.query<Row>(`SELECT ${names} FROM "${table}"`);
      found.set(
        table,
        // Every line of the audit trail is the newest for a while.
        rows.filter((row) => row['name'] !== 'audit.head'),
      );
    }
    return found;
  });

const columnsIn = (rows: ReadonlyMap<string, readonly Row[]>): Map<string, string[]> =>
  new Map([...rows].map(([table, [first]]) => [table, Object.keys(first ?? {})]));

const configOf = (place: Place) =>
  configSchema.parse({
    ...place,
    dimse: { host: '127.0.0.1', port: 0 },
    http: { host: '127.0.0.1', port: 0 },
    limits: { minFreeMiB: 0 },
    log: { level: 'silent' },
  });

describe.each(['SQLite', 'PostgreSQL'] as const)('a catalogue of an older program on %s', (kind) => {
  const isMissing = kind === 'PostgreSQL' && postgresMissing() !== undefined;

  it.skipIf(isMissing).each(VERSIONS)(
    'of schema %i keeps every row and every value when this program starts on it',
    async (version) => {
      const place = await newPlace(kind, `of-${version}`);
      await fillAs(version, place);
      const before = await contents(place);
      for (const [table, rows] of before)
        expect(rows, table).toHaveLength(table === 'migration' ? version : ROWS);

      const service = await start(configOf(place), undefined, { radiomics: sharedRadiomics() });
      const ready = await fetch(`http://127.0.0.1:${service.httpPort}/readyz`);
      expect(ready.status).toBe(200);
      const [study] = await service.world.catalogue.studiesOfPatient('PatientID of study 3 é 肺');
      expect(study).toMatchObject({ StudyInstanceUID: '2.25.3', state: 'failed' });
      expect(await service.world.reports.of('2.25.3')).toHaveLength(1);
      await expectWholeChain(service.world.catalogue.sql, before.get('audit'));
      await service[Symbol.asyncDispose]();

      const after = await contents(place, columnsIn(before));
      for (const [table, rows] of before) {
        if (OF_THE_MOMENT.has(table)) continue;
        const now = after.get(table) ?? [];
        expect(now.length, table).toBeGreaterThanOrEqual(rows.length);
        for (const row of rows) expect(now, table).toContainEqual(row);
      }
      expect((await contents(place)).get('migration')).toHaveLength(NEWEST);
    },
  );

  it.skipIf(isMissing)(
    'once it was used by this program is refused by one that is older, and not touched',
    async () => {
      const place = await newPlace(kind, 'downgrade');
      await fillAs(NEWEST, place);
      const before = await contents(place);
      const older = loadMigrations().filter(({ version }) => version < NEWEST);
      await expect(at(place, (sql) => migrate(sql, older, new Date()))).rejects.toThrow(
        `SCHEMA_NEWER: The catalogue was written by a newer Earshot. schema ${NEWEST}, program ${NEWEST - 1}. Install that version or restore a backup.`,
      );
      expect(await contents(place)).toEqual(before);
    },
  );

  it.skipIf(isMissing)(
    'of a newer program than this one is refused at the start, and not touched',
    async () => {
      const place = await newPlace(kind, 'newer');
      await fillAs(NEWEST, place);
      await at(place, (sql) => sql.query(`INSERT INTO "migration" VALUES (${NEWEST + 1}, 0)`));
      const before = await contents(place);
      await expect(start(configOf(place), undefined, { radiomics: sharedRadiomics() })).rejects.toThrow(
        `SCHEMA_NEWER: The catalogue was written by a newer Earshot. schema ${NEWEST + 1}, program ${NEWEST}.`,
      );
      expect(await contents(place)).toEqual(before);
    },
  );
});
