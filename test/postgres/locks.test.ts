import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openPostgres } from '../../adapters/database/postgres.ts';
import { Catalogue } from '../../src/catalogue/catalogue.ts';
import { newDatabase, postgresMissing } from '../support/databases.ts';
import { until } from '../support/until.ts';

describe.skipIf(postgresMissing())('tasks of one key in several processes', () => {
  let url: string;
  let server: pg.Client;
  const closing: (() => Promise<void>)[] = [];
  beforeEach(async () => {
    url = await newDatabase();
    server = new pg.Client({ connectionString: url });
    await server.connect();
  });
  afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close();
    await server.end();
  });
  /** A catalogue as another process has it, with connections of its own. */
  const process = async () => {
    const sql = await openPostgres(url, { maxConnections: 2, patienceSeconds: 5 });
    let isOpen = true;
    const close = async () => {
      if (isOpen) await sql.close();
      isOpen = false;
    };
    closing.push(close);
    return { close, catalogue: new Catalogue(sql, () => new Date()) };
  };
  const held = async () => {
    const { rows } = await server.query(
      `SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`,
    );
    return rows.length;
  };
  const cutLocks = () =>
    server.query(`SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE application_name = 'earshot-locks'
      AND datname = current_database()`);

  test('run one after the other, those of different keys at once', async () => {
    const processes = [await process(), await process(), await process()];
    const keys = ['a', 'b', 'c'];
    const inside = new Map<string, number>();
    const most = { of1: 0, all: 0 };
    const task = (key: string) => async () => {
      inside.set(key, (inside.get(key) ?? 0) + 1);
      most.of1 = Math.max(most.of1, inside.get(key) ?? 0);
      most.all = Math.max(
        most.all,
        [...inside.values()].reduce((sum, each) => sum + each, 0),
      );
      // The first of each key stays until all keys have been in at once.
      if (most.all < keys.length)
        await until('the others', async () => most.all === keys.length || undefined);
      await pause(3);
      inside.set(key, (inside.get(key) ?? 0) - 1);
    };
    await Promise.all(
      Array.from({ length: 90 }, (_, at) => {
        const key = keys[at % 3] as string;
        return processes[Math.floor(at / 3) % 3]?.catalogue.exclusively(key, task(key));
      }),
    );
    expect(most).toEqual({ of1: 1, all: 3 });
    await until('every lock to be given back', async () => ((await held()) === 0 ? true : undefined));
  });

  test('a lock that another process holds for long keeps no other key waiting, and ends with its process', async () => {
    const [one, other] = [await process(), await process()];
    const gate = openGate();
    const long = one.catalogue.exclusively('long', () => gate.opened).catch(() => undefined);
    await until('the lock', async () => ((await held()) === 1 ? true : undefined));
    let isIn = false;
    const waiting = other.catalogue.exclusively('long', async () => {
      isIn = true;
    });
    for (let each = 0; each < 20; each += 1)
      expect(await other.catalogue.exclusively(`short ${each}`, async () => each)).toBe(each);
    expect(isIn).toBe(false);
    await one.close();
    await waiting;
    expect(isIn).toBe(true);
    gate.open();
    await long;
  });

  test('what a task throws gives the key back', async () => {
    const [one, other] = [await process(), await process()];
    const failing = one.catalogue.exclusively('a', () => Promise.reject(new Error('broken')));
    await expect(failing).rejects.toThrow('broken');
    expect(await other.catalogue.exclusively('a', async () => 'in')).toBe('in');
  });

  test('a lock whose connection is cut is taken again, and given back in the end', async () => {
    const [one, other] = [await process(), await process()];
    const gate = openGate();
    const long = one.catalogue.exclusively('long', () => gate.opened);
    await until('the lock', async () => ((await held()) === 1 ? true : undefined));
    await cutLocks();
    await until('the lock again', async () => ((await held()) === 1 ? true : undefined));
    let isIn = false;
    const waiting = other.catalogue.exclusively('long', async () => {
      isIn = true;
    });
    await pause(300);
    expect(isIn).toBe(false);
    gate.open();
    await long;
    await waiting;
    expect(isIn).toBe(true);
  });

  test('after it is closed no task begins', async () => {
    const { catalogue, close } = await process();
    expect(await catalogue.exclusively('a', async () => 1)).toBe(1);
    await close();
    await expect(catalogue.exclusively('a', async () => 2)).rejects.toThrow('DATABASE_FAILED');
  });

  test('closed while a lock is given back, it leaves no connection, which would keep its process from ending', async () => {
    for (let times = 0; times < 10; times++) {
      const { catalogue, close } = await process();
      await catalogue.exclusively('a', async () => undefined);
      await close();
    }
    // A process of the server may end a moment after its client.
    await until(
      'no connection',
      async () => {
        const { rows } = await server.query(
          `SELECT pid FROM pg_stat_activity WHERE application_name = 'earshot-locks' AND datname = current_database()`,
        );
        return rows.length === 0 || undefined;
      },
      { withinMs: 10_000 },
    );
  });
});

function openGate(): { opened: Promise<void>; open: () => void } {
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open };
}
