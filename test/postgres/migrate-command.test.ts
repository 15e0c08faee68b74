import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import Database from 'better-sqlite3';
import pg from 'pg';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { lockDataDir } from '../../adapters/database/lock.ts';
import { openSqlite } from '../../adapters/database/sqlite.ts';
import { AuditTrail } from '../../src/catalogue/audit-trail.ts';
import type { Table } from '../../src/catalogue/move/tables.ts';
import type { Sql } from '../../src/ports.ts';
import { openCatalogue } from '../../src/startup/open-catalogue.ts';
import { newDatabase, postgresMissing } from '../support/databases.ts';
import { type FilledCatalogue, filledCatalogue } from '../support/filled-catalogue.ts';
import { isOneCodedLine, run } from '../unit/cli/run.ts';

const clock = () => new Date();
const ROWS = 250;

const digestOf = (file: string) => createHash('sha256').update(readFileSync(file)).digest('hex');

type Row = Record<string, string | number | null>;
/** As PostgreSQL keeps it. */
const kept = (row: Row): Row =>
  Object.fromEntries(
    Object.entries(row).map(([name, value]) => [
      name,
      typeof value === 'string' ? value.replaceAll('\0', '\uFFFD') : value,
    ]),
  );

/** Every row, by its key, with exact numbers. */
async function allRows(ask: (text: string) => Promise<Row[]>, { name, columns, key }: Table) {
  const list = columns.map((column) =>
    column.type === 'BIGINT' ? `CAST("${column.name}" AS TEXT) AS "${column.name}"` : `"${column.name}"`,
  );
  const rows = (await ask(`SELECT ${list.join(', ')} FROM "${name}"`)).map(kept);
  return Object.fromEntries(rows.map((row) => [JSON.stringify(key.map((each) => row[each])), row]));
}

