import pg from 'pg';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openPostgres } from '../../adapters/database/postgres.ts';
import { migrate } from '../../src/catalogue/migrate.ts';
import type { Sql } from '../../src/ports.ts';
import { loadMigrations } from '../../src/startup/load.ts';
import { newDatabase, postgresMissing } from '../support/databases.ts';
import { freePort } from '../support/free-port.ts';
import { until } from '../support/until.ts';

describe.skipIf(postgresMissing())('PostgreSQL', () => {
  let url: string;
  let server: pg.Client;
  const opened: Sql[] = [];
  const open = async (options: Parameters<typeof openPostgres>[1] = {}) => {
    const sql = await openPostgres(url, { maxConnections: 4, ...options });
    opened.push(sql);
    return sql;
  };
  beforeEach(async () => {
    url = await newDatabase();
    server = new pg.Client({ connectionString: url });
    await server.connect();
  });
  afterEach(async () => {
    for (const sql of opened.splice(0)) await sql.close();
    await server.end();
  });
  const passwordOf = (text: string) => decodeURIComponent(new URL(text).password);
  /** Until a statement is under way at the server. */
  const sleeping = () =>
    until('a statement that sleeps', async () => {
      const { rows } = await server.query(
        `SELECT 1 FROM pg_stat_activity WHERE state = 'active' AND query LIKE '%pg_sleep(%' AND pid <> pg_backend_pid()
           AND datname = current_database()`,
      );
      return rows.length > 0 || undefined;
    });
  const cut = () =>
    server.query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'earshot'
      AND datname = current_database()`);
  const faultOf = async (task: Promise<unknown>) => {
    const thrown = await task.then(() => undefined).catch((each) => each);
    return `${thrown?.message} ${thrown?.cause?.message} ${JSON.stringify(thrown)} ${JSON.stringify(thrown?.cause)}`;
  };

  test('a user or password that is wrong, no such database and no server are told, never the password', async () => {
    const wrong = new URL(url);
    wrong.password = 'not-the-password';
    const fault = await faultOf(openPostgres(wrong.href));
    expect(fault).toMatch(/DATABASE_FAILED.*28P01.*refuses user or password/);
    expect(fault).not.toContain('not-the-password');

    const missing = new URL(url);
    missing.pathname = '/nowhere';
    expect(await faultOf(openPostgres(missing.href))).toMatch(/3D000.*no database of this name/);

    const nobody = new URL(url);
    nobody.port = String(await freePort());
    const silent = await faultOf(openPostgres(nobody.href, { patienceSeconds: 0.1 }));
    expect(silent).toMatch(/ECONNREFUSED.*nothing answers/);
    expect(silent).not.toContain(passwordOf(url));
  });

  test('a database that orders texts otherwise, or has another encoding, is refused with what to do', async () => {
    for (const [name, how, why] of [
      ['ordered', `ENCODING 'UTF8' LOCALE_PROVIDER icu ICU_LOCALE 'en'`, /collation C is needed/],
      ['latin', `ENCODING 'LATIN1'`, /encoding LATIN1; UTF8 is needed/],
    ] as const) {
      await server.query(`CREATE DATABASE ${name} TEMPLATE template0 ${how}`);
      const other = new URL(url);
      other.pathname = `/${name}`;
      const fault = await faultOf(openPostgres(other.href));
      await server.query(`DROP DATABASE ${name} WITH (FORCE)`);
      expect(fault).toMatch(/DATABASE_UNFIT/);
      expect(fault).toMatch(why);
    }
  });

  test('values of rows stay out of faults', async () => {
    const sql = await open();
    await sql.query('CREATE TABLE "t" ("a" TEXT PRIMARY KEY, "n" BIGINT)');
    await sql.query('INSERT INTO "t" VALUES ($1, 1)', ['Miller^Anna']);
    const twice = await faultOf(sql.query('INSERT INTO "t" VALUES ($1, 1)', ['Miller^Anna']));
    expect(twice).toMatch(/INTERNAL.*23505 t.*t_pkey/);
    const noNumber = await faultOf(sql.query('INSERT INTO "t" VALUES ($1, $2)', ['b', 'Miller^Anna']));
    expect(noNumber).toMatch(/INTERNAL.*22P02/);
    expect(twice + noNumber).not.toContain('Miller');
  });

  test('two processes that start at once migrate once', async () => {
    const processes = await Promise.all([open(), open(), open()]);
    const migrations = loadMigrations();
    const versions = await Promise.all(
      processes.map((sql, at) => migrate(sql, migrations, new Date(at + 1))),
    );
    expect(new Set(versions)).toEqual(new Set([migrations.length]));
    const marks = await processes[0]?.query('SELECT DISTINCT "appliedAt" FROM "migration"');
    expect(marks).toHaveLength(1);
  });

  test('a connection that the server cut is not noticed by the next statement', async () => {
    const sql = await open();
    await sql.query('CREATE TABLE "t" ("n" BIGINT)');
    await cut();
    await sql.batch([{ text: 'INSERT INTO "t" VALUES (1)' }]);
    await cut();
    expect(await sql.query('SELECT "n" FROM "t"')).toEqual([{ n: 1 }]);
  });

  test('a batch whose connection is cut before its end is done once, whole', async () => {
    const sql = await open();
    await sql.query('CREATE TABLE "t" ("n" BIGINT)');
    const slow = sql.batch([
      { text: 'INSERT INTO "t" VALUES (1)' },
      { text: `INSERT INTO "t" SELECT 2 FROM pg_sleep(1.5)` },
    ]);
    await sleeping();
    await cut();
    expect(await slow).toBe(true);
    expect(await sql.query('SELECT "n" FROM "t" ORDER BY "n"')).toEqual([{ n: 1 }, { n: 2 }]);
  });

  test('a single change whose connection is cut is not done again: nobody knows whether it was done', async () => {
    const sql = await open();
    await sql.query('CREATE TABLE "t" ("n" BIGINT)');
    const slow = faultOf(sql.query('INSERT INTO "t" SELECT 2 FROM pg_sleep(1.5)'));
    await sleeping();
    await cut();
    expect(await slow).toMatch(/DATABASE_FAILED.*57P01/);
  });

  test('a statement that takes too long is given up, a migration is not', async () => {
    const sql = await open({ statementSeconds: 0.2 });
    expect(await faultOf(sql.query('SELECT pg_sleep(5)'))).toMatch(/57014.*too long/);
    const slow = { version: 1, text: 'CREATE TABLE "s" AS SELECT 1 AS "n" FROM pg_sleep(1.5);\n' };
    await migrate(sql, [slow], new Date());
    expect(await sql.query('SELECT "n" FROM "s"')).toEqual([{ n: 1 }]);
  });
});
