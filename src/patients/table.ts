import { Fault } from '../fault.ts';
import { parseCsv } from './csv.ts';

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

/** The rows of a CSV text whose first row names some of `columns`, all of `required` among them. Throws TABLE_INVALID. */
export function readTable<Column extends string>(
  text: string,
  columns: readonly Column[],
  required: readonly Column[],
): readonly TableRow<Column>[] {
  const [header, ...rows] = parseCsv(text);
  const given = (header?.cells ?? []).map((cell) => cell.trim());
  given.forEach((name, at) => {
    if (!columns.includes(name as Column))
      throw invalid(1, String(at + 1), `is none of ${columns.join(', ')}`);
    if (given.indexOf(name) !== at) throw invalid(1, name, 'is there twice');
  });
  for (const name of required) if (!given.includes(name)) throw invalid(1, name, 'is missing');
  return rows.map(({ line, cells }) => {
    if (cells.length !== given.length) {
      throw new Fault('TABLE_INVALID', `row ${line}: ${cells.length} cells for ${given.length} columns`);
    }
    return { line, cell: (name) => cells[given.indexOf(name)] ?? '' };
  });
}
