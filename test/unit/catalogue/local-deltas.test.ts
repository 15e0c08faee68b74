import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { addingLocalDelta, keepOldDeltas, localDeltas } from '../../../src/catalogue/local-deltas.ts';
import type { Reason } from '../../../src/catalogue/rows.ts';
import { shippedModel } from '../../support/shipped-model.ts';
import { add, type OpenedCatalogue, openedCatalogue } from './opened.ts';

const { model, sha256 } = shippedModel();
let opened: OpenedCatalogue;
beforeEach(async () => {
  opened = await openedCatalogue();
});
afterEach(() => opened.sql.close());

type Case = Readonly<{
  PatientID?: string;
  delta?: number | null;
  outcome?: string;
  heldBecause?: readonly Reason[];
  feature?: string;
  recipeDigest?: string;
  isOld?: boolean;
}>;

let count = 0;
/** A report of a study; the study is there already when its UID was used before. */
async function report(StudyInstanceUID: string, one: Case = {}): Promise<string> {
  const { PatientID = 'P1', delta = 1, outcome = 'scored', heldBecause = null } = one;
  count += 1;
  const SOPInstanceUID = `2.25.9${count}`;
  const header = {
    StudyInstanceUID,
    PatientID,
    StudyDate: '20250601',
    SeriesInstanceUID: `${StudyInstanceUID}.2`,
  };
  await add(opened, `2.25.8${count}`, { ...header, Manufacturer: 'Old', ConvolutionKernel: 'B30f' });
  const feature = one.feature ?? model.feature;
  const point = { StudyDate: '20250601', baselineStudyInstanceUID: '2.25.70', target: 't', feature, delta };
  const lesions = [{ trackingUid: 't', followUp: { SeriesInstanceUID: header.SeriesInstanceUID } }];
  const patient = { PatientID, IssuerOfPatientID: '' };
  const row = {
    SOPInstanceUID,
    SOPClassUID: '1',
    SeriesInstanceUID: '2.25.3',
    StudyInstanceUID,
    file: 'f',
    digest: 'd',
    inputs: 'i',
    result: { score: { model: { sha256 } }, patient, outcome, point, decision: { lesions } },
    ContentDate: '20250602',
    kind: 'sr',
    language: 'en',
    companionOf: null,
    heldBecause,
    due: null,
  } as const;
  const kept = addingLocalDelta({
    ...patient,
    SOPInstanceUID,
    StudyInstanceUID,
    StudyDate: '20250601',
    baselineStudyDate: '20250101',
    feature,
    recipeDigest: one.recipeDigest ?? model.recipeDigest,
    delta,
    outcome,
    Manufacturer: 'Maker',
    ManufacturerModelName: 'Chest 1',
    ConvolutionKernel: 'B30f',
  });
  const isKept = !one.isOld && heldBecause === null;
  await opened.sql.batch([...opened.reports.adding(row, []), ...(isKept ? [kept] : [])]);
  return SOPInstanceUID;
}
const found = async () => localDeltas(opened.sql, opened.patients, model);
const values = async () => (await found()).map(({ delta }) => delta).sort((a, b) => a - b);

describe('local deltas', () => {
  test('are one a study, of its newest report, with dates, scanner and kernel', async () => {
    await report('2.25.1', { delta: 1 });
    await report('2.25.1', { delta: 2 });
    expect(await found()).toEqual([
      expect.objectContaining({
        delta: 2,
        daysSinceBaseline: 151,
        daysSinceTkiStart: null,
        visit: 'unknown',
        scanner: 'Maker Chest 1',
        kernel: 'B30f',
      }),
    ]);
    expect(JSON.stringify(await found())).not.toContain('P1');
  });

  test('leave out what was withdrawn or held, has grown or no delta, and what is of another feature or recipe', async () => {
    const withdrawn = await report('2.25.1');
    const row = { SOPInstanceUID: withdrawn, note: 'n', StudyInstanceUID: '2.25.1' };
    await opened.sql.batch(opened.reports.withdrawing({ ...row, reason: '', text: '', author: '' }));
    await report('2.25.2');
    await report('2.25.2', { heldBecause: [{ code: 'OUT_OF_SCOPE', text: '' }] });
    await report('2.25.3', { outcome: 'progression' });
    await report('2.25.4', { delta: null });
    await report('2.25.5', { feature: 'original_glcm_Contrast' });
    await report('2.25.6', { recipeDigest: 'another' });
    await report('2.25.7');
    const study = await opened.catalogue.study('2.25.7');
    await opened.catalogue.move(study!, { state: 'held' });
    await report('2.25.10', { delta: 7 });
    expect(await values()).toEqual([7]);
  });

  test('leave out test patients, and those who objected', async () => {
    await report('2.25.1', { PatientID: 'EARSHOT-TEST-1' });
    await report('2.25.2', { PatientID: 'NO' });
    await report('2.25.3', { PatientID: 'YES', delta: 3 });
    await opened.patients.put([{ after: { PatientID: 'NO', optOut: true, listed: false } }], 'x');
    expect(await values()).toEqual([3]);
  });

  test('are early or late by what the patients table says now', async () => {
    await report('2.25.1');
    const record = { PatientID: 'P1', optOut: false, listed: false };
    await opened.patients.put([{ after: { ...record, tkiStart: '20250501' } }], 'x');
    expect(await found()).toMatchObject([{ visit: 'early', daysSinceTkiStart: 31 }]);
    await opened.patients.put([{ after: { ...record, tkiStart: '20240501' } }], 'x');
    expect(await found()).toMatchObject([{ visit: 'late' }]);
  });

  test('of reports made before they were kept apart are kept once, with the scanner of the measured series', async () => {
    await report('2.25.1', { isOld: true, delta: 5 });
    await report('2.25.2', { isOld: true, heldBecause: [{ code: 'X', text: '' }] });
    expect(await values()).toEqual([]);
    expect(await keepOldDeltas(opened.sql, { sha256, value: model })).toBe(1);
    expect(await found()).toMatchObject([
      { delta: 5, scanner: 'Old', kernel: 'B30f', daysSinceBaseline: null },
    ]);
    expect(await keepOldDeltas(opened.sql, { sha256, value: model })).toBe(0);
  });
});
