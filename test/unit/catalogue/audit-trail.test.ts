import { beforeEach, describe, expect, it } from 'vitest';
import type { AuditLine } from '../../../src/api/perform.ts';
import { AuditTrail } from '../../../src/catalogue/audit-trail.ts';
import { isOnPostgres } from '../../support/databases.ts';
import { type OpenedCatalogue, openedCatalogue } from './opened.ts';

let world: OpenedCatalogue;
let trail: AuditTrail;
beforeEach(async () => {
  world = await openedCatalogue();
  trail = new AuditTrail(world.sql, world.clock, true);
});

const line = (over: Partial<AuditLine> = {}): AuditLine => ({
  actor: 'lin',
  role: 'viewer',
  via: 'browser',
  address: '10.0.0.7',
  action: 'cases.get',
  outcome: 'done',
  ...over,
});
const all = async () => (await trail.search({}, { limit: 1000 })).rows.toReversed();
const change = (text: string, ...values: (string | number)[]) => world.sql.query(text, values);
const writeMany = async (count: number) => {
  for (let index = 0; index < count; index += 1) {
    await trail.write(line({ action: `step.${index}` }));
    world.tick(1000);
  }
};

describe('the chain of the trail', () => {
  it('is whole after lines of several writers at once, in two processes', async () => {
    const other = new AuditTrail(world.sql, world.clock, true);
    await Promise.all(
      Array.from({ length: 12 }, (_, index) =>
        (index % 2 ? trail : other).write(line({ actor: `a${index}` })),
      ),
    );
    expect(await trail.verify()).toEqual({ isWhole: true, rows: 12, brokenAt: undefined });
    expect(new Set((await all()).map(({ actor }) => actor)).size).toBe(12);
  });

  it.each([
    ['actor', 'somebody else'],
    ['outcome', 'refused'],
    ['subjectId', '2.25.9'],
    ['at', 1],
    ['chain', 'f'.repeat(64)],
  ])('shows that %s of a row was changed', async (column, value) => {
    await writeMany(5);
    const row = (await all())[2]!;
    await change(`UPDATE "audit" SET "${column}" = $1 WHERE "id" = $2`, value, row.id);
    expect(await trail.verify()).toMatchObject({ isWhole: false, rows: 2, brokenAt: row.id });
  });

  it('shows that a row was taken out, at the beginning, in between or at the end', async () => {
    for (const place of [0, 2, 4]) {
      world = await openedCatalogue();
      trail = new AuditTrail(world.sql, world.clock, true);
      await writeMany(5);
      await change('DELETE FROM "audit" WHERE "id" = $1', (await all())[place]!.id);
      expect((await trail.verify()).isWhole).toBe(false);
    }
  });

  it('does not break when a text is moved from one column into the next', async () => {
    await trail.write(line({ actor: 'ab', role: 'c' }));
    await change('UPDATE "audit" SET "actor" = $1, "role" = $2', 'a', 'bc');
    expect((await trail.verify()).isWhole).toBe(false);
  });

  it('is whole with texts that no database keeps as they are', async () => {
    await trail.write(line({ actor: 'a\0b\ud800c', reason: '😀'.repeat(5000) }));
    expect(await trail.verify()).toMatchObject({ isWhole: true, rows: 1 });
    const row = (await all())[0]!;
    expect(row.actor).toBe('a\uFFFDb\uFFFDc');
    expect(row.reason.length).toBe(2000);
  });

  it('goes on in order when the clock is set back', async () => {
    await writeMany(3);
    world.tick(-3_600_000);
    await writeMany(2);
    expect((await all()).map(({ action }) => action)).toEqual([
      'step.0',
      'step.1',
      'step.2',
      'step.0',
      'step.1',
    ]);
    expect((await trail.verify()).isWhole).toBe(true);
  });
});

describe('pruning', () => {
  it('takes away what is old and was sent, and leaves a chain that can be verified', async () => {
    await writeMany(4);
    await trail.markSent((await all()).map(({ id }) => id));
    world.tick(40 * 86_400_000);
    await trail.write(line({ action: 'new' }));
    expect(await trail.prune(30)).toBe(4);
    expect((await all()).map(({ action }) => action)).toEqual(['new']);
    expect(await trail.verify()).toMatchObject({ isWhole: true, rows: 1 });
  });

  it('of everything lets the next line go on from the last', async () => {
    await writeMany(2);
    await trail.markSent((await all()).map(({ id }) => id));
    world.tick(40 * 86_400_000);
    expect(await trail.prune(30)).toBe(2);
    expect((await trail.verify()).isWhole).toBe(true);
    await trail.write(line());
    expect(await trail.verify()).toMatchObject({ isWhole: true, rows: 1 });
  });

  it('keeps what the collector has not got, however old it is', async () => {
    await writeMany(4);
    const rows = await all();
    await trail.markSent([rows[0]!.id, rows[1]!.id, rows[3]!.id]);
    world.tick(400 * 86_400_000);
    expect(await trail.prune(30)).toBe(2);
    expect((await all()).map(({ action }) => action)).toEqual(['step.2', 'step.3']);
  });
});

