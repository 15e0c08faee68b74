/** Locks between processes: PostgreSQL's advisory locks of one session, which are gone when their process is. */
import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { Fault } from '../../src/fault.ts';
import { isConnectionLost } from './postgres-faults.ts';
import { connectionTo, patiently } from './postgres-pool.ts';

export type Locks = AsyncDisposable &
  Readonly<{
    /** Within one process the caller runs tasks of one key one after the other. Throws DATABASE_FAILED. */
    locked<T>(key: string, task: () => Promise<T>): Promise<T>;
  }>;

type Options = Readonly<{ statementSeconds: number; patienceSeconds: number }>;
type Wish = Readonly<{
  key: string;
  isTaking: boolean;
  answer(isHeld: boolean): void;
  fail(thrown: unknown): void;
}>;

const FIRST_PAUSE_MS = 2;
const MOST_PAUSE_MS = 50;
/** A machine that is gone holds its locks no longer than about this. */
const SERVER_SETTINGS = {
  tcp_keepalives_idle: 10,
  tcp_keepalives_interval: 5,
  tcp_keepalives_count: 3,
};

/** All wishes that wait are one statement: one round trip for all associations and jobs of the process. */
const ASK = `SELECT CASE WHEN "isTaking" THEN pg_try_advisory_lock("key") ELSE pg_advisory_unlock("key") END AS "isHeld"
  FROM unnest($1::bigint[], $2::boolean[]) AS "wish" ("key", "isTaking")`;

/**
 * One connection, opened with the first lock. A lock is tried for and never waited for on it, so that one which another process holds
 * keeps nobody else. When the connection is lost, what is held is taken again with the next one, unless another process was quicker.
 */
export function openLocks(url: string, options: Options): Locks {
  const connection = connectionTo(url, {
    name: 'earshot-locks',
    statementSeconds: options.statementSeconds,
    settings: SERVER_SETTINGS,
  });
  const held = new Set<string>();
  let client: pg.Client | undefined;
  const wishes: Wish[] = [];
  let isServing = false;
  let isOver = false;

  const connected = async (): Promise<pg.Client> => {
    if (client) return client;
    if (isOver) throw closed();
    const mine = new pg.Client(connection);
    const lose = (): void => {
      if (client !== mine) return;
      client = undefined;
      if (held.size > 0 && !isOver) void serve();
    };
    mine.on('error', lose);
    mine.once('end', lose);
    try {
      await mine.connect();
      if (isOver) throw closed();
      if (held.size > 0) await ask(mine, [...held], true);
    } catch (thrown) {
      mine.end().catch(ignored);
      throw thrown;
    }
    client = mine;
    return mine;
  };
  const serveAll = async (now: readonly Wish[]): Promise<void> => {
    const keys = now.map(({ key }) => key);
    const takings = now.map(({ isTaking }) => isTaking);
    try {
      const answers = await patiently(
        async () => ask(await connected(), keys, takings),
        options.patienceSeconds,
        isConnectionLost,
      );
      for (const [index, { answer }] of now.entries()) answer(answers[index] === true);
    } catch (thrown) {
      for (const { fail } of now) fail(thrown);
    }
  };
  const serve = async (): Promise<void> => {
    if (isServing) return;
    isServing = true;
    do await serveAll(wishes.splice(0));
    while (wishes.length > 0);
    isServing = false;
  };
  const wish = (key: string, isTaking: boolean): Promise<boolean> =>
    new Promise((answer, fail) => {
      if (isOver) fail(closed());
      else wishes.push({ key, isTaking, answer, fail });
      void serve();
    });

  return {
    locked: async (name, task) => {
      const key = keyOf(name);
      for (let pause = FIRST_PAUSE_MS; !(await wish(key, true)); pause = Math.min(2 * pause, MOST_PAUSE_MS))
        await sleep(pause * (0.5 + Math.random() / 2));
      held.add(key);
      try {
        return await task();
      } finally {
        held.delete(key);
        // Nobody waits for the answer: a lock that cannot be given back is gone with its connection.
        wish(key, false).catch(ignored);
      }
    },
    [Symbol.asyncDispose]: async () => {
      isOver = true;
      await client?.end().catch(ignored);
    },
  };
}

async function ask(client: pg.Client, keys: readonly string[], takings: readonly boolean[] | true) {
  const values = [keys, takings === true ? keys.map(() => true) : takings];
  try {
    const { rows } = await client.query<{ isHeld: boolean }>({ name: 'locks', text: ASK, values });
    return rows.map(({ isHeld }) => isHeld);
  } catch (thrown) {
    // One whose answer did not come in time may still have one to come.
    client.end().catch(ignored);
    throw thrown;
  }
}

/** PostgreSQL knows a lock by 64 bits. */
const keyOf = (name: string): string =>
  createHash('sha256').update(name).digest().readBigInt64BE().toString();
const closed = (): Fault => new Fault('DATABASE_FAILED', 'it is closed');
const ignored = (): void => undefined;
