/** What the cells of a table mean. Throws TABLE_INVALID with row and column, never with the value. */
import { type TableRow, VISITS } from './feature-table.ts';
import { cellFault as at } from './table-fault.ts';

const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/;
const DECIMAL_COMMA = /^[+-]?\d+,\d+([eE][+-]?\d+)?$/;
const DATE = /^(\d{4})-?(\d{2})-?(\d{2})$/;

export const isNumeric = (cell: string): boolean => NUMBER.test(cell.trim());
export const isMeantAsNumber = (cell: string): boolean => isNumeric(cell) || DECIMAL_COMMA.test(cell.trim());

/** Why a cell is no finite number. */
export const noNumber = (text: string): string =>
  DECIMAL_COMMA.test(text)
    ? 'has a decimal comma; save the table with decimal points'
    : 'is no finite number';

export function visitOf(text: string, line: number): TableRow['visit'] {
  if (text === '') return null;
  const visit = VISITS.find((each) => each.toLowerCase() === text.toLowerCase());
  if (visit === undefined) throw at(line, 'visit', `is none of ${VISITS.join(', ')}`);
  return visit;
}

export function labelOf(text: string, line: number): TableRow['label'] {
  if (text === '') return null;
  if (!/^[01](\.0*)?$/.test(text)) throw at(line, 'label', 'is neither 0 nor 1');
  return text.startsWith('1') ? 1 : 0;
}

export function dateOf(text: string, line: number): string {
  if (text === '') return '';
  const [, year, month, day] = DATE.exec(text) ?? [];
  const iso = `${year}-${month}-${day}`;
  const parsed = new Date(`${iso}T00:00:00Z`);
  if (Number.isNaN(parsed.getTime()) || !parsed.toISOString().startsWith(iso))
    throw at(line, 'date', 'is no date YYYY-MM-DD');
  return iso;
}

export function daysOf(text: string, line: number): number | null {
  if (text === '') return null;
  if (!Number.isFinite(isNumeric(text) ? Number(text) : Number.NaN)) throw at(line, 'days', noNumber(text));
  return Number(text);
}
