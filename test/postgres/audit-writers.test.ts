import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { AuditLine } from '../../src/api/perform.ts';
import { noteTraffic } from '../../src/audit/traffic.ts';
import { AuditTrail } from '../../src/catalogue/audit-trail.ts';
import { openCatalogue } from '../../src/startup/open-catalogue.ts';
import { newDatabase, postgresMissing } from '../support/databases.ts';

const line = (action: string, outcome: AuditLine['outcome'] = 'done'): AuditLine => ({
  actor: 'lin',
  role: 'viewer',
  via: 'browser',
  address: '10.0.0.7',
  action,
  outcome,
});

describe.skipIf(postgresMissing())('several processes that write the audit trail', () => {
  let database: string;
  let now: number;
  const closing: (() => Promise<void>)[] = [];
  beforeEach(async () => {
    database = await newDatabase();
    now = Date.parse('2026-03-01T10:00:00Z');
  });
  afterEach(async () => {
    for (const close of closing.splice(0)) await close();
  });
  /** `hasLocks` false: as one whose connection of locks is lost. */
  const writer = async (holder: string, hasLocks = true) => {
    const place = { dataDir: '/nowhere', database, databaseConnections: 3 };
    const { sql } = await openCatalogue(place, () => new Date());
    closing.push(() => sql.close());
    if (!hasLocks) Object.assign(sql, { locked: undefined });
    return new AuditTrail(sql, () => new Date(now++), true, holder);
  };
  const actionsOf = async (trail: AuditTrail) => {
    const found: string[] = [];
    for await (const rows of trail.pages({})) found.push(...rows.map(({ action }) => action));
    return found;
  };

  test('lose no line, and the chain is whole, also while it is verified and pruned', async () => {
    const writers = await Promise.all(['a', 'b', 'c', 'd'].map((holder) => writer(holder)));
    const [first] = writers as [AuditTrail];
    let isOver = false;
    const verified: boolean[] = [];
    const verifying = (async () => {
      while (!isOver) verified.push((await first.verify()).isWhole);
    })();
    await Promise.all(
      writers.map(async (trail, at) => {
        for (let index = 0; index < 250; index += 1) {
          if (index % 5 === 0) {
            const settle = await trail.begin([line(`${at}.${index}`, 'unknown')]);
            await settle([line(`${at}.${index}`)]);
          } else await trail.write(line(`${at}.${index}`));
          if (index % 50 === 0) await trail.settleLeft(async () => true);
        }
      }),
    );
    isOver = true;
    await verifying;
    expect(verified.length).toBeGreaterThan(2);
    expect(new Set(verified)).toEqual(new Set([true]));
    const actions = await actionsOf(first);
    expect(actions).toHaveLength(1000);
    expect(new Set(actions).size).toBe(1000);
    expect(await first.verify()).toEqual({ isWhole: true, rows: 1000, brokenAt: undefined });
    const { rows } = await first.search({}, { limit: 1000 });
    await first.markSent(rows.map(({ id }) => id));
    now += 40 * 86_400_000;
    const late = writers[1]?.write(line('late'));
    const pruned = await Promise.all(writers.map((trail) => trail.prune(30)));
    await late;
    expect(pruned.reduce((sum, count) => sum + count, 0)).toBe(1000);
    expect(await first.verify()).toMatchObject({ isWhole: true, rows: 1 });
  });

  test('lose no line when no lock holds', async () => {
    const writers = await Promise.all(['a', 'b', 'c'].map((holder) => writer(holder, false)));
    await Promise.all(
      writers.map(async (trail, at) => {
        for (let index = 0; index < 20; index += 1) await trail.write(line(`${at}.${index}`));
      }),
    );
    expect(await writers[0]?.verify()).toEqual({ isWhole: true, rows: 60, brokenAt: undefined });
  });

  test('tell what came and went once, whoever looks', async () => {
    const place = { dataDir: '/nowhere', database, databaseConnections: 3 };
    const processes = await Promise.all(
      ['one', 'other'].map(async (holder) => {
        const opened = await openCatalogue(place, () => new Date(now));
        closing.push(() => opened.sql.close());
        return { ...opened, trail: new AuditTrail(opened.sql, () => new Date(now), false, holder) };
      }),
    );
    const [{ catalogue, sql, trail }] = processes as [(typeof processes)[number]];
    const look = () =>
      Promise.all(
        processes.map((each) =>
          noteTraffic({ catalogue: each.catalogue, trail: each.trail, clock: () => new Date(now) }),
        ),
      );
    await look();
    for (let index = 0; index < 30; index += 1) {
      now += 1000;
      await sql.batch([catalogue.event(`2.25.${index}`, 'delivery.delivered', { destination: 'PACS' })]);
    }
    now += 60_000;
    await Promise.all([look(), look()]);
    const { rows } = await trail.search({}, { limit: 100 });
    expect(rows.map(({ subjectId }) => subjectId)).toEqual(
      Array.from({ length: 30 }, (_, index) => `2.25.${29 - index}`),
    );
    expect(await trail.verify()).toMatchObject({ isWhole: true, rows: 30 });
  });

  test('tell as unknown, once, what a process had begun that is gone, and nothing that another is at', async () => {
    const [gone, living, one, other] = (await Promise.all(
      ['gone', 'living', 'one', 'other'].map((holder) => writer(holder)),
    )) as [AuditTrail, AuditTrail, AuditTrail, AuditTrail];
    await gone.begin([line('left', 'unknown'), line('left too', 'unknown')]);
    const settle = await living.begin([line('at work', 'unknown')]);
    const own = await one.begin([line('own', 'unknown')]);
    const isAlive = async (holder: string) => holder !== 'gone';
    await Promise.all([one.settleLeft(isAlive), other.settleLeft(isAlive), one.settleLeft(isAlive)]);
    const told = async () =>
      (await one.search({}, { limit: 10 })).rows.map(({ action, outcome }) => `${action}: ${outcome}`).sort();
    expect(await told()).toEqual(['left too: unknown', 'left: unknown']);
    await settle([line('at work')]);
    await own([line('own')]);
    expect(await told()).toEqual(['at work: done', 'left too: unknown', 'left: unknown', 'own: done']);
    expect(await one.verify()).toMatchObject({ isWhole: true, rows: 4 });
  });
});
