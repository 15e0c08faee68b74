import { describe, expect, it } from 'vitest';
import { fetchOrder, isAskable } from '../../../src/matching/fetch-order.ts';
import type { Patient } from '../../../src/patients/patient.ts';
import { defaultConfig, loadRules } from '../../../src/startup/load.ts';

const rules = loadRules(defaultConfig()).baseline.value;
const study = (StudyInstanceUID: string, StudyDate: string, StudyTime = '') => ({
  StudyInstanceUID,
  StudyDate,
  StudyTime,
});
const followUp = study('f', '20230601', '120000');
const studies = [
  study('c', '20230301'),
  study('a', '20220101'),
  study('later', '20230701'),
  study('f', '20230601'),
  study('b', '20230201'),
  study('undated', ''),
  study('evening', '20230601', '180000'),
  study('morning', '20230601', '080000'),
  study('sameDay', '20230601'),
];
const patient = (more: Partial<Patient>): Patient => ({
  PatientID: 'P',
  optOut: false,
  listed: true,
  ...more,
});
const order = (of: Patient | undefined) =>
  fetchOrder(followUp, studies, of, rules).map(({ study: { StudyInstanceUID }, needsMask }) =>
    needsMask ? StudyInstanceUID : `${StudyInstanceUID} undrawn too`,
  );

describe('the order in which studies of an archive are fetched', () => {
  it('is that of the rules without a therapy start: the earliest first, each only with a mask', () => {
    expect(order(undefined)).toEqual(['a', 'b', 'c', 'morning', 'sameDay']);
  });

  it('with a therapy start: the last on or before it first, and that one even without a mask', () => {
    expect(order(patient({ tkiStart: '20230215' }))).toEqual([
      'b undrawn too',
      'a undrawn too',
      'c',
      'morning',
      'sameDay',
    ]);
  });

  it('begins with the study that a person designated', () => {
    expect(order(patient({ designatedBaseline: 'c' }))[0]).toBe('c undrawn too');
  });

  it('never has a later study, one without a date, or the follow-up itself', () => {
    expect(order(patient({ designatedBaseline: 'later' }))).not.toContain('later undrawn too');
    expect(fetchOrder(study('f', ''), studies, undefined, rules)).toEqual([]);
  });
});

it.each(['', '  ', '*', 'A?', 'A\\B', 'A\u0000'])('a Patient ID like %j is never a query', (PatientID) => {
  expect(isAskable(PatientID)).toBe(false);
});
