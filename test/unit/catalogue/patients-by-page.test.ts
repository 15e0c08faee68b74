import { beforeEach, describe, expect, it } from 'vitest';
import { pageOfPatients } from '../../../src/catalogue/known-patients.ts';
import { newestResults } from '../../../src/catalogue/newest-results.ts';
import { recordOf } from '../../../src/patients/record-change.ts';
import { add, type OpenedCatalogue, openedCatalogue } from './opened.ts';

const REPORT = {
  SOPClassUID: '1.2.840.10008.5.1.4.1.1.88.33',
  SeriesInstanceUID: '2.25.101',
  file: 'report.dcm',
  digest: 'd',
  inputs: 'i',
  ContentDate: '20260101',
  kind: 'sr',
  language: 'en',
  companionOf: null,
  due: null,
  heldBecause: null,
} as const;

let opened: OpenedCatalogue;
beforeEach(async () => {
  opened = await openedCatalogue();
});

const arrived = (uid: string, header: Readonly<Record<string, string>>) =>
  add(opened, `${uid}.1`, { StudyInstanceUID: uid, SeriesInstanceUID: `${uid}.2`, ...header });
const kept = (...patients: Readonly<Record<string, string>>[]) =>
  opened.patients.put(
    patients.map((patient) => ({ after: recordOf(patient) })),
    'ada',
  );
const ids = async (page: Readonly<{ text?: string; from?: number; size?: number }>) => {
  const { patients, total } = await pageOfPatients(opened.sql, { from: 0, size: 100, ...page });
  return { ids: patients.map(({ PatientID }) => PatientID), total };
};

describe('patients page by page', () => {
  it('are those of studies and of records, each once, in the order of their IDs', async () => {
    await arrived('2.25.1', { PatientID: 'B', IssuerOfPatientID: 'H' });
    await arrived('2.25.2', { PatientID: 'B', IssuerOfPatientID: 'H' });
    await arrived('2.25.3', { PatientID: 'B' });
    await kept({ PatientID: 'A' }, { PatientID: 'B', IssuerOfPatientID: 'H', drug: 'gefitinib' });
    const { patients, total } = await pageOfPatients(opened.sql, { from: 0, size: 100 });
    expect(total).toBe(3);
    expect(patients.map((each) => [each.PatientID, each.IssuerOfPatientID, each.studies])).toEqual([
      ['A', '', 0],
      ['B', '', 1],
      ['B', 'H', 2],
    ]);
    expect(patients.map(({ record }) => record?.drug ?? null)).toEqual([null, null, 'gefitinib']);
    expect(await ids({ from: 1, size: 1 })).toEqual({ ids: ['B'], total: 3 });
    expect(await ids({ from: 9 })).toEqual({ ids: [], total: 3 });
  });

  it('are found by a part of the ID, in capitals or not, and signs of patterns are only signs', async () => {
    await kept(
      { PatientID: 'Anna-1' },
      { PatientID: '50%_!' },
      { PatientID: 'ÄRGER' },
      { PatientID: '5000' },
    );
    expect(await ids({ text: 'NNA' })).toEqual({ ids: ['Anna-1'], total: 1 });
    expect(await ids({ text: '50%' })).toEqual({ ids: ['50%_!'], total: 1 });
    expect((await ids({ text: '%_!' })).ids).toEqual(['50%_!']);
    expect((await ids({ text: '_' })).ids).toEqual(['50%_!']);
    expect((await ids({ text: 'ÄRG' })).ids).toEqual(['ÄRGER']);
    expect((await ids({ text: "' OR 1=1 --" })).total).toBe(0);
  });
});

it('the newest result of a patient is that of the latest study which has a report', async () => {
  const P = { PatientID: 'P', IssuerOfPatientID: '' };
  await arrived('2.25.1', { PatientID: 'P', StudyDate: '20230101' });
  await arrived('2.25.2', { PatientID: 'P', StudyDate: '20240101' });
  await arrived('2.25.3', { PatientID: 'P', StudyDate: '20250101' });
  const none = await newestResults(opened.sql, [P]);
  expect(none(P)).toBeNull();
  for (const [StudyInstanceUID, probability] of [
    ['2.25.2', 0.2],
    ['2.25.1', 0.9],
  ] as const) {
    await opened.sql.query('UPDATE "study" SET "state" = \'scoring\' WHERE "StudyInstanceUID" = $1', [
      StudyInstanceUID,
    ]);
    const result = { outcome: 'scored', score: { category: 'negative', probability, delta: 1 } };
    const row = { ...REPORT, StudyInstanceUID, SOPInstanceUID: `${StudyInstanceUID}.7`, result };
    await opened.sql.batch(opened.reports.adding(row, []));
  }
  const resultOf = await newestResults(opened.sql, [P]);
  expect(resultOf(P)).toMatchObject({ StudyInstanceUID: '2.25.2', StudyDate: '20240101', probability: 0.2 });
  expect(resultOf({ ...P, IssuerOfPatientID: 'H' })).toBeNull();
});
