import { expect, test } from 'vitest';
import { heldPoint, keepingHeldPoint } from '../../../src/catalogue/held-points.ts';
import { endingOrder, ordering } from '../../../src/catalogue/orders.ts';
import type { ReportRow } from '../../../src/catalogue/rows.ts';
import { readPart10, writePart10 } from '../../../src/dicom/part10.ts';
import { historyOf } from '../../../src/pipeline/history.ts';
import { courseOf } from '../../../src/pipeline/patient-course.ts';
import { withdraw } from '../../../src/pipeline/withdraw.ts';
import { loadMigrations } from '../../../src/startup/load.ts';
import { ctSlice } from '../../support/ct-slice.ts';
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

const REPORT: ReportRow = {
  ...{ SOPInstanceUID: '2.25.71', SOPClassUID: '1', SeriesInstanceUID: '2', StudyInstanceUID: UID },
  ...{ file: 'f', digest: 'd', inputs: 'i', ContentDate: '20230201', kind: 'sr', language: 'en' },
  ...{ companionOf: null, heldBecause: [{ code: 'OUT_OF_SCOPE', text: '' }], due: null, result: {} },
};
const files = {
  read: async () => writePart10({ ...readPart10(ctSlice({ size: 8 })), StudyInstanceUID: UID }),
  put: async () => {},
};
const request = {
  reason: 'quality',
  quality: 'other',
  text: 'the wrong mask',
  installationUid: '2.25.9',
  author: 'anna',
} as const;

/** A study between both, measured and held, with a report that tells why. */
async function heldBetween() {
  const opened = await openedCatalogue();
  await opened.sql.batch([keepingHeldPoint(POINT), ...opened.reports.adding(REPORT, [])]);
  return {
    ...opened,
    history: () => historyOf(opened, { baseline, followUp }, studies),
    course: () => courseOf(opened, [between], undefined),
    withdraw: (uid: string) => withdraw({ ...opened, files }, uid, request),
  };
}

test('a cancelled case gives no later one its nadir, and stands in no course, until it is opened again', async () => {
  const { sql, clock, history, course } = await heldBetween();
  expect([await history(), await course()]).toMatchObject([[POINT], [{ isHeld: true }]]);
  const words = { author: 'anna', reason: 'another lesion', detail: {}, orderedAt: clock() };
  await sql.batch([ordering(UID, 'cancel', words)]);
  expect([await history(), await course()]).toEqual([[], []]);
  await sql.batch([endingOrder(UID, 'cancel')]);
  expect(await history()).toEqual([POINT]);
});

test('what a withdrawn report told of a held case is no nadir and in no course; what is measured after it is', async () => {
  const { sql, history, course, withdraw } = await heldBetween();
  expect([await history(), await course()]).toMatchObject([[POINT], [{ isHeld: true }]]);
  await withdraw(REPORT.SOPInstanceUID);
  expect([await history(), await course()]).toEqual([[], []]);
  await sql.batch([keepingHeldPoint({ ...POINT, delta: 0.25 })]);
  expect([await history(), await course()]).toMatchObject([[{ delta: 0.25 }], [{ delta: 0.25 }]]);
});

test('a case that was held and is scored since counts as scored, and not as held when that is withdrawn', async () => {
  const { sql, reports, tick, history, course, withdraw } = await heldBetween();
  tick(1000);
  const { isHeld: _, ...scored } = { ...POINT, delta: 0.75 };
  const report = { ...REPORT, SOPInstanceUID: '2.25.73', heldBecause: null, result: { point: scored } };
  await sql.batch(reports.adding(report, []));
  expect([await history(), await course()]).toMatchObject([
    [{ delta: 0.75 }],
    [{ delta: 0.75, isHeld: false }],
  ]);
  await withdraw(report.SOPInstanceUID);
  expect([await history(), await course()]).toEqual([[], []]);
});

test('at an upgrade, what was measured of a case whose newest report is withdrawn is forgotten', async () => {
  const { sql, reports } = await heldBetween();
  const upgrade = loadMigrations().find(({ version }) => version === 17)!;
  const kept = async () => (await heldPoint(sql, UID)) !== undefined;
  await sql.batch([{ text: upgrade.text, values: [] }]);
  expect(await kept()).toBe(true);
  const { SOPInstanceUID, StudyInstanceUID } = REPORT;
  await sql.batch(
    reports.withdrawing({
      SOPInstanceUID,
      StudyInstanceUID,
      ...{ note: 'n', reason: 'r', text: 't', author: 'a' },
    }),
  );
  await sql.batch([{ text: upgrade.text, values: [] }]);
  expect(await kept()).toBe(false);
});
