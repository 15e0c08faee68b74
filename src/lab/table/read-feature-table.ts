/** From a CSV file to a feature table. Every doubt is a TABLE_INVALID with row and column, never with the value. */
import { Fault } from '../../fault.ts';
import { type CsvRow, parseCsv } from '../../tables/csv.ts';
import { dateOf, daysOf, isMeantAsNumber, isNumeric, labelOf, noNumber, visitOf } from './cells.ts';
import type { FeatureTable, TableRow } from './feature-table.ts';
import { cellFault as at, tableFault as invalid } from './table-fault.ts';
import { turned } from './transposed.ts';

/** Columns that are no features, by the lower case of the names they go by. */
const COLUMNS = {
  caseName: ['casename', 'case'],
  patient: ['patient', 'patientid'],
  visit: ['visit'],
  label: ['label'],
  date: ['date', 'studydate'],
  days: ['days', 'dayssincebaseline'],
  site: ['site'],
  scanner: ['scanner'],
  kernel: ['kernel', 'convolutionkernel'],
  split: ['split'],
  repeat: ['repeat', 'reader'],
  recipeDigest: ['diagnostics_recipedigest'],
} as const;
type Column = keyof typeof COLUMNS;

/** Of PyRadiomics' batch output and of Earshot's own: facts about the extraction. */
const IGNORED = /^(diagnostics_.*|image|mask|roi|study|group|fault)$/i;
const FEATURE =
  /^(?:[^_]+_)?([A-Za-z0-9-]+_(?:shape|shape2D|firstorder|glcm|glrlm|glszm|gldm|ngtdm)_[A-Za-z0-9]+)$/;
const MOST_COLUMNS = 20_000;
const MOST_NAMED = 10;

type Field = Readonly<{ name: string; at: number }>;
type Header = Readonly<{
  known: Partial<Record<Column, number>>;
  features: readonly Field[];
  others: readonly Field[];
}>;

/**
 * Columns: `CaseName` (or `case`), `label` (0 or 1), and as far as known `patient`, `visit`, `date`, `days` since baseline, `site`,
 * `scanner`, `kernel`, `split`, `repeat` (or `reader`); every other column is a feature by its PyRadiomics name, with or without the prefix of a series.
 * PyRadiomics' own columns (`Image`, `Mask`, `diagnostics_…`) and columns of text are passed over. Throws TABLE_INVALID.
 */
export function readFeatureTable(text: string): FeatureTable {
  const rows = parseCsv(text);
  refuseTabs(rows[0]);
  const other = turned(rows, isNameOfPyRadiomics);
  if (other === undefined) return readRows(rows);
  try {
    const table = readRows(other);
    return {
      ...table,
      notices: ['The file has one feature a line; each further column is a case.', ...table.notices],
    };
  } catch (thrown) {
    if (!(thrown instanceof Fault)) throw thrown;
    throw new Fault(
      thrown.code,
      `${thrown.detail} (the file has one feature a line: its columns are counted as rows)`,
    );
  }
}

function readRows([header, ...rows]: readonly CsvRow[]): FeatureTable {
  if (header === undefined) throw invalid('the file is empty');
  const { known, features: named, others } = readHeader(header);
  if (rows.length === 0) throw invalid('there is no row below the header');
  refuseUnequal(header, rows);
  const isText = ({ at: index }: Field) => rows.every(({ cells }) => !isMeantAsNumber(cells[index]!));
  const ignored = others.filter(isText);
  const passedOver = new Set(ignored);
  const unnamed = others.filter((field) => !passedOver.has(field));
  const features = [...named, ...unnamed].sort((one, other) => one.at - other.at);
  if (features.length === 0) throw invalid('no column is a feature');
  refuseTwice(features);
  const caseNames = namesOf(header, rows, known);
  const tableRows = rows.map((row, i) => readRow(row, known, caseNames[i]));
  refuseSameCase(tableRows);
  return {
    rows: tableRows,
    features: features.map(({ name }) => name),
    values: readValues(rows, features),
    recipeDigest: recipeDigestOf(rows, known.recipeDigest),
    notices: [
      ...noticeOf(ignored, 'hold text and are passed over'),
      ...noticeOf(unnamed, 'are not named as PyRadiomics names features; they are taken as features'),
      ...patientNotice(tableRows, known),
    ],
  };
}

const isNameOfPyRadiomics = (cell: string): boolean =>
  FEATURE.test(cell.trim()) || /^diagnostics_/.test(cell.trim());

function refuseTabs(header: CsvRow | undefined): void {
  if (header?.cells.some((cell) => cell.includes('\t')))
    throw invalid('columns are separated by tabs; save the table with commas or semicolons');
}

