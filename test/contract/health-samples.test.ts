import { afterEach, beforeEach, expect, test } from 'vitest';
import { healthOperations } from '../../src/api/health-operations.ts';
import type { AnyOperation } from '../../src/api/operation.ts';
import { ClockTrust, clockTrustedFrom } from '../../src/catalogue/clock-trust.ts';
import { HealthSamples } from '../../src/catalogue/health-samples.ts';
import { migrate } from '../../src/catalogue/migrate.ts';
import { type HealthNeeds, healthNow, takeSample } from '../../src/health/health.ts';
import type { Sql } from '../../src/ports.ts';
import { readDependencies } from '../../src/startup/dependencies.ts';
import { loadMigrations } from '../../src/startup/load.ts';
import { isOnPostgres, openTestSql } from '../support/databases.ts';
import { keptLog } from '../support/log.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
let sql: Sql;
let now = 0;
const clock = () => new Date(now);

beforeEach(async () => {
  sql = await openTestSql();
  now = Date.UTC(2026, 2, 1);
  await migrate(sql, loadMigrations(), clock());
});
afterEach(() => sql.close());

const needs = (): HealthNeeds => ({
  samples: new HealthSamples(sql, clock),
  queue: { waiting: async () => ({ count: 2, oldestSeconds: 7.4 }) },
  freeBytes: async () => 5e9,
  minFreeBytes: () => 1e9,
  nodes: () => ['PACS', 'CT'],
  lastGoodChecks: async () => new Map([['CT', clock()]]),
  clockTrustedFrom: () => clockTrustedFrom(sql, clock),
  processes: async () => [
    {
      ...{
        role: 'all',
        host: 'h',
        pid: 1,
        version: '0.1.0',
        startedAt: new Date(0),
        file: '',
        hasDuties: true,
      },
    },
  ],
  process: () => ({
    rssBytes: 1,
    heapUsedBytes: 1,
    heapTotalBytes: 2,
    uptimeSeconds: 3,
    eventLoopDelayMs: 0,
  }),
  clock,
});
const receive = (uid: string) =>
  sql.query(`INSERT INTO "instance" VALUES ($1, '', '', '', '', 'image', $1, '', 1, $2, '')`, [uid, now]);
const received = async () =>
  (await sql.query<{ seconds: number; received: number }>('SELECT * FROM "healthSample"')).map(
    ({ seconds, received }) => [seconds, received],
  );

test('what came is counted once, in the minute in which it came or the next that was looked at', async () => {
  await takeSample(needs());
  now += 30_000;
  await receive('1');
  await receive('2');
  now += MINUTE;
  await takeSample(needs());
  await takeSample(needs());
  now += 10 * MINUTE;
  await receive('3');
  now += MINUTE;
  await takeSample(needs());
  expect(await received()).toEqual([
    [60, 0],
    [60, 2],
    [60, 1],
  ]);
  expect(await needs().samples.throughput(24)).toEqual({ received: 3, cases: 0, reported: 0 });
});

test('minutes become hours after two days, no count is lost, and hours go after a year', async () => {
  for (let minute = 0; minute < 120; minute++) {
    await receive(String(minute));
    now += MINUTE;
    await takeSample(needs());
  }
  now += 51 * HOUR;
  await takeSample(needs());
  const rows = await received();
  expect(rows.length).toBeLessThan(5);
  expect(rows.reduce((sum, [, count = 0]) => sum + count, 0)).toBe(120);
  now += 366 * 24 * HOUR;
  await takeSample(needs());
  expect(await received()).toEqual([[60, 0]]);
});

test('a clock that was set back neither counts twice nor stops', async () => {
  await receive('1');
  now += MINUTE;
  await takeSample(needs());
  now -= 2 * HOUR;
  await takeSample(needs());
  now += MINUTE;
  await takeSample(needs());
  expect(await needs().samples.throughput(24)).toMatchObject({ received: 1 });
});

test('tells until when nothing expires and nothing is removed: a day from the first look, and from each jump of the clock', async () => {
  const trust = new ClockTrust(sql, clock, keptLog());
  const told = async () => (await healthNow(needs())).clockTrustedFrom;
  const dayOfLooks = async () => {
    for (let look = 0; look < 48; look += 1) {
      expect(await told()).toEqual(from);
      now += HOUR / 2;
      await trust.look();
    }
  };
  await trust.look();
  let from = new Date(now + 24 * HOUR);
  await dayOfLooks();
  expect(await told()).toBeNull();
  now += 365 * 24 * HOUR;
  await trust.look();
  from = new Date(now + 24 * HOUR);
  await dayOfLooks();
  expect(await told()).toBeNull();
});

test('the health answer has what its schema says, and the last success of each node', async () => {
  await sql.query(
    `INSERT INTO "delivery" VALUES ('1', 'PACS', '1', 'delivered', 1, 0, 0, NULL, NULL, NULL, 0, $1, NULL, NULL)`,
    [now],
  );
  const dependencies = readDependencies();
  const about = {
    name: 'Earshot',
    version: '1',
    nodeVersion: 'v20',
    licence: 'Apache-2.0',
    model: { id: 'm', sha256: 's' },
    dependencies,
  };
  const answers = await Promise.all(
    (Object.values(healthOperations(needs(), () => about)) as AnyOperation[]).map(async ({ run, output }) => {
      const actor = { name: 'v', role: 'viewer', via: 'token', address: '' } as const;
      return (output as { parse(value: unknown): unknown }).parse(await run({}, actor));
    }),
  );
  const at = clock().toISOString();
  expect(answers[0]).toMatchObject({
    queue: { count: 2 },
    disk: { forecast: { kind: 'notEnoughData' } },
    nodes: [
      { node: 'PACS', deliveredAt: at, fetchedAt: null, checkedAt: null },
      { node: 'CT', deliveredAt: null, checkedAt: at },
    ],
  });
  expect(dependencies).toContainEqual(expect.objectContaining({ name: 'zod', licence: 'MIT' }));
  expect(dependencies.every(({ version, licence }) => version !== '' && licence !== 'unknown')).toBe(true);
});

// PostgreSQL plans by how many rows there are: of a test's few it reads all.
test.skipIf(isOnPostgres)(
  'counts and last successes are found by an index, however many objects there are',
  async () => {
    const plans = [
      'SELECT COUNT(*) FROM "instance" WHERE "receivedAt" >= $1 AND "receivedAt" < $2',
      'SELECT COUNT(*) FROM "study" WHERE "firstReceivedAt" >= $1 AND "firstReceivedAt" < $2',
      `SELECT MAX("updatedAt") FROM "delivery" WHERE "destination" = $1 AND "state" = 'delivered' AND $2 = $2`,
      'SELECT MAX("fetchedAt") FROM "fetchedSeries" WHERE "archive" = $1 AND $2 = $2',
    ];
    for (const plan of plans) {
      const rows = await sql.query<{ detail: string }>(`EXPLAIN QUERY PLAN ${plan}`, ['1', '2']);
      expect(rows.map(({ detail }) => detail).join()).toMatch(/USING (COVERING )?INDEX/);
    }
  },
);
