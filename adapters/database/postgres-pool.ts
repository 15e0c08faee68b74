import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { isConnectionLost, isUndone, told } from './postgres-faults.ts';

const CONNECT_MS = 10_000;
const KEEP_ALIVE_MS = 10_000;
/** Above every statement timeout of the server, so that a server that is gone is noticed. */
const ANSWER_SPARE_MS = 5000;
const MOST_PAUSE_MS = 500;

type PoolOptions = Readonly<{
  maxConnections: number;
  /** one statement */
  statementSeconds: number;
  /** of a connection that nobody uses */
  idleSeconds?: number;
  /** as the server lists it */
  name: string;
  /** of the session, as of postgresql.conf */
  settings?: Readonly<Record<string, string | number>>;
}>;

/** Where a server is and how it is spoken to; a password that the URL does not have comes from PGPASSWORD or the password file. */
export const connectionTo = (
  url: string,
  { name, statementSeconds, settings = {} }: Omit<PoolOptions, 'maxConnections' | 'idleSeconds'>,
) => ({
  connectionString: url,
  connectionTimeoutMillis: CONNECT_MS,
  keepAlive: true,
  keepAliveInitialDelayMillis: KEEP_ALIVE_MS,
  application_name: name,
  query_timeout: statementSeconds * 1000 + ANSWER_SPARE_MS,
  options: Object.entries({ statement_timeout: Math.round(statementSeconds * 1000), ...settings })
    .map(([key, value]) => `-c ${key}=${value}`)
    .join(' '),
});

export function openPool(url: string, options: PoolOptions): pg.Pool {
  const { maxConnections, idleSeconds = 30 } = options;
  const pool = new pg.Pool({
    ...connectionTo(url, options),
    max: maxConnections,
    idleTimeoutMillis: idleSeconds * 1000,
    allowExitOnIdle: true,
  });
  // Of a connection that nobody uses: the next one who wants one has another.
  pool.on('error', ignored);
  return pool;
}

/** Runs a task with a connection, which is closed when it was lost or `isTainted` says so. */
export async function connected<T>(
  pool: pg.Pool,
  task: (client: pg.PoolClient) => Promise<T>,
  isTainted = isConnectionLost,
): Promise<T> {
  const client = await pool.connect().catch((thrown) => {
    throw new NotSent(thrown);
  });
  client.on('error', ignored);
  let broken = false;
  try {
    return await task(client);
  } catch (thrown) {
    broken = isTainted(thrown);
    throw thrown;
  } finally {
    client.off('error', ignored);
    client.release(broken);
  }
}

/**
 * Does again, after short random pauses, what never left this process, what the server undid for the sake of another
 * transaction, and what `isSafe` says can be done again without harm. Throws what `told` makes of it.
 */
export async function patiently<T>(
  task: () => Promise<T>,
  seconds: number,
  isSafe: (thrown: unknown) => boolean,
): Promise<T> {
  const end = Date.now() + seconds * 1000;
  for (let tries = 1; ; tries += 1) {
    try {
      return await task();
    } catch (thrown) {
      const cause = thrown instanceof NotSent ? thrown.cause : thrown;
      const isNotSent = thrown instanceof NotSent && isConnectionLost(cause);
      const isWorthIt = isNotSent || isUndone(thrown) || isSafe(thrown);
      if (!isWorthIt || Date.now() >= end) throw told(cause);
      await sleep(Math.random() * Math.min(MOST_PAUSE_MS, 4 * 2 ** tries));
    }
  }
}

/** No statement left this process. */
class NotSent extends Error {
  constructor(cause: unknown) {
    super('no connection', { cause });
  }
}

const ignored = (): void => undefined;
