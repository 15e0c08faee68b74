/** The audit trail as a file for people: CSV, or a JSON object a line. */
import type { AuditRow } from '../catalogue/audit-row.ts';
import { csvCell } from '../tables/csv.ts';

export type ExportFormat = 'csv' | 'jsonl';

const COLUMNS = [
  'id',
  'at',
  'actor',
  'role',
  'via',
  'address',
  'action',
  'outcome',
  'subjectKind',
  'subjectId',
  'reason',
  'fault',
  'chain',
] as const satisfies readonly (keyof AuditRow)[];

/** A spreadsheet runs a cell that begins so. */
const FORMULA = /^[=+\-@\t\r]/;

/** Some rows as text; `isFirst`: with the header of the file. */
export const exported = (rows: readonly AuditRow[], format: ExportFormat, isFirst: boolean): string =>
  format === 'csv' ? `${isFirst ? HEADER : ''}${rows.map(csvLine).join('')}` : rows.map(jsonLine).join('');

/** With a byte order mark: without one Excel takes UTF-8 for something else. */
const HEADER = `\uFEFF${COLUMNS.join(',')}\r\n`;

const csvLine = (row: AuditRow): string => {
  const shown = { ...row, at: new Date(row.at).toISOString() };
  return `${COLUMNS.map((name) => cell(shown[name])).join(',')}\r\n`;
};

const cell = (value: string): string => csvCell(FORMULA.test(value) ? `'${value}` : value);

const jsonLine = (row: AuditRow): string =>
  `${JSON.stringify({ ...Object.fromEntries(COLUMNS.map((name) => [name, row[name]])), at: new Date(row.at).toISOString() })}\n`;
