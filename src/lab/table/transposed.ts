/** A single case as PyRadiomics is often saved: one feature a line, its value beside it. */
import type { CsvRow } from '../../tables/csv.ts';
import { tableFault } from './table-fault.ts';

/** Of the first cells, the share that must be names of features. */
const MOST_LINES = 0.5;

/**
 * The table the other way round when its first column names features; undefined when its first row does. `line` of a row is then
 * the column of the file. Throws TABLE_INVALID.
 */
export function turned(rows: readonly CsvRow[], isName: (cell: string) => boolean): CsvRow[] | undefined {
  const [first, ...others] = rows;
  if (first === undefined || first.cells.slice(1).some(isName)) return undefined;
  const named = rows.filter(({ cells }) => isName(cells[0] ?? '')).length;
  if (named === 0 || named < MOST_LINES * others.length) return undefined;
  const size = first.cells.length;
  const unequal = others.find(({ cells }) => cells.length !== size);
  if (unequal)
    throw tableFault(`row ${unequal.line}: ${unequal.cells.length} cells, where the first row has ${size}`);
  const hasHeader = !isName(first.cells[0] ?? '');
  const body = hasHeader ? others : rows;
  return Array.from({ length: size }, (_, column) => ({
    line: column + 1,
    cells: [
      column === 0 ? 'CaseName' : (hasHeader && first.cells[column]!.trim()) || `case ${column}`,
      ...body.map(({ cells }) => cells[column]!),
    ],
  }));
}