describe.skipIf(postgresMissing())('earshot migrate sqlite-to-postgres', () => {
  let filled: FilledCatalogue;
  let server: pg.Client;
  const sqlite = async <T>(look: (sql: Sql) => Promise<T>): Promise<T> => {
    const sql = openSqlite(filled.sqlite, { isReadOnly: true });
    try {
      return await look(sql);
    } finally {
      await sql.close();
    }
  };
  const migrating = (...args: string[]) =>
    run('migrate', 'sqlite-to-postgres', '--config', filled.configuration, ...args);
  const changeSource = (...texts: string[]) => {
    const database = new Database(filled.sqlite);
    for (const text of texts) database.exec(text);
    database.close();
  };
  beforeEach(async () => {
    filled = await filledCatalogue(() => ROWS);
    server = new pg.Client({ connectionString: filled.target.database });
    await server.connect();
  });
  afterEach(async () => {
    await server.end();
    rmSync(filled.folder, { recursive: true, force: true });
  });

  test('moves every row of every table, and the jobs; reads the SQLite file only; says which files are missing', async () => {
    const before = digestOf(filled.sqlite);
    const files = filled.tables.filter(
      ({ name, columns }) => name !== 'removal' && columns.some((column) => column.name === 'file'),
    );
    const there = join(filled.target.dataDir, 'instances/instance-7.dcm');
    mkdirSync(dirname(there));
    writeFileSync(there, '');

    const { status, out, err } = await migrating();
    expect([status, err]).toEqual([0, '']);
    expect(digestOf(filled.sqlite)).toBe(before);
    const total = filled.tables.length * ROWS + 1; // with the head of the audit chain
    expect(out).toContain(
      `${total} rows of ${filled.tables.length} tables are moved and the same; ${total} of`,
    );
    expect(out).toMatch(/\d+ texts held U\+0000, which PostgreSQL keeps as U\+FFFD/);
    expect(out).toContain(`${files.length * ROWS - 1} of ${files.length * ROWS} files`);
    expect(out).toContain('2 jobs wait');

    for (const table of filled.tables) {
      const was = await sqlite((sql) => allRows((text) => sql.query(text), table));
      const is = await allRows(async (text) => (await server.query(text)).rows, table);
      if (table.name === 'audit') {
        expect(Object.keys(is)).toHaveLength(ROWS + 1);
        expect(is).toMatchObject(was);
      } else if (table.name === 'setting') {
        expect({ ...is, '["audit.head"]': 0 }).toEqual({ ...was, '["audit.head"]': 0 });
      } else expect(is, table.name).toEqual(was);
    }
    const { rows: jobs } = await server.query(
      `SELECT name, singleton_key AS key, start_after > now() + interval '50 minutes' AS later FROM pgboss.job ORDER BY name`,
    );
    expect(jobs).toEqual([
      { name: 'assess', key: '2.25.1', later: false },
      { name: 'deliver', key: '2.25.2 pacs', later: true },
    ]);
  });

  test('then the catalogue opens on PostgreSQL, with a whole audit trail that tells of the move, and not on SQLite', async () => {
    await migrating();
    const opened = await openCatalogue(filled.target, clock);
    const trail = new AuditTrail(opened.sql, clock, false);
    expect(await trail.verify()).toEqual({ isWhole: true, rows: ROWS + 1, brokenAt: undefined });
    const { rows } = await trail.search({ action: 'catalogue.moved' }, { limit: 9 });
    expect(rows).toMatchObject([{ actor: 'command line', outcome: 'done' }]);
    await opened.sql.close();
    const back = { ...filled.target, database: 'sqlite' };
    await expect(openCatalogue(back, clock)).rejects.toThrow(/^CATALOGUE_MOVED.*catalogue\.sqlite\.moved/);

    const again = await migrating();
    expect([again.status, again.out.trim()]).toEqual([
      0,
      'This catalogue was moved before. Nothing was done.',
    ]);
    // The way back.
    rmSync(`${filled.sqlite}.moved`);
    await expect(openCatalogue(filled.target, clock)).rejects.toThrow(/^CATALOGUE_NOT_MOVED/);
    const { sql } = await openCatalogue(back, clock);
    await sql.close();
    expect(isOneCodedLine(await migrating(), 'MOVE_TARGET_USED')).toBe(true);
  });

  test('what is another row in PostgreSQL is found, and the catalogue does not open there', async () => {
    changeSource(
      `UPDATE "patientMerge" SET "newPatientID" = 'X' WHERE "PatientID" = (SELECT MIN("PatientID") FROM "patientMerge")`,
    );
    // The last table ends the first run; by then the others are there.
    expect(filled.tables.at(-1)?.name).toBe('withdrawal');
    changeSource(`UPDATE "withdrawal" SET "withdrawnAt" = 0.5 WHERE rowid = ${ROWS}`);
    const refused = await migrating();
    expect(isOneCodedLine(refused, 'MOVE_NOT_POSSIBLE')).toBe(true);
    expect(refused.err).toContain(`withdrawal.withdrawnAt of row ${ROWS} is no BIGINT`);
    await expect(openCatalogue(filled.target, clock)).rejects.toThrow(/^MOVE_UNFINISHED/);

    changeSource(`UPDATE "withdrawal" SET "withdrawnAt" = 5 WHERE rowid = ${ROWS}`);
    await server.query(`UPDATE "patientMerge" SET "newPatientID" = 'Y' WHERE "newPatientID" = 'X'`);
    await server.query('DELETE FROM "series" WHERE "role" = (SELECT MIN("role") FROM "series")');
    const { status, out, err } = await migrating();
    expect(status).toBe(1);
    expect(err).toMatch(/^earshot: MOVE_DIFFERS: .*not the same: patientMerge, series\./);
    expect(out.split('\n').filter((line) => line.endsWith('DIFFERENT'))).toHaveLength(2);
    await expect(openCatalogue(filled.target, clock)).rejects.toThrow(/^MOVE_UNFINISHED/);

    // Into a new database the same move begins anew.
    const elsewhere = { ...filled.target, database: await newDatabase() };
    writeFileSync(filled.configuration, JSON.stringify(elsewhere), { mode: 0o600 });
    expect(isOneCodedLine(await migrating(), 'MOVE_TARGET_OTHER')).toBe(true);
    rmSync(`${filled.sqlite}.moved`);
    expect((await migrating()).status).toBe(0);
    const { sql } = await openCatalogue(elsewhere, clock);
    await sql.close();
  });

  test('refuses, with a code and nothing done: a running service, another schema, a database in use, no SQLite file', async () => {
    const refused = async (code: string, word: string | RegExp, ...args: string[]) => {
      const came = await migrating(...args);
      expect([came.status, isOneCodedLine(came, code)], came.err).toEqual([1, true]);
      expect(came.err).toMatch(word);
      expect(came.err).not.toContain(new URL(filled.target.database).password);
    };
    const lock = lockDataDir(join(filled.target.dataDir, 'service.lock'));
    await refused('DATA_DIR_LOCKED', 'Stop it');
    lock[Symbol.dispose]();
    await refused('MOVE_NOT_POSSIBLE', 'there is no /nowhere', '--from', '/nowhere/catalogue.sqlite');

    changeSource('INSERT INTO "migration" VALUES (9999, 0)');
    await refused('SCHEMA_NEWER', 'schema 9999');
    changeSource('DELETE FROM "migration" WHERE "version" = 9999 OR "version" = 5');
    await refused('MOVE_NOT_POSSIBLE', 'start this version on it once');
    changeSource('INSERT INTO "migration" VALUES (5, 0)', 'CREATE TABLE "mine" ("a" TEXT PRIMARY KEY)');
    await refused('MOVE_NOT_POSSIBLE', 'a table mine');
    changeSource('DROP TABLE "mine"');

    await server.query('CREATE TABLE theirs (a INT)');
    await refused('MOVE_TARGET_USED', 'a table theirs');
    await server.query('DROP TABLE theirs');
    await server.query(`INSERT INTO "setting" VALUES ('installation', 'another')`);
    await refused('MOVE_TARGET_USED', 'it holds rows');

    writeFileSync(filled.configuration, JSON.stringify({ ...filled.target, database: 'sqlite' }), {
      mode: 0o600,
    });
    await refused('MOVE_NOT_POSSIBLE', 'database: is sqlite');
    expect((await run('migrate', 'postgres-to-sqlite')).status).toBe(2);
    const { rows } = await server.query('SELECT * FROM "move"');
    expect(rows).toEqual([]);
  });

  test('every table has a key, and none refers to another or counts by itself: they go in any order, and nothing is left to set', async () => {
    await migrating();
    expect(filled.tables.filter(({ key }) => key.length === 0)).toEqual([]);
    const { rows } = await server.query(`
      SELECT conname AS name FROM pg_constraint WHERE contype = 'f' AND connamespace = 'public'::regnamespace
      UNION ALL SELECT sequencename FROM pg_sequences WHERE schemaname = 'public'`);
    expect(rows).toEqual([]);
  });

  test('is moved to no second database, and a refused move leaves SQLite as it was', async () => {
    const used = await newDatabase();
    const { sql } = await openCatalogue({ ...filled.target, dataDir: '/nowhere', database: used }, clock);
    await sql.query(`INSERT INTO "setting" ("name", "value") VALUES ('of', 'another')`);
    await sql.close();
    const naming = (database: string) =>
      writeFileSync(
        filled.configuration,
        readFileSync(filled.configuration, 'utf8').replace(/postgres:\/\/[^\s"']+/, database),
      );
    naming(used);
    const refused = await migrating();
    expect(refused.status).toBe(1);
    expect(refused.err).toMatch(/MOVE_TARGET_USED/);
    expect(existsSync(`${filled.sqlite}.moved`)).toBe(false);
    naming(filled.target.database);
    expect((await migrating()).status).toBe(0);
    naming(await newDatabase());
    const second = await migrating();
    expect(second.status).toBe(1);
    expect(second.err).toMatch(/MOVE_TARGET_OTHER/);
  });
});
