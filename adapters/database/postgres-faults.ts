import { Fault } from '../../src/fault.ts';

/** SQLSTATE (PostgreSQL, appendix A) or the operating system's code. */
const codeOf = (thrown: unknown): string => {
  const code = (thrown as { code?: unknown } | null)?.code;
  return typeof code === 'string' ? code : '';
};

/** The server undid the transaction because of another one: nothing of it happened. */
export const isUndone = (thrown: unknown): boolean => ['40001', '40P01'].includes(codeOf(thrown));

/** Of the server that goes, or is not there yet (class 57P), or has no connection left (53300). */
const GOING = new Set(['57P01', '57P02', '57P03', '53300']);
const NETWORK = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EAI_AGAIN',
]);
/** `pg` has no codes for these. */
const WORDS =
  /^Connection terminated|^timeout (exceeded when trying to connect|expired)|^Query read timeout|not queryable/;

/** The connection ended or could not be had: what was under way was not answered. */
export const isConnectionLost = (thrown: unknown): boolean =>
  thrown instanceof Error &&
  !(thrown instanceof Fault) &&
  (GOING.has(codeOf(thrown)) ||
    NETWORK.has(codeOf(thrown)) ||
    codeOf(thrown).startsWith('08') ||
    (codeOf(thrown) === '' && WORDS.test(thrown.message)));

const SAID: Readonly<Record<string, string>> = {
  '28P01': 'the server refuses user or password',
  '28000': 'the server refuses this user from here',
  '3D000': 'there is no database of this name',
  '42501': 'the user may not do this: it must own the database',
  '53100': 'the disk of the server is full',
  '53300': 'the server has no connection left',
  '57014': 'a statement took too long',
  '40001': 'too many changes of the same rows at once',
  '40P01': 'too many changes of the same rows at once',
  ENOTFOUND: 'there is no host of this name',
  ECONNREFUSED: 'nothing answers at this host and port',
};

/**
 * What the server says of a statement or of its values, which no later try changes: no such feature (0A), other numbers of rows (21),
 * data (22), constraints (23), syntax and names (42), limits (54), an assertion of the server (XX000). That the user may do nothing is
 * no such thing.
 */
const isOfStatement = (code: string): boolean =>
  /^(0A|21|22|23|42|54)...$|^XX000$/.test(code) && code !== '42501';

/**
 * As DATABASE_FAILED, or INTERNAL when it is the statement's own fault. Messages and details of the server hold values of rows, so only
 * code and names of the schema are kept; a Fault stays what it is.
 */
export function told(thrown: unknown): Fault {
  if (thrown instanceof Fault) return thrown;
  const code = codeOf(thrown);
  const { table, column, constraint } = thrown as Readonly<Record<string, string | undefined>>;
  const where = [table, column, constraint].filter(Boolean).join('.');
  const isLost = isConnectionLost(thrown);
  // Of class 42, which is a fault of ours, the message names tables and columns, and no value.
  const ours = code.startsWith('42') ? (thrown as Error).message : '';
  const said = SAID[code] ?? (isLost ? 'the connection was lost' : ours);
  const detail = ['PostgreSQL', [code, where].filter(Boolean).join(' '), said].filter(Boolean).join(': ');
  const cause = Object.assign(new Error(detail), {
    code,
    stack: (thrown as Error)?.stack?.split('\n    at ').slice(1).join('\n'),
  });
  return new Fault(isOfStatement(code) ? 'INTERNAL' : 'DATABASE_FAILED', detail, { cause });
}
