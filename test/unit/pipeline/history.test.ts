import { expect, test } from 'vitest';
import { keepingHeldPoint } from '../../../src/catalogue/held-points.ts';
import { endingOrder, ordering } from '../../../src/catalogue/orders.ts';
import { historyOf } from '../../../src/pipeline/history.ts';
import { courseOf } from '../../../src/pipeline/patient-course.ts';
import { trendPoint } from '../../support/report-parts.ts';
import { openedCatalogue } from '../catalogue/opened.ts';
import { makeStudy } from '../matching/make-study.ts';

const [baseline, between, followUp] = [
  makeStudy(1, '20230101'),
  makeStudy(2, '20230201'),
  makeStudy(3, '20230301'),
];
const UID = between.StudyInstanceUID;
const POINT = { ...trendPoint('20230201', 0.5, null), StudyInstanceUID: UID, isHeld: true } as const;
const known = new Map(
  [baseline, between, followUp].map((summary) => [summary.StudyInstanceUID, { summary }]),
);
const studies = { rows: [], known, issuers: ['A'] } as never;

/** A study between both, measured and held, with a report that tells why. */
async function heldBetween() {
  const opened = await openedCatalogue();
  const { sql, reports } = opened;
  await sql.batch([
    keepingHeldPoint(POINT),
    ...reports.adding(
      {
        ...{ SOPInstanceUID: '2.25.71', SOPClassUID: '1', SeriesInstanceUID: '2', StudyInstanceUID: UID },
        ...{ file: 'f', digest: 'd', inputs: 'i', ContentDate: '20230201', kind: 'sr', language: 'en' },
        ...{ companionOf: null, heldBecause: [{ code: 'OUT_OF_SCOPE', text: '' }], due: null, result: {} },
      },
      [],
    ),
  ]);
  return { ...opened, history: () => historyOf(opened, { baseline, followUp }, studies) };
}

test('a cancelled case gives no later one its nadir, and stands in no course, until it is opened again', async () => {
  const { sql, clock, history, ...world } = await heldBetween();
  const course = () => courseOf({ ...world, catalogue: world.catalogue }, [between], undefined);
  expect([await history(), await course()]).toMatchObject([[POINT], [{ isHeld: true }]]);
  const words = { author: 'anna', reason: 'another lesion', detail: {}, orderedAt: clock() };
  await sql.batch([ordering(UID, 'cancel', words)]);
  expect([await history(), await course()]).toEqual([[], []]);
  await sql.batch([endingOrder(UID, 'cancel')]);
  expect(await history()).toEqual([POINT]);
});

test('what a withdrawn report told of a held case is no nadir any more', async () => {
  const { history, reports, sql } = await heldBetween();
  expect(await history()).toEqual([POINT]);
  await sql.query(`INSERT INTO "withdrawal" ("SOPInstanceUID", "note", "StudyInstanceUID", "reason", "text", "author", "withdrawnAt")
    VALUES ('2.25.71', '2.25.72', '${UID}', 'quality', 'the wrong mask', 'anna', 0)`);
  expect(await reports.withdrawalOf('2.25.71')).toBeDefined();
  expect(await history()).toEqual([]);
});
