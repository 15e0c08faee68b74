/** A record of the patients table as a person edits it: the same rules as for a CSV. */
import type { Patient } from './patient.ts';
import { parsePatientsCsv } from './patients-csv.ts';
import { invalid } from './table.ts';

/** As typed: '' and undefined are unknown. */
export type TypedRecord = Readonly<{ [Key in keyof Patient]?: string | boolean | undefined }>;

const COLUMNS = [
  'PatientID',
  'IssuerOfPatientID',
  'tkiStart',
  'drug',
  'generation',
  'mutation',
  'otherTherapy',
  'designatedBaseline',
  'optOut',
  'listed',
] as const satisfies readonly (keyof Patient)[];

/** The record; what does not fit throws TABLE_INVALID, naming the column and never the value. */
export function recordOf(typed: TypedRecord): Patient {
  const cells = COLUMNS.map((column) => cellOf(typed[column]));
  const [patient] = parsePatientsCsv(`${COLUMNS.join(',')}\n${cells.join(',')}\n`).patients;
  // A row of empty cells is none.
  if (!patient) throw invalid(2, 'PatientID', 'is empty');
  return patient;
}

function cellOf(value: string | boolean | undefined): string {
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  return `"${(value ?? '').replaceAll('"', '""')}"`;
}
