/** A table that comes by a form: a file that was chosen, or what was typed. */
import { Fault } from '../../../src/fault.ts';
import type { Visit } from '../route.ts';

/** Room for a table of 5 MB in any encoding of a form. */
export const TABLE_BYTES = 16 * 2 ** 20;

/** A chosen file wins over what was typed. Throws TABLE_INVALID for a file that is no text. */
export function tableIn(fields: Visit['fields']): string {
  const file = fields['file'] ?? '';
  if (file === '') return fields['csv'] ?? '';
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.from(file, 'base64'));
  } catch {
    throw new Fault('TABLE_INVALID', 'the file is no UTF-8 text: save it as CSV UTF-8');
  }
}

/** One row below a header, each value in its column whatever it holds. */
export const oneRow = (columns: readonly string[], fields: Visit['fields']): string =>
  `${columns.join(',')}\n${columns.map((name) => `"${(fields[name] ?? '').replaceAll('"', '""')}"`).join(',')}\n`;
