import { Fault } from '../fault.ts';
import type { CsvRow } from '../tables/csv.ts';

/** A row of a CSV table with named columns. */
export type TableRow<Column extends string> = Readonly<{
  /** of the file, from 1 */
  line: number;
  /** '' when the column was left out */
  cell(name: Column): string;
}>;

/** Names row and column, never the value. */
export const invalid = (line: number, column: string, what: string): Fault =>
  new Fault('TABLE_INVALID', `row ${line}, column ${column}: ${what}`);

/**
 * The columns that the first row names, in its order: some of `known`, all of `required` among them; and the rows below it.
 * Throws TABLE_INVALID.
 */
export function readTable<Column extends string>(
  [header, ...rows]: readonly CsvRow[],
  known: readonly Column[],
  required: readonly Column[],
): Readonly<{ columns: readonly Column[]; rows: readonly TableRow<Column>[] }> {
  const { line: headerLine, cells: names } = header ?? { line: 1, cells: [] };
  const columns = names.map((cell, at) => {
    const column = known.find((name) => name === cell.trim());
    if (column === undefined) throw invalid(headerLine, String(at + 1), `is none of ${known.join(', ')}`);
    return column;
  });
  const twice = columns.find((name, at) => columns.indexOf(name) !== at);
  if (twice !== undefined) throw invalid(headerLine, twice, 'is there twice');
  const missing = required.find((name) => !columns.includes(name));
  if (missing !== undefined) throw invalid(headerLine, missing, 'is missing');
  return {
    columns,
    rows: rows.map(({ line, cells }) => ({
      line,
      cell: (name) => {
        if (cells.length !== columns.length) throw otherLength(line, cells.length, columns.length);
        return cells[columns.indexOf(name)] ?? '';
      },
    })),
  };
}

const otherLength = (line: number, cells: number, columns: number): Fault =>
  new Fault('TABLE_INVALID', `row ${line}: ${cells} cells for ${columns} columns`);

/** Rows that are named at once when several do not fit. */
const MOST_NAMED = 20;

/** What `read` makes of every row. Throws TABLE_INVALID that names all rows that do not fit, or the first of them. */
export function everyRow<Column extends string, Value>(
  rows: readonly TableRow<Column>[],
  read: (row: TableRow<Column>) => Value,
): Value[] {
  const problems: string[] = [];
  const values = rows.flatMap((row) => {
    try {
      return [read(row)];
    } catch (thrown) {
      if (!(thrown instanceof Fault)) throw thrown;
      problems.push(thrown.detail);
      return [];
    }
  });
  if (problems.length === 0) return values;
  const more = problems.length - MOST_NAMED;
  const named = [...problems.slice(0, MOST_NAMED), ...(more > 0 ? [`and ${more} more`] : [])];
  throw new Fault('TABLE_INVALID', named.join('; '));
}
