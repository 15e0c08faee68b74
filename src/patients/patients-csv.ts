/** The patients table as CSV: strict reading, and a preview of what an import would change. */
import { isUid } from '../dicom/uid.ts';
import { parseDa } from '../dicom/values.ts';
import { Fault } from '../fault.ts';
import { parseCsv } from '../tables/csv.ts';
import { generationOfDrug, type Patient, patientKey } from './patient.ts';
import { everyRow, invalid, readTable, type TableRow } from './table.ts';

type Column = keyof Patient;
/** Columns of a file and its patients: a column that the file does not have leaves existing values as they are. */
export type PatientsTable = Readonly<{ columns: readonly Column[]; patients: readonly Patient[] }>;

export type ImportPreview = Readonly<{
  added: readonly Patient[];
  changed: readonly Readonly<{ before: Patient; after: Patient }>[];
  unchanged: readonly Patient[];
  /** patients that we know and the file does not name; an import leaves them alone */
  notInFile: readonly Patient[];
}>;

type Read = (text: string) => string | boolean;
const oneOf =
  (...words: readonly string[]): Read =>
  (text) => {
    const word = words.find((each) => each.toLowerCase() === text.toLowerCase());
    if (word === undefined) throw new TypeError(`is one of ${words.join(', ')}`);
    return word;
  };
const yesOrNo: Read = (text) => {
  if (/^(yes|y|true|1)$/i.test(text)) return true;
  if (/^(no|n|false|0)$/i.test(text)) return false;
  throw new TypeError('is yes or no');
};
const longText =
  (most: number): Read =>
  (text) => {
    // A control character or a backslash is legal in no LO value (PS3.5 6.2), so such an ID could never match.
    if (text.length > most || /[\p{Cc}\\]/u.test(text))
      throw new TypeError(`has up to ${most} characters, no backslash`);
    return text;
  };
const date: Read = (text) => {
  const digits = /^\d{4}-\d{2}-\d{2}$/.test(text) ? text.replaceAll('-', '') : text;
  if (!/^\d{8}$/.test(digits) || parseDa(digits) === undefined)
    throw new TypeError('is a date, YYYY-MM-DD or YYYYMMDD');
  return digits;
};
const uid: Read = (text) => {
  if (!isUid(text)) throw new TypeError('is a StudyInstanceUID');
  return text;
};
const otherTherapy: Read = (text) => (/^(none|no|n|0|false)$/i.test(text) ? 'none' : longText(64)(text));

const COLUMNS: Readonly<Record<Column, Read>> = {
  PatientID: longText(64),
  IssuerOfPatientID: longText(64),
  tkiStart: date,
  drug: longText(64),
  generation: oneOf('first', 'second', 'third'),
  mutation: oneOf('exon19del', 'L858R', 'other'),
  otherTherapy,
  designatedBaseline: uid,
  optOut: yesOrNo,
  listed: yesOrNo,
};
/**
 * The patients of a CSV text. The header names the columns of {@link Patient}, in any order, `PatientID` at least.
 * An empty cell is unknown; `optOut` is then no, `listed` yes. Anything else that does not fit throws TABLE_INVALID,
 * naming row (line of the file) and column, never the value.
 */
export function parsePatientsCsv(text: string): PatientsTable {
  const table = parseCsv(text);
  if (table.length === 0) throw new Fault('TABLE_INVALID', 'row 1: no header');
  const { columns, rows } = readTable(table, Object.keys(COLUMNS) as Column[], ['PatientID']);
  const lineOf = new Map<string, number>();
  const patients = everyRow(rows, (row) => {
    const patient = patientOf(row, columns);
    const key = patientKey(patient);
    const earlier = lineOf.get(key);
    if (earlier !== undefined) throw invalid(row.line, 'PatientID', `repeats row ${earlier}`);
    lineOf.set(key, row.line);
    return patient;
  });
  return { columns, patients };
}

function patientOf({ line, cell: raw }: TableRow<Column>, columns: readonly Column[]): Patient {
  const values: Partial<Record<Column, string | boolean>> = {};
  columns.forEach((column) => {
    const cell = raw(column).trim();
    if (cell === '') return;
    try {
      values[column] = COLUMNS[column](cell);
    } catch (thrown) {
      throw invalid(line, column, thrown instanceof TypeError ? thrown.message : 'is not valid');
    }
  });
  if (values.PatientID === undefined) throw invalid(line, 'PatientID', 'is empty');
  const patient = { optOut: false, listed: true, ...values } as Patient;
  const known = generationOfDrug(patient.drug);
  if (known !== undefined && patient.generation !== undefined && patient.generation !== known) {
    throw invalid(line, 'generation', `contradicts the drug, which is of the ${known}`);
  }
  return patient;
}

/** What importing the table would do. Only columns that the file has are compared and changed. */
export function previewImport(existing: readonly Patient[], incoming: PatientsTable): ImportPreview {
  const known = new Map(existing.map((patient) => [patientKey(patient), patient]));
  const named = new Set(incoming.patients.map(patientKey));
  const added: Patient[] = [];
  const changed: { before: Patient; after: Patient }[] = [];
  const unchanged: Patient[] = [];
  for (const patient of incoming.patients) {
    const before = known.get(patientKey(patient));
    if (before === undefined) {
      added.push(patient);
      continue;
    }
    const given = Object.fromEntries(incoming.columns.map((column) => [column, patient[column]]));
    const after = { ...before, ...given } as Patient;
    const isChanged = incoming.columns.some(
      (column) => column !== 'IssuerOfPatientID' && before[column] !== after[column],
    );
    if (isChanged) changed.push({ before, after });
    else unchanged.push(before);
  }
  return {
    added,
    changed,
    unchanged,
    notInFile: existing.filter((patient) => !named.has(patientKey(patient))),
  };
}
