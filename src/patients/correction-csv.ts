/** Corrections of patient data as CSV: what the objects of a study should have said about the patient. */
import { isUid } from '../dicom/uid.ts';
import { parseDa } from '../dicom/values.ts';
import { parseCsv } from '../tables/csv.ts';
import { everyRow, invalid, readTable } from './table.ts';

/** An attribute that is absent is left as it is. */
export type StudyCorrection = Readonly<{
  StudyInstanceUID: string;
  PatientBirthDate?: string;
  PatientSex?: string;
  /** line of the file */
  row: number;
}>;

const COLUMNS = ['StudyInstanceUID', 'PatientBirthDate', 'PatientSex'] as const;
type Column = (typeof COLUMNS)[number];

/**
 * The corrections of a CSV text: `StudyInstanceUID` in every row, a birth date, a sex, or both. What does not fit throws
 * TABLE_INVALID, naming row and column, never the value.
 */
export function parseCorrectionCsv(text: string): readonly StudyCorrection[] {
  const { rows } = readTable(parseCsv(text), COLUMNS, ['StudyInstanceUID']);
  const seen = new Map<string, number>();
  return everyRow(rows, ({ line, cell: raw }) => {
    const cell = (name: Column): string => raw(name).trim();
    const StudyInstanceUID = cell('StudyInstanceUID');
    if (!isUid(StudyInstanceUID)) throw invalid(line, 'StudyInstanceUID', 'is no UID');
    const earlier = seen.get(StudyInstanceUID);
    if (earlier !== undefined) throw invalid(line, 'StudyInstanceUID', `repeats row ${earlier}`);
    seen.set(StudyInstanceUID, line);
    const birthDate = birthDateIn(cell('PatientBirthDate'), line);
    const sex = sexIn(cell('PatientSex'), line);
    if (birthDate === '' && sex === '')
      throw invalid(line, 'PatientBirthDate', 'is empty, and so is PatientSex');
    return {
      StudyInstanceUID,
      ...(birthDate === '' ? {} : { PatientBirthDate: birthDate }),
      ...(sex === '' ? {} : { PatientSex: sex }),
      row: line,
    };
  });
}

function birthDateIn(cell: string, line: number): string {
  const digits = /^\d{4}-\d{2}-\d{2}$/.test(cell) ? cell.replaceAll('-', '') : cell;
  if (digits !== '' && (!/^\d{8}$/.test(digits) || parseDa(digits) === undefined))
    throw invalid(line, 'PatientBirthDate', 'is a date, YYYY-MM-DD or YYYYMMDD');
  return digits;
}

/** PS3.3 C.7.1.1 has no other value. */
function sexIn(cell: string, line: number): string {
  if (cell !== '' && !/^[MFO]$/i.test(cell)) throw invalid(line, 'PatientSex', 'is one of M, F, O');
  return cell.toUpperCase();
}
