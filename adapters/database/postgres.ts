import pg from 'pg';
import { Fault } from '../../src/fault.ts';
import type { Sql, SqlValue, Statement } from '../../src/ports.ts';
import { isConnectionLost } from './postgres-faults.ts';
import { openLocks } from './postgres-locks.ts';
import { connected, openPool, patiently } from './postgres-pool.ts';

export type PostgresOptions = Readonly<{
  /** connections of this process at once */
  maxConnections?: number;
  /** one statement; migrations take as long as they take */
  statementSeconds?: number;
  /** so long is tried again what can be done again without harm */
  patienceSeconds?: number;
  /** of a connection that nobody uses */
  idleSeconds?: number;
}>;

/** Oldest server that pg-boss works on. */
const OLDEST = 130_000;
const NO_TIMEOUT_MS = 2 ** 31 - 1;

type Client = pg.PoolClient;
type Row = Record<string, SqlValue>;

/**
 * PostgreSQL behind the Sql port. Every statement and batch is one SERIALIZABLE transaction, as if there were no other; what the
 * server undid for the sake of another transaction (40001, 40P01), and what was never sent, is done again after a short
 * random pause. Faults: DATABASE_FAILED, DATABASE_UNFIT; neither holds the password nor a value.
 */
export async function openPostgres(url: string, options: PostgresOptions = {}): Promise<Sql> {
  const { maxConnections = 10, statementSeconds = 60, patienceSeconds = 15, idleSeconds = 30 } = options;
  const pool = openPool(url, {
    name: 'earshot',
    maxConnections,
    statementSeconds,
    idleSeconds,
    settings: { default_transaction_isolation: 'serializable', idle_in_transaction_session_timeout: 60_000 },
  });
  const locks = openLocks(url, { statementSeconds, patienceSeconds });
  let isMigrating = false;
  const ask = (client: Client, text: string, values: readonly SqlValue[] = []) =>
    client.query<Row>({
      text,
      values: values.map(storable),
      types: TYPES,
      ...(isMigrating ? { query_timeout: NO_TIMEOUT_MS } : {}),
    } as pg.QueryConfig);

  /** False: a statement that must change a row changed none. */
  const changed = async (client: Client, statements: readonly Statement[]): Promise<boolean> => {
    for (const { text, values, mustChange = false } of statements) {
      const { rowCount } = await ask(client, text, values);
      if (mustChange && !rowCount) return false;
    }
    return true;
  };
  const inTransaction = async (
    client: Client,
    statements: readonly Statement[],
    ending: () => void,
  ): Promise<boolean> => {
    await ask(client, 'BEGIN');
    try {
      if (isMigrating) await ask(client, 'SET LOCAL statement_timeout = 0');
      const isDone = await changed(client, statements);
      ending();
      await ask(client, isDone ? 'COMMIT' : 'ROLLBACK');
      return isDone;
    } catch (thrown) {
      if (!isConnectionLost(thrown)) await ask(client, 'ROLLBACK');
      throw thrown;
    }
  };

  const sql: Sql = {
    query: async <R>(text: string, values?: readonly SqlValue[]): Promise<R[]> => {
      const isReading = /^\s*SELECT\b/i.test(text);
      const { rows } = await patiently(
        () => connected(pool, (client) => ask(client, text, values)),
        patienceSeconds,
        (thrown) => isReading && isConnectionLost(thrown),
      );
      return rows as R[];
    },
    batch: (statements) => {
      // From then on nobody here knows whether it was done, should the connection be lost.
      let isEnding = false;
      return patiently(
        () => {
          isEnding = false;
          return connected(pool, (client) => inTransaction(client, statements, () => (isEnding = true)));
        },
        patienceSeconds,
        (thrown) => !isEnding && isConnectionLost(thrown),
      );
    },
    migrating: <T>(task: () => Promise<T>): Promise<T> =>
      patiently(
        () =>
          connected(pool, async (client) => {
            isMigrating = true;
            try {
              await ask(client, 'SET statement_timeout = 0');
              await ask(client, 'SELECT pg_advisory_lock(CAST($1 AS BIGINT))', [MIGRATION_LOCK]);
              return await task();
            } finally {
              isMigrating = false;
              await ask(client, 'SELECT pg_advisory_unlock(CAST($1 AS BIGINT))', [MIGRATION_LOCK]);
              await ask(client, 'RESET statement_timeout');
            }
          }),
        patienceSeconds,
        () => false,
      ),
    locked: locks.locked,
    close: async () => {
      await locks[Symbol.asyncDispose]();
      await pool.end();
    },
  };
  try {
    await examine(sql);
  } catch (thrown) {
    await pool.end();
    throw thrown;
  }
  return sql;
}

/** 'ears' as bytes: one process at a time changes the schema. */
const MIGRATION_LOCK = 0x65_61_72_73;

/** Numbers are numbers and truth is 1 or 0, as in SQLite; everything else is text. */
const parserOf = (oid: number): ((value: string) => SqlValue) => PARSERS.get(oid) ?? ((value) => value);
const PARSERS = new Map<number, (value: string) => SqlValue>([
  [pg.types.builtins.BOOL, (value) => (value === 't' ? 1 : 0)],
  ...[
    pg.types.builtins.INT2,
    pg.types.builtins.INT4,
    pg.types.builtins.INT8,
    pg.types.builtins.FLOAT4,
    pg.types.builtins.FLOAT8,
    pg.types.builtins.NUMERIC,
  ].map((oid) => [oid, Number] as const),
]);

const TYPES = { getTypeParser: parserOf } as typeof pg.types;

/**
 * PostgreSQL keeps no U+0000 in text: it becomes U+FFFD, in what is kept and in what is looked for alike, as an unpaired surrogate
 * does, which UTF-8 does not have.
 */
const storable = (value: SqlValue): SqlValue =>
  typeof value === 'string' ? value.replaceAll('\0', '\uFFFD') : value;

/** Refuses a server or a database on which the same statements would mean something else. */
async function examine(sql: Sql): Promise<void> {
  const [found] = await sql.query<
    Readonly<Record<'version' | 'isBytewise', number> & Record<string, string>>
  >(
    `SELECT CAST(current_setting('server_version_num') AS INT) AS "version",
       current_setting('server_encoding') AS "encoding", current_setting('transaction_isolation') AS "isolation",
       'Z' < 'a' AND '1.10' < '1.9' AND '1.2' < '12' AND 'z' < 'ä' AS "isBytewise"`,
  );
  if (!found) throw new Fault('DATABASE_FAILED', 'no answer');
  const { version, encoding, isolation, isBytewise } = found;
  const problems = [
    ...(version < OLDEST ? [`PostgreSQL ${Math.floor(version / 10_000)}; 13 or later is needed`] : []),
    ...(encoding === 'UTF8' ? [] : [`encoding ${encoding}; UTF8 is needed`]),
    ...(isBytewise ? [] : ['texts are not ordered by their bytes; collation C is needed']),
    ...(isolation === 'serializable'
      ? []
      : [`transactions are ${isolation}: something between here and the server drops start-up options`]),
  ];
  if (problems.length > 0) throw new Fault('DATABASE_UNFIT', problems.join('; '));
}
