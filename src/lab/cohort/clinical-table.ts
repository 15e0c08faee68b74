/** What is known of the patients: one row a patient, any columns. */
import { parseCsv } from '../../tables/csv.ts';
import { isMeantAsNumber, isNumeric, noNumber } from '../table/cells.ts';
import { cellFault, tableFault } from '../table/table-fault.ts';

/** null: not known */
export type Characteristic = Readonly<{ name: string }> &
  (
    | Readonly<{ kind: 'number'; values: readonly (number | null)[] }>
    | Readonly<{ kind: 'category'; values: readonly (string | null)[] }>
  );
/** values of every characteristic in the order of `patients` */
export type ClinicalTable = Readonly<{
  patients: readonly string[];
  characteristics: readonly Characteristic[];
}>;

/** Numbers of at most so many different values are categories (a performance status, a stage). */
const MOST_NUMBERED_CATEGORIES = 5;
const MOST_CATEGORIES = 12;
const UNKNOWN = /^(|na|n\/a|nan|unknown)$/i;

/** Column `patient` and any others; an empty cell, NA or unknown is not known. Throws TABLE_INVALID. */
export function readClinicalTable(text: string): ClinicalTable {
  const [header, ...rows] = parseCsv(text);
  if (header === undefined) throw tableFault('the file is empty');
  const names = header.cells.map((cell) => cell.trim());
  const at = names.findIndex((name) => /^patient(id)?$/i.test(name));
  if (at < 0) throw tableFault('there is no column patient');
  if (names.length < 2) throw tableFault('no column beside patient');
  const doubled = names.find((name, i) => names.indexOf(name) !== i);
  if (doubled !== undefined) throw cellFault(1, doubled, 'is there twice');
  const known = new Map<string, number>();
  for (const { line, cells } of rows) {
    if (cells.length !== names.length)
      throw tableFault(`row ${line}: ${cells.length} cells for ${names.length} columns`);
    const patient = cells[at]!.trim();
    if (patient === '') throw cellFault(line, 'patient', 'is empty');
    const before = known.get(patient);
    if (before !== undefined) throw cellFault(line, 'patient', `the same patient as in row ${before}`);
    known.set(patient, line);
  }
  const lines = rows.map(({ line }) => line);
  const columns = names.flatMap((name, j) =>
    j === at ? [] : [{ name, cells: rows.map(({ cells }) => cells[j]!.trim()) }],
  );
  return {
    patients: [...known.keys()],
    characteristics: columns.map(({ name, cells }) => characteristic(name, cells, lines)),
  };
}

function characteristic(name: string, cells: readonly string[], lines: readonly number[]): Characteristic {
  const values = cells.map((cell) => (UNKNOWN.test(cell) ? null : cell));
  const known = values.filter((value) => value !== null);
  const distinct = new Set(known);
  if (known.every(isMeantAsNumber) && distinct.size > MOST_NUMBERED_CATEGORIES) {
    const wrong = values.findIndex(
      (value) => value !== null && !(isNumeric(value) && Number.isFinite(Number(value))),
    );
    if (wrong >= 0) throw cellFault(lines[wrong]!, name, noNumber(values[wrong]!));
    return { name, kind: 'number', values: values.map((value) => (value === null ? null : Number(value))) };
  }
  if (distinct.size > MOST_CATEGORIES)
    throw tableFault(
      `column ${name.slice(0, 80)}: ${distinct.size} categories, more than ${MOST_CATEGORIES}; group them or leave the column out`,
    );
  return { name, kind: 'category', values };
}