describe('what waits for the collector', () => {
  it('is told the oldest first, until it is marked', async () => {
    await writeMany(3);
    const [first, second] = await trail.unsent(2);
    expect([first?.action, second?.action]).toEqual(['step.0', 'step.1']);
    await trail.markSent([first!.id]);
    expect((await trail.backlog()).count).toBe(2);
    expect((await trail.backlog()).oldest).toEqual(new Date(second!.at));
    expect((await trail.verify()).isWhole).toBe(true);
  });

  it('is nothing where there is no collector', async () => {
    const alone = new AuditTrail(world.sql, world.clock, false);
    await alone.write(line());
    expect(await alone.backlog()).toEqual({ count: 0, oldest: undefined });
  });
});

describe('a search', () => {
  beforeEach(async () => {
    await trail.write(line({ actor: 'lin', subject: { kind: 'case', id: '2.25.1' } }));
    world.tick(1000);
    await trail.write(line({ actor: 'kim', action: 'rules.save', outcome: 'refused', fault: 'FORBIDDEN' }));
    world.tick(1000);
    await trail.write(line({ actor: 'lin', action: 'case.hold', reason: 'Second 100%_\\ opinion' }));
  });
  const found = async (query: Parameters<AuditTrail['search']>[0]) =>
    (await trail.search(query, { limit: 10 })).rows.map(({ action }) => action);

  it('finds by each of what it is asked for, the newest first', async () => {
    const start = Date.UTC(2026, 0, 1);
    expect(await found({})).toEqual(['case.hold', 'rules.save', 'cases.get']);
    expect(await found({ actor: 'lin' })).toEqual(['case.hold', 'cases.get']);
    expect(await found({ actor: 'lin', action: 'cases.get' })).toEqual(['cases.get']);
    expect(await found({ outcome: 'refused' })).toEqual(['rules.save']);
    expect(await found({ subject: '2.25.1' })).toEqual(['cases.get']);
    expect(await found({ from: start + 1000, to: start + 2000 })).toEqual(['rules.save']);
    expect(await found({ text: 'forbidDEN' })).toEqual(['rules.save']);
  });

  it('takes signs of a pattern for themselves', async () => {
    expect(await found({ text: '0%_\\ op' })).toEqual(['case.hold']);
    expect(await found({ text: 'S%n' })).toEqual([]);
    expect(await found({ text: "' OR 1=1 --" })).toEqual([]);
  });

  it('gives every row once over its pages, also while new lines are written', async () => {
    await writeMany(20);
    const seen: string[] = [];
    let before: string | undefined;
    do {
      const page = await trail.search({}, { before, limit: 4 });
      seen.push(...page.rows.map(({ id }) => id));
      before = page.next;
      await trail.write(line());
    } while (before !== undefined);
    expect(seen.length).toBe(23);
    expect(new Set(seen).size).toBe(23);
  });

  it.skipIf(isOnPostgres)('uses an index for what has one, and sorts nothing', async () => {
    for (const column of ['actor', 'action', 'outcome', 'subjectId']) {
      const plan = await world.sql.query<{ detail: string }>(
        `EXPLAIN QUERY PLAN SELECT * FROM "audit" WHERE (1 = 1) AND "${column}" = $1 AND "id" < $2 ORDER BY "id" DESC LIMIT $3`,
        ['x', '9', 10],
      );
      const told = plan.map(({ detail }) => detail).join('; ');
      expect(told).toMatch(/USING INDEX audit_\w+ \(\w+=\? AND id<\?\)/);
      expect(told).not.toContain('TEMP B-TREE');
    }
  });
});

describe('what is begun', () => {
  it('is one line when it is known what came of it', async () => {
    const settle = await trail.begin([line({ outcome: 'unknown' })]);
    expect(await all()).toEqual([]);
    await settle([line({ outcome: 'done' })]);
    await trail.settleLeft();
    expect((await all()).map(({ outcome }) => outcome)).toEqual(['done']);
  });

  it('is told as unknown by the next start when the service ended in between, with its own time', async () => {
    const begunAt = world.clock().getTime();
    await trail.begin([line({ action: 'users.add', outcome: 'unknown', reason: 'ticket 7' })]);
    world.tick(60_000);
    const next = new AuditTrail(world.sql, world.clock, true);
    await next.settleLeft();
    await next.settleLeft();
    expect(await all()).toMatchObject([
      { action: 'users.add', outcome: 'unknown', reason: 'ticket 7', at: begunAt },
    ]);
    expect(await next.verify()).toMatchObject({ isWhole: true, rows: 1 });
  });
});
