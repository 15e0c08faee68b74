/** Databases for tests: SQLite in memory, or a new one on the PostgreSQL of the run. */
import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { expect, inject } from 'vitest';
import { openPostgres } from '../../adapters/database/postgres.ts';
import { openSqlite } from '../../adapters/database/sqlite.ts';
import type { Sql } from '../../src/ports.ts';
import type { DatabasePlace } from '../../src/startup/open-database.ts';
import { mayBeMissing } from './may-be-missing.ts';

/** Why there is no PostgreSQL; undefined: there is one. */
export const postgresMissing = (): string | undefined => mayBeMissing(inject('postgres')?.missing);

/** Whether suites that may run on either database run on PostgreSQL: the vitest project `postgres`. */
export const isOnPostgres = process.env['EARSHOT_TEST_DATABASE'] === 'postgres';

/** Databases of the test file that runs now; those of the one before are dropped. */
let [made, madeFor]: [string[], string | undefined] = [[], undefined];

/** URL of a new, empty database. */
export async function newDatabase(): Promise<string> {
  const { url } = inject('postgres');
  if (url === undefined) throw new Error('ask postgresMissing() first');
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const file = expect.getState().testPath;
    if (file !== madeFor) {
      for (const name of made) await client.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
      [made, madeFor] = [[], file];
    }
    const name = `t${randomUUID().replaceAll('-', '')}`;
    await client.query(`CREATE DATABASE ${name} TEMPLATE template0`);
    made.push(name);
    const own = new URL(url);
    own.pathname = `/${name}`;
    return own.href;
  } finally {
    await client.end();
  }
}

/** Few connections, which go soon: many test files leave a catalogue open. */
export const openNewPostgres = async (): Promise<Sql> =>
  openPostgres(await newDatabase(), { maxConnections: 4, idleSeconds: 1 });

const places = new Map<string, Promise<DatabasePlace>>();
/** Where the catalogue of a data folder is in this run; always the same. */
export function testPlace(dataDir: string): Promise<DatabasePlace> {
  const make = async (): Promise<DatabasePlace> => ({
    dataDir,
    database: isOnPostgres ? await newDatabase() : 'sqlite',
    databaseConnections: 4,
  });
  const place = places.get(dataDir) ?? make();
  places.set(dataDir, place);
  return place;
}

const TABLES = isOnPostgres
  ? `SELECT tablename AS "name" FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename`
  : `SELECT "name" FROM sqlite_master WHERE type = 'table' ORDER BY "name"`;
export const tableNames = async (sql: Sql): Promise<string[]> =>
  (await sql.query<{ name: string }>(TABLES)).map(({ name }) => name);

/** Keys of the jobs that a queue holds. */
export async function jobKeys(sql: Sql): Promise<string[]> {
  const text = isOnPostgres ? 'SELECT singleton_key AS "key" FROM pgboss.job' : 'SELECT "key" FROM "job"';
  return (await sql.query<{ key: string }>(text)).map(({ key }) => key);
}

/** An empty database of the kind that this run is on. */
export const openTestSql = async (): Promise<Sql> =>
  isOnPostgres ? openNewPostgres() : openSqlite(':memory:');
