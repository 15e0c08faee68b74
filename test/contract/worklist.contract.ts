import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Catalogue } from '../../src/catalogue/catalogue.ts';
import { migrate } from '../../src/catalogue/migrate.ts';
import { Worklist, type WorklistQuery, type WorklistRow } from '../../src/catalogue/worklist.ts';
import { WORKLIST_SORTS, type WorklistSort } from '../../src/catalogue/worklist-query.ts';
import type { Sql } from '../../src/ports.ts';
import { loadMigrations } from '../../src/startup/load.ts';
import { type Seeded, seedCatalogue } from '../support/seeded-catalogue.ts';

const NOW = new Date(Date.UTC(2026, 2, 1));
const EXPIRE_DAYS = 120;
const DAY_MS = 86_400_000;

const isTest = ({ study }: Seeded) => study.PatientID.startsWith('EARSHOT-TEST-');

/** The same question, answered by looking at every case. */
function naive(seeded: readonly Seeded[], query: WorklistQuery): string[] {
  const { states, reason, node, text, from, to, hideTestPatients = true, sort = 'oldest' } = query;
  const found = seeded.filter(({ study, sender, destinations, annotators }) => {
    const has = [sender, ...destinations, ...annotators];
    return (
      (!states || states.includes(study.state)) &&
      (!reason || study.reasons.some(({ code }) => code === reason)) &&
      (!node || node.some((name) => has.includes(name))) &&
      (!text || study.PatientID.startsWith(text) || study.StudyInstanceUID === text) &&
      (!from || study.StudyDate >= from) &&
      (!to || study.StudyDate <= to) &&
      !(hideTestPatients && study.PatientID.startsWith('EARSHOT-TEST-'))
    );
  });
  return sorted(found, sort).map(({ study }) => study.StudyInstanceUID);
}

const KEYS: Readonly<Record<WorklistSort, (each: Seeded) => string | number>> = {
  oldest: ({ study }) => study.stateChangedAt,
  newest: ({ study }) => study.stateChangedAt,
  received: ({ study }) => study.lastReceivedAt,
  studyDate: ({ study }) => study.StudyDate,
  patient: ({ study }) => study.PatientID,
};

function sorted(found: readonly Seeded[], sort: WorklistSort): Seeded[] {
  const direction = sort === 'oldest' || sort === 'patient' ? 1 : -1;
  const compare = (a: string | number, b: string | number) => (a < b ? -1 : a > b ? 1 : 0);
  return [...found].sort(
    (a, b) =>
      direction *
      (compare(KEYS[sort](a), KEYS[sort](b)) || compare(a.study.StudyInstanceUID, b.study.StudyInstanceUID)),
  );
}

