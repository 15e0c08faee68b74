import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import { describe, expect, test } from 'vitest';
import { localLeases } from '../../adapters/database/local-leases.ts';
import { openPostgres } from '../../adapters/database/postgres.ts';
import { openConnection } from '../../adapters/database/postgres-connection.ts';
import { postgresLeases } from '../../adapters/database/postgres-leases.ts';
import { migrate } from '../../src/catalogue/migrate.ts';
import { createBusyStudies } from '../../src/pipeline/busy-studies.ts';
import { createSlots } from '../../src/pipeline/slots.ts';
import { startDuties } from '../../src/startup/duties.ts';
import { loadMigrations } from '../../src/startup/load.ts';
import { newDatabase, postgresMissing } from '../support/databases.ts';
import { keptLog } from '../support/log.ts';
import { until } from '../support/until.ts';
import { leasesContract } from './leases.contract.ts';

async function migrated(): Promise<string> {
  const url = await newDatabase();
  const sql = await openPostgres(url, { maxConnections: 2, idleSeconds: 1 });
  await migrate(sql, loadMigrations(), new Date());
  await sql.close();
  return url;
}
const openLeases = (url: string, seconds?: number) =>
  postgresLeases(openConnection(url, 'test'), { log: keptLog(), ...(seconds ? { seconds } : {}) });

describe('leases in memory', () => leasesContract(async () => localLeases()));

