import type { SqlValue } from '../ports.ts';

/** A row as the database gives it. */
export type Raw = Record<string, SqlValue>;

export const text = (value: SqlValue | undefined): string => String(value ?? '');
export const textOrNull = (value: SqlValue | undefined): string | null =>
  value == null ? null : String(value);
/** Milliseconds since 1970. PostgreSQL gives large numbers as text. */
export const date = (value: SqlValue | undefined): Date => new Date(Number(value));
export const dateOrNull = (value: SqlValue | undefined): Date | null => (value == null ? null : date(value));
/** Only for texts that the catalogue wrote itself. */
export const json = <T>(value: SqlValue | undefined): T => JSON.parse(text(value)) as T;

/** SQL: the column holds none of these texts, which are the parameters from that number on. */
export const noneOf = (column: string, texts: readonly string[], first: number): string =>
  texts.length === 0
    ? '(1 = 1)'
    : `(${column} NOT IN (${texts.map((_, index) => `$${first + index}`).join(', ')}))`;