/** What the worklist needs of a database, whichever it is. */
export function describeWorklist(name: string, open: () => Promise<Sql>): void {
  describe(`worklist on ${name}`, () => {
    let sql: Sql;
    let list: Worklist;
    let seeded: readonly Seeded[];
    beforeAll(async () => {
      sql = await open();
      await migrate(sql, loadMigrations(), NOW);
      const catalogue = new Catalogue(sql, () => NOW);
      seeded = await seedCatalogue({ sql, catalogue }, { cases: 700, imagesEach: 4, now: NOW });
      list = new Worklist(sql, () => EXPIRE_DAYS);
    });
    afterAll(() => sql.close());

    const all = async (query: WorklistQuery): Promise<WorklistRow[]> => {
      const rows: WorklistRow[] = [];
      let after: string | undefined;
      do {
        const page = await list.page({ ...query, after });
        rows.push(...page.rows);
        after = page.after ?? undefined;
      } while (after);
      return rows;
    };

    const queries: readonly (readonly [string, WorklistQuery])[] = [
      ['nothing', {}],
      ['test patients too', { hideTestPatients: false }],
      ['a state', { states: ['held'] }],
      ['two states', { states: ['waitingForMask', 'waitingForBaseline'] }],
      ['a reason that also stands in texts', { reason: 'NO_CT' }],
      ['a second reason', { reason: 'COMPANION_MISSING' }],
      ['a part of a code', { reason: 'NO_C_' }],
      ['a destination', { node: ['tumour-board'] }],
      ['an annotator', { node: ['contouring'] }],
      ['a sender by its AE title', { node: ['scanner', 'SCANNER_2'] }],
      ['dates', { from: '20260101', to: '20260131' }],
      ['the beginning of a Patient ID', { text: 'P00001' }],
      ['a StudyInstanceUID', { text: '2.25.700000042.0' }],
      ['wildcards', { text: 'P%' }],
      ['all of it', { states: ['delivered'], node: ['archive'], from: '20260110', text: 'P0000' }],
    ];
    test.each(queries)('filtered by %s: what a look at every case finds', async (_name, query) => {
      const rows = await all(query);
      expect(rows.map(({ StudyInstanceUID }) => StudyInstanceUID)).toEqual(naive(seeded, query));
    });

    test.each(WORKLIST_SORTS)('sorted by %s, page after page, every case is shown once', async (sort) => {
      const rows = await all({ sort });
      expect(rows.map(({ StudyInstanceUID }) => StudyInstanceUID)).toEqual(naive(seeded, { sort }));
    });

    test('a cursor names no patient, and one of another order is the first page', async () => {
      const { after } = await list.page({ sort: 'patient' });
      expect(after).toMatch(/^patient~~2\.25\.\d+\.0$/);
      const first = await list.page({ sort: 'newest' });
      expect(await list.page({ sort: 'newest', after: after ?? '' })).toEqual(first);
      expect(await list.page({ sort: 'newest', after: "' OR 1=1" })).toEqual(first);
    });

    test('a row says what the case waits for, and the result of its newest report', async () => {
      const rows = new Map((await all({})).map((row) => [row.StudyInstanceUID, row]));
      for (const each of seeded.filter((one) => !isTest(one))) {
        const row = rows.get(each.study.StudyInstanceUID);
        expect(row?.images).toBe(each.images);
        expect(row?.masks).toBe(1);
        expect(row?.result?.delta ?? null).toBe(each.delta);
        expect(row?.maskRequests.map(({ annotator }) => annotator)).toEqual(each.annotators);
        expect(row?.reason).toEqual(each.study.reasons[0] ?? null);
        const { open, gaveUp, delivered } = row!.deliveries;
        expect(open + gaveUp + delivered).toBe(each.destinations.length);
      }
    });

    test('the next look is the earliest of what the state allows', async () => {
      const next = async (state: Seeded['study']['state']) =>
        (await all({ states: [state] })).map((row) => row.next);
      expect(new Set((await next('delivered')).map((each) => each))).toEqual(new Set([null]));
      expect((await next('delivering')).every((each) => each?.what === 'delivery')).toBe(true);
      expect((await next('waitingForBaseline')).every((each) => each?.what === 'fetch')).toBe(true);
      const soon = new Worklist(sql, () => 0);
      const { rows } = await soon.page({ states: ['waitingForBaseline'] });
      expect(rows[0]?.next).toEqual({ at: rows[0]?.since, what: 'expiry' });
    });

    test('counts are of every state, with the oldest, and leave test patients out', async () => {
      const counts = await list.counts();
      for (const { state, count, oldest } of counts) {
        const there = seeded.filter((each) => each.study.state === state && !isTest(each));
        expect([state, count]).toEqual([state, there.length]);
        const times = there.map(({ study }) => study.stateChangedAt);
        expect(oldest?.getTime() ?? null).toBe(times.length === 0 ? null : Math.min(...times));
      }
      const withTests = await list.counts(false);
      expect(withTests.reduce((sum, { count }) => sum + count, 0)).toBe(seeded.length);
      expect(
        NOW.getTime() - Math.min(...counts.flatMap(({ oldest }) => oldest?.getTime() ?? [])),
      ).toBeLessThan(90 * DAY_MS);
    });
  });
}
