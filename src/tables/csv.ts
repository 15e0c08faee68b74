import { Fault } from '../fault.ts';

/** A row of a CSV file with the line it starts on (1 is the header's). */
export type CsvRow = Readonly<{ line: number; cells: readonly string[] }>;

/**
 * The rows of a CSV text: quotes, doubled quotes and line breaks in quotes; CRLF, LF or CR; a byte order mark is dropped;
 * blank lines are skipped. The separator is the one of `,` and `;` that comes first in the header line outside quotes.
 * A quote out of place throws TABLE_INVALID with its line.
 * @see RFC 4180
 */
export function parseCsv(text: string): CsvRow[] {
  const source = text.startsWith('\uFEFF') ? text.slice(1) : text;
  const separator = separatorOf(source);
  const token = new RegExp(`("(?:[^"]|"")*"|[^"${separator}\\r\\n]*)(${separator}|\\r\\n|\\n|\\r|$)`, 'y');
  const rows: CsvRow[] = [];
  let [line, lineOfRow, cells] = [1, 1, [] as string[]];
  while (token.lastIndex < source.length || cells.length > 0) {
    const match = token.exec(source);
    if (match === null) throw new Fault('TABLE_INVALID', `row at line ${line}: a quote is out of place`);
    const [whole, cell = '', end = ''] = match;
    cells.push(cell.startsWith('"') ? cell.slice(1, -1).replaceAll('""', '"') : cell);
    line += whole.match(/\r\n|\n|\r/g)?.length ?? 0;
    if (end === separator) continue;
    if (cells.some((each) => each !== '')) rows.push({ line: lineOfRow, cells });
    cells = [];
    lineOfRow = line;
  }
  return rows;
}

function separatorOf(source: string): ',' | ';' {
  const header = source.split(/\r\n|\n|\r/, 1)[0]?.replaceAll(/"[^"]*"/g, '') ?? '';
  return header.match(/[,;]/)?.[0] === ';' ? ';' : ',';
}

/** A cell as it is written: in quotes where it holds a comma, a quote or a line break. */
export const csvCell = (text: string): string =>
  /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;

/** A line of a CSV file, with its line feed. */
export const csvLine = (cells: readonly string[]): string => `${cells.map(csvCell).join(',')}\n`;
