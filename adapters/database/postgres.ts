import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { Fault } from '../../src/fault.ts';
import type { Sql, SqlValue, Statement } from '../../src/ports.ts';
import { isConnectionLost, isUndone, told } from './postgres-faults.ts';

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
const CONNECT_MS = 10_000;
const KEEP_ALIVE_MS = 10_000;
const MOST_PAUSE_MS = 500;
/** Above every statement timeout of the server, so that a server that is gone is noticed. */
const ANSWER_SPARE_MS = 5000;
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
  const statementMs = Math.round(statementSeconds * 1000);
  const pool = new pg.Pool({
    connectionString: url,
    max: maxConnections,
    connectionTimeoutMillis: CONNECT_MS,
    idleTimeoutMillis: idleSeconds * 1000,
    allowExitOnIdle: true,
    keepAlive: true,
    keepAliveInitialDelayMillis: KEEP_ALIVE_MS,
    application_name: 'earshot',
    types: { getTypeParser: parserOf as typeof pg.types.getTypeParser },
    options: [
      'default_transaction_isolation=serializable',
      `statement_timeout=${statementMs}`,
      'idle_in_transaction_session_timeout=60000',
    ]
      .map((setting) => `-c ${setting}`)
      .join(' '),
  });
  // Of a connection that nobody uses: the next one who wants one has another.
  pool.on('error', () => undefined);
  let isMigrating = false;

  const ask = (client: Client, text: string, values: readonly SqlValue[] = []) =>
    client.query<Row>({
      text,
      values: values.map(storable),
      query_timeout: isMigrating ? NO_TIMEOUT_MS : statementMs + ANSWER_SPARE_MS,
    } as pg.QueryConfig);

  /** Runs a task with a connection, which is closed when the task threw anything but an answer of the server. */
  const connected = async <T>(task: (client: Client) => Promise<T>): Promise<T> => {
    const client = await pool.connect().catch((thrown) => {
      throw new NotSent(thrown);
    });
    client.on('error', ignored);
    let broken: Error | undefined;
    try {
      return await task(client);
    } catch (thrown) {
      if (isConnectionLost(thrown)) broken = thrown as Error;
      throw thrown;
    } finally {
      client.off('error', ignored);
      client.release(broken);
    }
  };

  /** `isSafe`: whether what ended with this error can be done again without harm. */
  const persistently = async <T>(
    task: () => Promise<T>,
    isSafe: (thrown: unknown) => boolean,
  ): Promise<T> => {
    const end = Date.now() + patienceSeconds * 1000;
    for (let tries = 1; ; tries += 1) {
      try {
        return await task();
      } catch (thrown) {
        const isNotSent = thrown instanceof NotSent && isConnectionLost(thrown.cause);
        if (!(isNotSent || isUndone(thrown) || isSafe(thrown)) || Date.now() >= end)
          throw told(thrown instanceof NotSent ? thrown.cause : thrown);
        await sleep(Math.random() * Math.min(MOST_PAUSE_MS, 4 * 2 ** tries));
      }
    }
  };

  /** False: a statement that had to change a row changed none. */
  const inTransaction = (statements: readonly Statement[]): Promise<boolean> => {
    let isEnding = false;
    const run = async (client: Client): Promise<boolean> => {
      isEnding = false;
      await ask(client, 'BEGIN');
      try {
        if (isMigrating) await ask(client, 'SET LOCAL statement_timeout = 0');
        for (const { text, values, mustChange = false } of statements) {
          const { rowCount } = await ask(client, text, values);
          if (!mustChange || rowCount) continue;
          await ask(client, 'ROLLBACK');
          return false;
        }
        isEnding = true;
        await ask(client, 'COMMIT');
        return true;
      } catch (thrown) {
        if (!isConnectionLost(thrown)) await ask(client, 'ROLLBACK');
        throw thrown;
      }
    };
    return persistently(
      () => connected(run),
      (thrown) => !isEnding && isConnectionLost(thrown),
    );
  };

  const sql: Sql = {
    query: async <R>(text: string, values?: readonly SqlValue[]): Promise<R[]> => {
      const isReading = /^\s*SELECT\b/i.test(text);
      const { rows } = await persistently(
        () => connected((client) => ask(client, text, values)),
        (thrown) => isReading && isConnectionLost(thrown),
      );
      return rows as R[];
    },
    batch: inTransaction,
    migrating: <T>(task: () => Promise<T>): Promise<T> =>
      persistently(
        () =>
          connected(async (client) => {
            isMigrating = true;
            await ask(client, 'SET statement_timeout = 0');
            await ask(client, LOCK, [MIGRATION_LOCK]);
            try {
              return await task();
            } finally {
              isMigrating = false;
              await ask(client, UNLOCK, [MIGRATION_LOCK]);
              await ask(client, 'RESET statement_timeout');
            }
          }),
        () => false,
      ),
    close: () => pool.end(),
  };
  try {
    await examine(sql);
  } catch (thrown) {
    await pool.end();
    throw thrown;
  }
  return sql;
}

/** No statement left this process. */
class NotSent extends Error {
  constructor(cause: unknown) {
    super('no connection', { cause });
  }
}

const ignored = (): void => undefined;

const LOCK = 'SELECT pg_advisory_lock(CAST($1 AS BIGINT))';
const UNLOCK = 'SELECT pg_advisory_unlock(CAST($1 AS BIGINT))';
/** 'earshot' as bytes. */
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

/**
 * PostgreSQL keeps no U+0000 in text: it becomes U+FFFD, in what is kept and in what is looked for alike. (So does an unpaired
 * surrogate, which UTF-8 does not have, in every database.)
 */
const storable = (value: SqlValue): SqlValue =>
  typeof value === 'string' ? value.replaceAll('\0', '\uFFFD') : value;

/** Refuses a server or a database on which the same statements would mean something else. */
async function examine(sql: Sql): Promise<void> {
  const [found] = await sql.query<Readonly<Record<'version' | 'isBytewise', number> & Record<string, string>>>(
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