describe.skipIf(postgresMissing())('leases on PostgreSQL', () => {
  leasesContract(async () => openLeases(await migrated()));

  test('what one process holds no other has, though many want it at once', async () => {
    const url = await migrated();
    const processes = Array.from({ length: 5 }, () => openLeases(url));
    const taken = await Promise.all(processes.map((each) => each.take('duties')));
    expect(taken.filter((lease) => lease !== undefined)).toHaveLength(1);
    await Promise.all(taken.map((lease) => lease?.[Symbol.asyncDispose]()));
    expect(await processes[0]!.take('duties')).toBeDefined();
    await Promise.all(processes.map((each) => each[Symbol.asyncDispose]()));
  });

  test('slots are counted over all processes', async () => {
    const url = await migrated();
    await using one = openLeases(url);
    await using other = openLeases(url);
    const first = await createSlots(one, 2).take('pacs');
    expect(await createSlots(other, 2).take('pacs')).toBeDefined();
    expect(await createSlots(one, 2).take('pacs')).toBeUndefined();
    await first?.[Symbol.asyncDispose]();
    expect(await createSlots(other, 2).take('pacs')).toBeDefined();
  });

  test('is renewed as long as the process lives, and free soon after it has died', async () => {
    const url = await migrated();
    await using living = openLeases(url, 3);
    await using other = openLeases(url, 3);
    const lease = await living.take('duties');
    await pause(7000);
    expect(lease?.lost.aborted).toBe(false);
    expect(await other.take('duties')).toBeUndefined();
    // Dead: its row is there, and nobody renews it.
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    await client.query(`UPDATE "lease" SET "holder" = 'dead'`);
    await client.end();
    await until('the lease to be free', () => other.take('duties'), { withinMs: 10_000, everyMs: 50 });
    expect(lease?.lost.aborted).toBe(true);
    await lease?.[Symbol.asyncDispose]();
    expect(await living.take('duties')).toBeUndefined();
  });

  test('a clock of the server that is set back takes nothing from the living, and keeps nothing long for the dead', async () => {
    const url = await migrated();
    const open = () =>
      postgresLeases(openConnection(url, 'test'), { log: keptLog(), seconds: 3, longestSeconds: 6 });
    await using living = open();
    await using other = open();
    const lease = await living.take('duties');
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    const aYear = 365 * 24 * 3_600_000;
    await client.query(`UPDATE "lease" SET "until" = "until" + ${aYear}`);
    await client.query(
      `INSERT INTO "lease" ("name", "holder", "detail", "until")
       SELECT 'slot/pacs/1', 'dead', '', "until" FROM "lease"`,
    );
    await client.end();
    expect(await other.take('duties')).toBeUndefined();
    await until('the lease to be free', () => other.take('slot/pacs/1'), { withinMs: 15_000, everyMs: 50 });
    expect(lease?.lost.aborted).toBe(false);
    expect(await other.take('duties')).toBeUndefined();
  });

  // Wherever between two renewals it was taken, which are 300 ms apart.
  test.each([20, 110, 200, 270])(
    'a process that the server does not answer loses what it took %i ms after a renewal before another can have it',
    async (milliseconds) => {
      const url = await migrated();
      const connection = openConnection(url, 'test');
      await using other = openLeases(url);
      await connection.run('SELECT 1');
      let isCut = false;
      const leases = postgresLeases(
        {
          run: (text, values) => (isCut ? new Promise(() => undefined) : connection.run(text, values)),
          [Symbol.asyncDispose]: () => connection[Symbol.asyncDispose](),
        },
        { log: keptLog(), seconds: 0.9 },
      );
      await pause(milliseconds);
      const lease = await leases.take('duties');
      isCut = true;
      const isLost = until('other to have it', () => other.take('duties'), { withinMs: 3000, everyMs: 5 });
      expect(await isLost.then(() => lease?.lost.aborted)).toBe(true);
      await connection[Symbol.asyncDispose]();
    },
  );

  test('a process that the server answers too late does not have what it took', async () => {
    const connection = openConnection(await migrated(), 'test');
    await using leases = postgresLeases(
      {
        run: async (text, values) => {
          const answer = await connection.run(text, values);
          await pause(450);
          return answer as never;
        },
        [Symbol.asyncDispose]: () => connection[Symbol.asyncDispose](),
      },
      { log: keptLog(), seconds: 0.4 },
    );
    expect(await leases.take('duties')).toBeUndefined();
  });

  test('a mark that was lost while the server was away is there again when it is back', async () => {
    const url = await migrated();
    const connection = openConnection(url, 'test');
    let isCut = false;
    const run: typeof connection.run = (text, values) =>
      isCut ? Promise.reject(new Error('Connection terminated')) : connection.run(text, values);
    await using leases = postgresLeases(
      { run, [Symbol.asyncDispose]: () => connection[Symbol.asyncDispose]() },
      { log: keptLog(), seconds: 0.6 },
    );
    await using others = openLeases(url);
    const storing = createBusyStudies(others, 'storing');
    const mark = await createBusyStudies(leases, 'storing').mark('1.2.3');
    expect(await storing.has('1.2.3')).toBe(true);
    isCut = true;
    await until('the loss', async () => !(await storing.has('1.2.3')) || undefined, { everyMs: 50 });
    isCut = false;
    await until('the mark', async () => (await storing.has('1.2.3')) || undefined, { everyMs: 50 });
    await mark[Symbol.asyncDispose]();
    expect(await storing.has('1.2.3')).toBe(false);
  });

  test('one that is freed and taken again while it is renewed stays', async () => {
    const url = await migrated();
    const connection = openConnection(url, 'test');
    const waiting: (() => void)[] = [];
    const run: typeof connection.run = async (text, values) => {
      if (!text.startsWith('UPDATE "lease" SET "until"')) return connection.run(text, values);
      await new Promise<void>((resolve) => waiting.push(resolve));
      return connection.run(text, values);
    };
    await using leases = postgresLeases(
      { run, [Symbol.asyncDispose]: () => connection[Symbol.asyncDispose]() },
      { log: keptLog(), seconds: 1.5 },
    );
    const first = await leases.take('slot/pacs/1');
    await until('a renewal', async () => waiting.length || undefined, { everyMs: 5 });
    await first?.[Symbol.asyncDispose]();
    for (const go of waiting) go();
    const second = await leases.take('slot/pacs/1');
    await pause(200);
    expect(second?.lost.aborted).toBe(false);
    await second?.[Symbol.asyncDispose]();
    expect(await leases.take('slot/pacs/1')).toBeDefined();
    for (const go of waiting) go();
  });

  test('duties go over to another process when theirs ends, and when it dies', async () => {
    const url = await migrated();
    const log = keptLog();
    const own = [openLeases(url, 3), openLeases(url, 3), openLeases(url, 3)];
    const [first, second, never] = [
      await startDuties(own[0]!, { mayHave: true, log }),
      await startDuties(own[1]!, { mayHave: true, log }),
      await startDuties(own[2]!, { mayHave: false, log }),
    ];
    const begun: string[] = [];
    await first.onTaken(async () => void begun.push('first'));
    await second.onTaken(async () => void begun.push('second'));
    expect([first.areOurs(), second.areOurs(), never.areOurs()]).toEqual([true, false, false]);
    await first.tell('audit', { problem: null });
    expect(await never.told('audit')).toEqual({ problem: null });
    await second.only(async () => void begun.push('not its own'))();
    await first[Symbol.asyncDispose]();
    await until('the other to have them', async () => second.areOurs() || undefined, { withinMs: 15_000 });
    expect(begun).toEqual(['first', 'second']);
    expect(await never.told('audit')).toBeUndefined();
    await second[Symbol.asyncDispose]();
    await never[Symbol.asyncDispose]();
    await Promise.all(own.map((each) => each[Symbol.asyncDispose]()));
  });
});
