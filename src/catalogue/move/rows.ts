import { createHash } from 'node:crypto';
import { Fault } from '../../fault.ts';
import type { Sql, SqlValue } from '../../ports.ts';
import type { Column, Table } from './tables.ts';

/** A row as both databases have it, columns in the same order: every number as text, so that none is rounded. */
export type PlainRow = Readonly<Record<string, string | null>>;
/** `last`: where the next page begins. `changed`: texts that PostgreSQL cannot keep as they are. */
type Page = Readonly<{ rows: readonly PlainRow[]; last: number; changed: number }>;

const PAGE_BYTES = 4 * 2 ** 20;
const MOST_ROWS = 2000;
const FIRST_ROWS = 100;

const NUL = '\0';
/** As the port of PostgreSQL keeps it. */
const REPLACEMENT = '\uFFFD';

/** Rows of a SQLite table after that rowid, in pages of a few megabytes. Fault: MOVE_NOT_POSSIBLE for a value that no text or number is. */
export async function* sourcePages(source: Sql, table: Table, after = 0): AsyncGenerator<Page> {
  const text = `SELECT "t".rowid AS "@row", ${listOf(table)} FROM "${table.name}" AS "t"
    WHERE "t".rowid > $1 ORDER BY "t".rowid LIMIT $2`;
  let last = after;
  for await (const rows of paged((limit) => source.query<RawRow>(text, [last, limit]))) {
    last = Number(rows.at(-1)?.['@row']);
    let changed = 0;
    const plain = (row: RawRow, { name, type }: Column): string | null => {
      const value = row[name] ?? null;
      if (value === null) return null;
      if (!isKept(value, type)) {
        throw new Fault('MOVE_NOT_POSSIBLE', `${table.name}.${name} of row ${row['@row']} is no ${type}`);
      }
      const said = String(value);
      if (!said.includes(NUL)) return said;
      changed += 1;
      return said.replaceAll(NUL, REPLACEMENT);
    };
    yield { rows: rows.map((row) => rowOf(table, (column) => plain(row, column))), last, changed };
  }
}

/** All rows of the PostgreSQL table, in pages of a few megabytes. */
export async function* targetPages(target: Sql, table: Table): AsyncGenerator<readonly PlainRow[]> {
  const key = table.key.map((name) => `"t"."${name}"`).join(', ');
  const after = table.key.map((_, index) => `$${index + 2}`).join(', ');
  const textOf = (where: string) =>
    `SELECT ${listOf(table)} FROM "${table.name}" AS "t" ${where} ORDER BY ${key} LIMIT $1`;
  const [first, next] = [textOf(''), textOf(`WHERE (${key}) > (${after})`)];
  let last: readonly SqlValue[] = [];
  const ask = (limit: number) => target.query<RawRow>(last.length === 0 ? first : next, [limit, ...last]);
  for await (const rows of paged(ask)) {
    const end = rows.at(-1);
    last = table.key.map((name) => end?.[name] ?? null);
    yield rows.map((row) => rowOf(table, ({ name }) => (row[name] === null ? null : String(row[name]))));
  }
}

type RawRow = Readonly<Record<string, SqlValue>>;

/** SQLite keeps any value in any column. */
function isKept(value: unknown, type: string): boolean {
  if (type === 'TEXT') return typeof value === 'string';
  if (type === 'BIGINT') return /^-?\d+$/.test(String(value));
  return typeof value === 'number';
}

const rowOf = (table: Table, said: (column: Column) => string | null): PlainRow =>
  Object.fromEntries(table.columns.map((column) => [column.name, said(column)]));

const listOf = ({ columns }: Table): string =>
  columns
    .map(({ name, type }) =>
      type === 'BIGINT' ? `CAST("t"."${name}" AS TEXT) AS "${name}"` : `"t"."${name}" AS "${name}"`,
    )
    .join(', ');

/** Asks until nothing comes, for more rows at once where they are short. */
async function* paged(ask: (limit: number) => Promise<RawRow[]>): AsyncGenerator<RawRow[]> {
  for (let limit = FIRST_ROWS; ; ) {
    const rows = await ask(limit);
    if (rows.length === 0) return;
    yield rows;
    const bytesOfRow = bytesOf(rows) / rows.length;
    limit = Math.max(1, Math.min(MOST_ROWS, Math.floor(PAGE_BYTES / bytesOfRow)));
  }
}

const bytesOf = (rows: readonly RawRow[]): number => {
  let bytes = rows.length;
  for (const row of rows) for (const value of Object.values(row)) bytes += String(value).length;
  return bytes;
};

/** How many rows, and the sum of their SHA-256 digests modulo 2^256: the same in whatever order they come. */
export class RowsDigest {
  rows = 0;
  #sum = 0n;

  add(rows: readonly PlainRow[]): void {
    for (const row of rows) {
      const hex = createHash('sha256').update(JSON.stringify(row)).digest('hex');
      this.#sum = BigInt.asUintN(256, this.#sum + BigInt(`0x${hex}`));
    }
    this.rows += rows.length;
  }

  get digest(): string {
    return this.#sum.toString(16).padStart(64, '0');
  }
}
