import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { Fault } from '../fault.ts';
import { parseCsv } from '../tables/csv.ts';
import type { ExtractCase } from './extract-request.ts';

/**
 * The rows of a table in PyRadiomics' batch format: columns Image and Mask, optional Label and Roi, others copied through.
 * Relative paths count from the table's folder. No column may have the name of one of the `features` that come out.
 * Throws INPUT_NOT_FOUND, TABLE_INVALID with the line.
 */
export function readCases(file: string, features: readonly string[] = []): readonly ExtractCase[] {
  const [header, ...rows] = parseCsv(text(file));
  if (!header) throw new Fault('TABLE_INVALID', `${file}: no header line`);
  const names = header.cells.map((cell) => cell.trim());
  const doubled = names.find((name, i) => names.indexOf(name) !== i);
  if (doubled !== undefined) throw new Fault('TABLE_INVALID', `${file}:1: column "${doubled}" comes twice`);
  const taken = names.find((name) => features.includes(name));
  if (taken !== undefined) throw new Fault('TABLE_INVALID', `${file}:1: "${taken}" is the name of a feature`);
  for (const needed of ['Image', 'Mask']) {
    if (!names.includes(needed)) throw new Fault('TABLE_INVALID', `${file}:1: no column "${needed}"`);
  }
  if (rows.length === 0) throw new Fault('TABLE_INVALID', `${file}: no rows`);
  const folder = dirname(resolve(file));
  return rows.map(({ line, cells }) => {
    if (cells.length > names.length)
      throw new Fault('TABLE_INVALID', `${file}:${line}: more cells than columns`);
    const columns = Object.fromEntries(names.map((name, i) => [name, cells[i]?.trim() ?? '']));
    const { Image = '', Mask = '', Label = '', Roi = '' } = columns;
    if (Image === '' || Mask === '')
      throw new Fault('TABLE_INVALID', `${file}:${line}: Image or Mask is empty`);
    if (!/^([1-9]\d*)?$/.test(Label))
      throw new Fault('TABLE_INVALID', `${file}:${line}: Label is not a whole number from 1`);
    return {
      image: resolve(folder, Image),
      mask: resolve(folder, Mask),
      roi: Roi || undefined,
      ...(Label === '' ? {} : { label: Number(Label) }),
      columns,
    };
  });
}

function text(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (thrown) {
    const { code } = thrown as NodeJS.ErrnoException;
    throw new Fault('INPUT_NOT_FOUND', `${file}: ${code ?? 'unreadable'}`, { cause: thrown });
  }
}
