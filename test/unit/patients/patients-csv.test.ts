import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Patient } from '../../../src/patients/patient.ts';
import { parsePatientsCsv, previewImport } from '../../../src/patients/patients-csv.ts';
import { parseCsv } from '../../../src/tables/csv.ts';

const only = (text: string) => parsePatientsCsv(text).patients[0];
const refusal = (text: string): string => {
  try {
    parsePatientsCsv(text);
  } catch (thrown) {
    expect(thrown).toMatchObject({ code: 'TABLE_INVALID' });
    return (thrown as { detail: string }).detail;
  }
  return 'was not refused';
};

describe('a patients table in CSV', () => {
  it('names every row that does not fit, twenty at most', () => {
    const rows = (count: number) => `PatientID,optOut\nA,no\n${'B,perhaps\n'.repeat(count)}`;
    expect(refusal(rows(2))).toBe('row 3, column optOut: is yes or no; row 4, column optOut: is yes or no');
    expect(refusal(rows(25))).toMatch(/; row 22, column optOut: is yes or no; and 5 more$/);
  });

  it('is read with every column, whatever spreadsheet wrote it', () => {
    const expected: Patient = {
      PatientID: 'P 1',
      IssuerOfPatientID: 'HOSP',
      tkiStart: '20230102',
      drug: 'Gefitinib',
      generation: 'first',
      mutation: 'L858R',
      otherTherapy: 'none',
      designatedBaseline: '1.2.3',
      optOut: false,
      listed: true,
    };
    const header =
      'PatientID,IssuerOfPatientID,tkiStart,drug,generation,mutation,otherTherapy,designatedBaseline,optOut,listed';
    const row = 'P 1,HOSP,2023-01-02,Gefitinib,First,l858r,No,1.2.3,no,yes';
    expect(only(`${header}\n${row}\n`)).toEqual(expected);
    expect(only(`\uFEFF${header}\r\n${row}`.replaceAll(',', ';'))).toEqual(expected);
    expect(only(`${header}\r${row.replace('2023-01-02', '20230102').replace('P 1', '"P 1"')}\r\r`)).toEqual(
      expected,
    );
  });

  it('leaves unknown what is empty: no therapy is never assumed', () => {
    expect(only('PatientID,drug,otherTherapy\nP1,,')).toEqual({
      PatientID: 'P1',
      optOut: false,
      listed: true,
    });
  });

  it.each([
    ['', 'row 1: no header'],
    ['drug\nx', 'row 1, column PatientID: is missing'],
    ['PatientID,Drug\nx,y', 'row 1, column 2: is none of'],
    ['PatientID,drug,drug\nx,y,z', 'row 1, column drug: is there twice'],
    ['PatientID,drug\nP1', 'row 2: 1 cells for 2 columns'],
    ['PatientID,drug\n,x', 'row 2, column PatientID: is empty'],
    ['PatientID\nP1\n\nP2\nP1', 'row 5, column PatientID: repeats row 2'],
    ['PatientID,tkiStart\nP1,2023-02-30', 'row 2, column tkiStart: is a date'],
    ['PatientID,tkiStart\nP1,02.03.2023', 'row 2, column tkiStart: is a date'],
    ['PatientID,mutation\nP1,T790M', 'row 2, column mutation: is one of'],
    ['PatientID,generation,drug\nP1,first,Osimertinib', 'row 2, column generation: contradicts the drug'],
    ['PatientID,designatedBaseline\nP1,../../etc', 'row 2, column designatedBaseline: is a StudyInstanceUID'],
    ['PatientID,optOut\nP1,perhaps', 'row 2, column optOut: is yes or no'],
    ['PatientID,drug\nP1,a "quoted" word', 'row at line 2: a quote is out of place'],
    ['PatientID,drug\nP1,"open', 'row at line 2: a quote is out of place'],
    ['PatientID\nP\\1', 'row 2, column PatientID: has up to 64 characters'],
  ])('%j is refused: %s', (text, place) => {
    expect(refusal(text)).toContain(place);
  });

  it('a refusal never repeats the value, which may be a name', () => {
    expect(refusal('PatientID,tkiStart\nP1,Mustermann')).not.toContain('Mustermann');
  });

  it('RFC 4180: any cells survive quoting', () => {
    const cell = fc.string({ maxLength: 8 });
    const table = fc.array(fc.tuple(fc.constant('x'), cell, cell), { minLength: 1, maxLength: 5 });
    const quote = (text: string) => `"${text.replaceAll('"', '""')}"`;
    fc.assert(
      fc.property(table, fc.constantFrom(',', ';'), fc.constantFrom('\n', '\r\n'), (rows, separator, end) => {
        const text = rows.map((row) => row.map(quote).join(separator)).join(end);
        expect(
          parseCsv(`x${separator}y${separator}z${end}${text}`)
            .slice(1)
            .map((row) => row.cells),
        ).toEqual(rows);
      }),
    );
  });
});

describe('the preview of an import', () => {
  const existing: Patient[] = [
    { PatientID: 'same', optOut: false, listed: true, drug: 'Gefitinib' },
    { PatientID: 'changes', optOut: false, listed: true, drug: 'Gefitinib', designatedBaseline: '1.2' },
    { PatientID: 'other', optOut: true, listed: true },
    { PatientID: 'same', IssuerOfPatientID: 'ELSEWHERE', optOut: false, listed: true },
  ];

  it('tells added, changed with before and after, unchanged, and not in the file', () => {
    const preview = previewImport(
      existing,
      parsePatientsCsv('PatientID,drug\nsame,Gefitinib\nchanges,Erlotinib\nnew,\n'),
    );
    expect(preview.added.map((patient) => patient.PatientID)).toEqual(['new']);
    expect(preview.changed).toEqual([{ before: existing[1], after: { ...existing[1], drug: 'Erlotinib' } }]);
    expect(preview.unchanged).toEqual([existing[0]]);
    expect(preview.notInFile).toEqual([existing[2], existing[3]]);
  });

  it('a column that the file lacks stays; an empty cell of a column that it has clears', () => {
    const { changed } = previewImport(existing, parsePatientsCsv('PatientID,drug\nchanges,'));
    expect(changed[0]?.after).toMatchObject({ designatedBaseline: '1.2', drug: undefined });
  });

  it('the same file twice changes nothing', () => {
    const table = parsePatientsCsv('PatientID,drug,optOut\na,Gefitinib,yes\nb,,');
    expect(previewImport(table.patients, table)).toMatchObject({ added: [], changed: [], notInFile: [] });
  });
});
