/** Counts what this process asks of PostgreSQL, whoever asks: the catalogue's pool and the queue's. */
import pg from 'pg';

export type Counted = Readonly<{ statements: number; transactions: number }>;

/** Since the start of the process. */
export const counter = countStatements();

type Query = (this: pg.Client, ...given: unknown[]) => unknown;

/** A statement outside BEGIN and COMMIT is a transaction of its own. */
function countStatements(): Readonly<{ now(): Counted }> {
  const open = new WeakSet<pg.Client>();
  let statements = 0;
  let transactions = 0;
  const prototype = pg.Client.prototype as unknown as { query: Query };
  const original = prototype.query;
  prototype.query = function (...given) {
    const [first] = given;
    const text = typeof first === 'string' ? first : String((first as { text?: string })?.text ?? '');
    statements += 1;
    if (/^\s*BEGIN\b/i.test(text)) {
      transactions += 1;
      // Several statements in one text end their transaction themselves.
      if (!/\bCOMMIT\b/i.test(text)) open.add(this);
    } else if (/^\s*(COMMIT|ROLLBACK)\b/i.test(text)) open.delete(this);
    else if (!open.has(this)) transactions += 1;
    return original.apply(this, given);
  };
  return { now: () => ({ statements, transactions }) };
}
