/** The table of a retrospective cohort: one row a study. */
import { parseCsv } from '../../tables/csv.ts';
import { dateOf, labelOf, visitOf } from '../table/cells.ts';
import type { TableRow, Visit } from '../table/feature-table.ts';
import { cellFault, tableFault } from '../table/table-fault.ts';

export type CohortRow = Readonly<
  Pick<TableRow, 'line' | 'caseName' | 'patient' | 'label' | 'date' | 'site' | 'split'> & {
    visit: Visit;
    /** a folder, or a StudyInstanceUID */
    study: string;
    /** name of the region; '' : the one there is */
    roi: string;
  }
>;

const COLUMNS = ['patient', 'study', 'visit', 'date', 'label', 'roi', 'split', 'site'] as const;
type Column = (typeof COLUMNS)[number];
const NEEDED: readonly Column[] = ['patient', 'study', 'visit'];

/**
 * Columns `patient`, `study`, `visit`, and as far as known `date`, `label`, `roi`, `split`, `site`; others are not read. A case is
 * named after its patient and visit (`P01_FFT`), another visit also after its date or row. Throws TABLE_INVALID.
 */
export function readCohortTable(text: string): readonly CohortRow[] {
  const [header, ...lines] = parseCsv(text);
  if (header === undefined) throw tableFault('the file is empty');
  if (header.cells.some((cell) => cell.includes('\t')))
    throw tableFault('columns are separated by tabs; save the table with commas or semicolons');
  const names = header.cells.map((cell) => cell.trim().toLowerCase());
  for (const name of COLUMNS) {
    const places = names.filter((each) => each === name).length;
    if (places > 1) throw cellFault(header.line, name, 'is there twice');
    if (places === 0 && NEEDED.includes(name)) throw tableFault(`there is no column ${name}`);
  }
  if (lines.length === 0) throw tableFault('there is no row below the header');
  const rows = lines.map(({ line, cells }) => {
    if (cells.length !== names.length)
      throw tableFault(`row ${line}: ${cells.length} cells for ${names.length} columns`);
    return readRow(line, (name) => cells[names.indexOf(name)]?.trim() ?? '');
  });
  refuseTwice(rows, 'visit', 'patient and visit', ({ caseName }) => caseName);
  refuseTwice(rows, 'study', 'study', ({ study }) => study);
  return rows;
}

function readRow(line: number, cell: (name: Column) => string): CohortRow {
  for (const name of NEEDED) if (cell(name) === '') throw cellFault(line, name, 'is empty');
  const visit = visitOf(cell('visit'), line);
  if (visit === null) throw cellFault(line, 'visit', 'is empty');
  const date = dateOf(cell('date'), line);
  const named = `${cell('patient')}_${visit}`;
  return {
    line,
    caseName: visit === 'other' ? `${named}_${date || line}` : named,
    patient: cell('patient'),
    study: cell('study'),
    visit,
    date,
    label: labelOf(cell('label'), line),
    roi: cell('roi'),
    split: cell('split'),
    site: cell('site'),
  };
}

function refuseTwice(
  rows: readonly CohortRow[],
  column: Column,
  what: string,
  keyOf: (row: CohortRow) => string,
): void {
  const lines = new Map<string, number>();
  for (const row of rows) {
    const before = lines.get(keyOf(row));
    if (before !== undefined) throw cellFault(row.line, column, `the same ${what} as in row ${before}`);
    lines.set(keyOf(row), row.line);
  }
}