function readHeader({ cells }: CsvRow): Header {
  if (cells.length > MOST_COLUMNS) throw invalid(`${cells.length} columns, more than ${MOST_COLUMNS}`);
  if (cells.length === 1) throw invalid('one column: columns are separated by commas or semicolons');
  const nameless = cells.findIndex(isNumeric);
  if (nameless >= 0)
    throw invalid(`row 1, column ${nameless + 1}: is a number; the first row names the columns`);
  const known: Partial<Record<Column, number>> = {};
  const features: Field[] = [];
  const others: Field[] = [];
  const ofPyRadiomics = cells.some((cell) => /^mask$/i.test(cell.trim()));
  cells.forEach((cell, index) => {
    const name = cell.trim();
    // beside the mask, `Label` is the value of the region in it, not the class of the case
    if (ofPyRadiomics && name === 'Label') return;
    const column = (Object.keys(COLUMNS) as Column[]).find((key) =>
      (COLUMNS[key] as readonly string[]).includes(name.toLowerCase()),
    );
    if (column !== undefined) {
      if (known[column] !== undefined) throw at(1, name, 'is there twice');
      known[column] = index;
      return;
    }
    if (name === '') throw at(1, String(index + 1), 'has no name');
    const feature = FEATURE.exec(name)?.[1];
    if (feature !== undefined && !/^diagnostics_/i.test(name)) features.push({ name: feature, at: index });
    else if (!IGNORED.test(name)) others.push({ name, at: index });
  });
  return { known, features, others };
}

function refuseUnequal(header: CsvRow, rows: readonly CsvRow[]): void {
  const wrong = rows.find(({ cells }) => cells.length !== header.cells.length);
  if (wrong)
    throw invalid(`row ${wrong.line}: ${wrong.cells.length} cells for ${header.cells.length} columns`);
}

function refuseTwice(features: readonly Field[]): void {
  const seen = new Set<string>();
  for (const { name } of features) {
    if (seen.has(name)) throw at(1, name, 'is there twice');
    seen.add(name);
  }
}

function refuseSameCase(rows: readonly TableRow[]): void {
  const lines = new Map<string, number>();
  for (const { caseName, repeat = '', line } of rows) {
    const key = JSON.stringify([caseName, repeat]);
    const before = lines.get(key);
    if (before !== undefined) throw at(line, 'CaseName', `the same case as in row ${before}`);
    lines.set(key, line);
  }
}

/** Without a column CaseName: the file names in PyRadiomics' column Image, when they tell the rows apart. */
function namesOf(
  header: CsvRow,
  rows: readonly CsvRow[],
  known: Header['known'],
): readonly (string | undefined)[] {
  const index = header.cells.findIndex((cell) => /^image$/i.test(cell.trim()));
  if (known.caseName !== undefined || index < 0) return [];
  const names = rows.map(({ cells }) => {
    const file = cells[index]!.trim().split(/[/\\]/).at(-1) ?? '';
    return file.replace(/\.(nrrd|nhdr|nii|nii\.gz|mha|mhd)$/i, '');
  });
  return new Set(names).size === rows.length && !names.includes('') ? names : [];
}

function readRow({ line, cells }: CsvRow, known: Header['known'], file: string | undefined): TableRow {
  const cell = (column: Column): string => {
    const index = known[column];
    return index === undefined ? '' : cells[index]!.trim();
  };
  const caseName = cell('caseName') || file || `row ${line}`;
  if (known.caseName !== undefined && cell('caseName') === '') throw at(line, 'CaseName', 'is empty');
  const named = /^(.+)_(baseline|FFT|EAR)$/i.exec(caseName);
  const visit = cell('visit') || (named?.[2] ?? '');
  return {
    line,
    caseName,
    patient: cell('patient') || (known.patient === undefined ? (named?.[1] ?? '') : ''),
    visit: visitOf(visit, line),
    label: labelOf(cell('label'), line),
    date: dateOf(cell('date'), line),
    days: daysOf(cell('days'), line),
    site: cell('site'),
    scanner: cell('scanner'),
    kernel: cell('kernel'),
    split: cell('split'),
    ...(cell('repeat') && { repeat: cell('repeat') }),
  };
}

function readValues(rows: readonly CsvRow[], features: readonly Field[]): Float64Array {
  const values = new Float64Array(features.length * rows.length);
  features.forEach(({ name, at: index }, j) => {
    rows.forEach(({ line, cells }, i) => {
      const text = cells[index]!.trim();
      if (text === '') throw at(line, name, 'is empty; leave the row or the column out');
      const value = isNumeric(text) ? Number(text) : Number.NaN;
      if (!Number.isFinite(value)) throw at(line, name, noNumber(text));
      values[j * rows.length + i] = value;
    });
  });
  return values;
}

function recipeDigestOf(rows: readonly CsvRow[], index: number | undefined): string | null {
  if (index === undefined) return null;
  const first = rows[0]!.cells[index]!.trim();
  for (const { line, cells } of rows) {
    if (cells[index]!.trim() === first) continue;
    throw new Fault(
      'RECIPES_MIXED',
      `row ${line}, column diagnostics_RecipeDigest differs from the first row's`,
    );
  }
  return /^[0-9a-f]{64}$/.test(first) ? first : null;
}

function noticeOf(fields: readonly Field[], what: string): string[] {
  if (fields.length === 0) return [];
  const shown = fields.slice(0, MOST_NAMED).map(({ name }) => name.slice(0, 80));
  const more = fields.length > MOST_NAMED ? ` and ${fields.length - MOST_NAMED} more` : '';
  return [`Columns that ${what}: ${shown.join(', ')}${more}.`];
}

function patientNotice(rows: readonly TableRow[], known: Header['known']): string[] {
  const isTakenFromName = known.patient === undefined && rows.some(({ patient }) => patient !== '');
  return isTakenFromName ? ['The patient is what stands before _FFT or _EAR in the name of the case.'] : [];
}
