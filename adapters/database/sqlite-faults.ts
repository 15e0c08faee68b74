import { Fault } from '../../src/fault.ts';

const codeOf = (thrown: unknown): string => {
  const code = (thrown as { code?: unknown } | null)?.code;
  return typeof code === 'string' ? code : '';
};

/** Another program holds the file. */
export const isLocked = (thrown: unknown): boolean => /^SQLITE_(BUSY|LOCKED)/.test(codeOf(thrown));

const DAMAGED = /^SQLITE_(CORRUPT|NOTADB)/;
/** Of the disk and the machine, not of the statement. */
const SAID: readonly (readonly [RegExp, string])[] = [
  [/^SQLITE_(BUSY|LOCKED|PROTOCOL)/, 'another program has locked the file'],
  [/^SQLITE_READONLY/, 'the file or its folder cannot be written'],
  [/^SQLITE_(CANTOPEN|PERM|AUTH)/, 'the file or its folder cannot be opened for writing'],
  [/^SQLITE_IOERR/, 'the disk fails'],
  [/^SQLITE_NOMEM/, 'no memory is left'],
];

/** What the disk or another program did to us as a Fault, with the code of SQLite alone; what is wrong with a statement as it is. */
export function toldBySqlite(thrown: unknown): unknown {
  const code = codeOf(thrown);
  if (DAMAGED.test(code)) return new Fault('CATALOGUE_DAMAGED', `SQLite: ${code}`, { cause: thrown });
  if (/^SQLITE_FULL/.test(code)) return new Fault('STORAGE_FULL', `SQLite: ${code}`, { cause: thrown });
  const said = SAID.find(([pattern]) => pattern.test(code))?.[1];
  return said ? new Fault('DATABASE_FAILED', `SQLite: ${code}: ${said}`, { cause: thrown }) : thrown;
}
