import type { AuditLine } from '../api/perform.ts';
import type { Sql, SqlValue } from '../ports.ts';
import { type AuditRow, firstIdAt, toAuditRow } from './audit-row.ts';
import { type Raw, text } from './values.ts';

/** What is absent matches everything. Times are milliseconds since 1970; `to` is excluded. */
export type AuditQuery = Readonly<{
  actor?: string | undefined;
  action?: string | undefined;
  outcome?: AuditLine['outcome'] | undefined;
  /** id of a subject */
  subject?: string | undefined;
  from?: number | undefined;
  to?: number | undefined;
  /** anywhere in actor, address, action, subject, reason or fault; A to Z in either case */
  text?: string | undefined;
}>;

/** `next` given: older rows may match too; ask again with it as `before`. */
export type AuditPage = Readonly<{ rows: readonly AuditRow[]; next: string | undefined }>;

/** No index helps to find a text: so many rows are looked through at a time, and nobody waits for a million. */
const ROWS_LOOKED_THROUGH = 50_000;
const SEARCHED = ['actor', 'address', 'action', 'subjectId', 'reason', 'fault'];

/** A page of what matches, the newest first. */
export async function searchAudit(
  sql: Sql,
  query: AuditQuery,
  before: string | undefined,
  limit: number,
): Promise<AuditPage> {
  const oldest = query.text ? await reach(sql, query, before) : undefined;
  const { where, values } = conditions(query, before, oldest);
  const rows = await sql.query<Raw>(
    `SELECT * FROM "audit" WHERE ${where} ORDER BY "id" DESC LIMIT $${values.length + 1}`,
    [...values, limit + 1],
  );
  const found = rows.slice(0, limit).map(toAuditRow);
  return { rows: found, next: rows.length > limit ? found.at(-1)?.id : oldest };
}

/** The row down to which a text is looked for this time; undefined: down to the first. */
async function reach(sql: Sql, { from, to }: AuditQuery, before: string | undefined) {
  const { where, values } = conditions({ from, to }, before, undefined);
  const rows = await sql.query<Raw>(
    `SELECT "id" FROM "audit" WHERE ${where} ORDER BY "id" DESC LIMIT 1 OFFSET $${values.length + 1}`,
    [...values, ROWS_LOOKED_THROUGH],
  );
  return rows[0] && text(rows[0]['id']);
}

function conditions(query: AuditQuery, before: string | undefined, oldest: string | undefined) {
  const values: SqlValue[] = [];
  const parts = ['(1 = 1)'];
  const add = (part: (place: string) => string, value: SqlValue | undefined): void => {
    if (value === undefined) return;
    values.push(value);
    parts.push(part(`$${values.length}`));
  };
  add((place) => `"actor" = ${place}`, query.actor);
  add((place) => `"action" = ${place}`, query.action);
  add((place) => `"outcome" = ${place}`, query.outcome);
  add((place) => `"subjectId" = ${place}`, query.subject);
  add((place) => `"id" >= ${place}`, query.from === undefined ? undefined : firstIdAt(query.from));
  add((place) => `"id" < ${place}`, query.to === undefined ? undefined : firstIdAt(query.to));
  add((place) => `"id" < ${place}`, before);
  add((place) => `"id" >= ${place}`, oldest);
  add(
    (place) => `(${SEARCHED.map((name) => `LOWER("${name}") LIKE ${place} ESCAPE '\\'`).join(' OR ')})`,
    query.text === undefined ? undefined : `%${pattern(query.text)}%`,
  );
  return { where: parts.join(' AND '), values };
}

/** LOWER of SQLite knows A to Z only. */
const pattern = (sought: string): string =>
  sought.replaceAll(/[A-Z]/g, (letter) => letter.toLowerCase()).replaceAll(/[\\%_]/g, '\\$&');
