import { describe, expect, it } from 'vitest';
import { parseCorrectionCsv } from '../../../src/patients/correction-csv.ts';

describe('corrections of patient data as CSV', () => {
  it('name a study and what its objects should have said', () => {
    const text =
      'StudyInstanceUID,PatientSex,PatientBirthDate\n2.25.1,m,1961-02-02\n2.25.2,,19610202\n2.25.3,O,\n';
    expect(parseCorrectionCsv(text)).toEqual([
      { StudyInstanceUID: '2.25.1', PatientBirthDate: '19610202', PatientSex: 'M', row: 2 },
      { StudyInstanceUID: '2.25.2', PatientBirthDate: '19610202', row: 3 },
      { StudyInstanceUID: '2.25.3', PatientSex: 'O', row: 4 },
    ]);
  });

  it.each([
    ['', /StudyInstanceUID: is missing/],
    ['StudyInstanceUID,PatientName\n', /row 1, column 2/],
    ['StudyInstanceUID,PatientSex,PatientSex\n', /there twice/],
    ['StudyInstanceUID,PatientSex\n2.25.1\n', /row 2: 1 cells for 2 columns/],
    ['StudyInstanceUID,PatientSex\nSECRET,M\n', /row 2, column StudyInstanceUID: is no UID/],
    ['StudyInstanceUID,PatientSex\n2.25.1,\n', /row 2, column PatientBirthDate: is empty/],
    ['StudyInstanceUID,PatientSex\n2.25.1,SECRET\n', /row 2, column PatientSex: is one of M, F, O/],
    ['StudyInstanceUID,PatientBirthDate\n2.25.1,19610231\n', /row 2, column PatientBirthDate: is a date/],
    ['StudyInstanceUID,PatientSex\n2.25.1,M\n2.25.1,F\n', /row 3, column StudyInstanceUID: repeats row 2/],
  ])('that do not fit are refused with their place, and without their values: %j', (text, message) => {
    expect(() => parseCorrectionCsv(text)).toThrow(/TABLE_INVALID/);
    expect(() => parseCorrectionCsv(text)).toThrow(message);
    expect(() => parseCorrectionCsv(text)).not.toThrow(/SECRET|19610231/);
  });
});
