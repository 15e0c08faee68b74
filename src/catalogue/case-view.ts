/** What the case page reads beside the rows that the pipeline works with. Every list has an end. */
import type { MaskDescription } from '../masks/region.ts';
import type { Sql } from '../ports.ts';
import type { Language } from '../sr/language.ts';
import type { DeliveryState, ReportKind } from './rows.ts';
import { date, dateOrNull, json, type Raw, text, textOrNull } from './values.ts';

export type StoredEvent = Readonly<{ at: Date; kind: string; detail: unknown }>;

/** The newest of a story are read, and its beginning. */
const MOST_EVENTS = 4000;
const FIRST_EVENTS = 200;

/** Oldest first; `leftOut`: how many between its beginning and the newest were not read. */
export async function boundedEvents(
  sql: Sql,
  StudyInstanceUID: string,
): Promise<Readonly<{ events: readonly StoredEvent[]; leftOut: number }>> {
  const [counted] = await sql.query<Raw>(
    'SELECT COUNT(*) AS "n" FROM "event" WHERE "StudyInstanceUID" = $1',
    [StudyInstanceUID],
  );
  const count = Number(counted?.['n'] ?? 0);
  const newest = await newestEvents(sql, StudyInstanceUID, MOST_EVENTS);
  const before = Math.min(FIRST_EVENTS, count - newest.length);
  const first = before > 0 ? await eventsFrom(sql, StudyInstanceUID, 'ASC', before) : [];
  const events = [...first, ...newest];
  return { events, leftOut: Math.max(0, count - events.length) };
}

/** So many of the last ones, oldest first. */
export const newestEvents = async (
  sql: Sql,
  StudyInstanceUID: string,
  most: number,
): Promise<readonly StoredEvent[]> => (await eventsFrom(sql, StudyInstanceUID, 'DESC', most)).reverse();

async function eventsFrom(
  sql: Sql,
  StudyInstanceUID: string,
  direction: 'ASC' | 'DESC',
  most: number,
): Promise<StoredEvent[]> {
  const rows = await sql.query<Raw>(
    `SELECT "at", "kind", "detail" FROM "event" WHERE "StudyInstanceUID" = $1
     ORDER BY "at" ${direction}, "sequence" ${direction} LIMIT $2`,
    [StudyInstanceUID, most],
  );
  return rows.map((row) => ({
    at: date(row['at']),
    kind: text(row['kind']),
    detail: json(row['detail']),
  }));
}

/** Objects that one sender sent within one hour. */
export type ArrivedObjects = Readonly<{ from: string; role: string; count: number; first: Date; last: Date }>;

const HOUR_MS = 3_600_000;

/** Of the objects as they are here now: one that was corrected counts when it first came. */
export async function arrivedObjects(sql: Sql, StudyInstanceUID: string): Promise<readonly ArrivedObjects[]> {
  const rows = await sql.query<Raw>(
    `SELECT "receivedFrom", "role", COUNT(*) AS "n", MIN("receivedAt") AS "first", MAX("receivedAt") AS "last"
     FROM "instance" WHERE "StudyInstanceUID" = $1
     GROUP BY "receivedFrom", "role", "receivedAt" / ${HOUR_MS} ORDER BY "first" DESC LIMIT 500`,
    [StudyInstanceUID],
  );
  return rows.map((row) => ({
    from: text(row['receivedFrom']),
    role: text(row['role']),
    count: Number(row['n']),
    first: date(row['first']),
    last: date(row['last']),
  }));
}

export type ConflictRow = Readonly<{
  SOPInstanceUID: string;
  receivedAt: Date;
  receivedFrom: string;
  /** why they were not compared; '': they were */
  because: string;
}>;

/** Other bytes under known UIDs. */
export async function conflictRows(sql: Sql, StudyInstanceUID: string): Promise<readonly ConflictRow[]> {
  const rows = await sql.query<Raw>(
    `SELECT "SOPInstanceUID", "receivedAt", "receivedFrom", "because" FROM "conflict" WHERE "StudyInstanceUID" = $1
       OR "SOPInstanceUID" IN (SELECT "SOPInstanceUID" FROM "instance" WHERE "StudyInstanceUID" = $1)
     ORDER BY "receivedAt", "SOPInstanceUID" LIMIT 200`,
    [StudyInstanceUID],
  );
  return rows.map((row) => ({
    SOPInstanceUID: text(row['SOPInstanceUID']),
    receivedAt: date(row['receivedAt']),
    receivedFrom: text(row['receivedFrom']),
    because: text(row['because']),
  }));
}

/** An object of ours, of whatever kind, and the report that it stands for or goes beside. */
export type MadeObject = Readonly<{
  SOPInstanceUID: string;
  SOPClassUID: string;
  kind: ReportKind;
  language: Language;
  companionOf: string | null;
  file: string;
  bytes: number | null;
  createdAt: Date;
  withdrawn: Readonly<{ at: Date; reason: string; text: string; author: string }> | null;
  result: unknown;
  inputs: string;
  digest: string;
  isHeld: boolean;
}>;

/** Objects that were made for the case, in whatever study they lie; newest first. */
export async function madeObjects(sql: Sql, StudyInstanceUID: string): Promise<readonly MadeObject[]> {
  const rows = await sql.query<Raw>(
    `SELECT "report".*, "withdrawal"."reason", "withdrawal"."text", "withdrawal"."author", "withdrawal"."withdrawnAt"
     FROM "report" LEFT JOIN "withdrawal" ON "withdrawal"."SOPInstanceUID" = "report"."SOPInstanceUID"
     WHERE "report"."StudyInstanceUID" = $1 OR "report"."companionOf" IN (
       SELECT "SOPInstanceUID" FROM "report" AS "main" WHERE "main"."StudyInstanceUID" = $1)
     ORDER BY "report"."createdAt" DESC, "report"."SOPInstanceUID" LIMIT 500`,
    [StudyInstanceUID],
  );
  return rows.map((row) => ({
    SOPInstanceUID: text(row['SOPInstanceUID']),
    SOPClassUID: text(row['SOPClassUID']),
    kind: text(row['kind']) as ReportKind,
    language: text(row['language']) as Language,
    companionOf: textOrNull(row['companionOf']),
    file: text(row['file']),
    bytes: row['bytes'] == null ? null : Number(row['bytes']),
    createdAt: date(row['createdAt']),
    withdrawn: row['withdrawnAt'] == null ? null : withdrawnOf(row),
    result: json(row['result']),
    inputs: text(row['inputs']),
    digest: text(row['digest']),
    isHeld: row['heldBecause'] != null,
  }));
}

const withdrawnOf = (row: Raw): NonNullable<MadeObject['withdrawn']> => ({
  at: date(row['withdrawnAt']),
  reason: text(row['reason']),
  text: text(row['text']),
  author: text(row['author']),
});

export type SentObject = Readonly<{
  SOPInstanceUID: string;
  destination: string;
  state: DeliveryState;
  attempts: number;
  status: number | null;
  comment: string | null;
  fault: string | null;
  warning: boolean;
  nextAttemptAt: Date;
  updatedAt: Date;
  /** the form that was taken, where it was not the report itself */
  sentAs: string | null;
  /** whether the peer was asked to say that it keeps it; null: it was not */
  confirmation: Readonly<{ kind: string | null; confirmedAt: Date | null; fault: string | null }> | null;
}>;

export async function sentObjects(sql: Sql, StudyInstanceUID: string): Promise<readonly SentObject[]> {
  const rows = await sql.query<Raw>(
    `SELECT "delivery".*, "sentAs"."rendition", "confirmation"."TransactionUID", "confirmation"."kind" AS "proof",
       "confirmation"."confirmedAt", "confirmation"."fault" AS "proofFault"
     FROM "delivery" LEFT JOIN "sentAs" ON "sentAs"."SOPInstanceUID" = "delivery"."SOPInstanceUID"
       AND "sentAs"."destination" = "delivery"."destination"
     LEFT JOIN "confirmation" ON "confirmation"."SOPInstanceUID" = "delivery"."SOPInstanceUID"
       AND "confirmation"."destination" = "delivery"."destination" AND NOT EXISTS (
         SELECT 1 FROM "confirmation" AS "later" WHERE "later"."SOPInstanceUID" = "delivery"."SOPInstanceUID"
           AND "later"."destination" = "delivery"."destination" AND "later"."sentAt" > "confirmation"."sentAt")
     WHERE "delivery"."StudyInstanceUID" = $1
     ORDER BY "delivery"."updatedAt" DESC, "delivery"."SOPInstanceUID", "delivery"."destination" LIMIT 1000`,
    [StudyInstanceUID],
  );
  return rows.map((row) => ({
    SOPInstanceUID: text(row['SOPInstanceUID']),
    destination: text(row['destination']),
    state: text(row['state']) as DeliveryState,
    attempts: Number(row['attempts']),
    status: row['status'] == null ? null : Number(row['status']),
    comment: textOrNull(row['comment']),
    fault: textOrNull(row['fault']),
    warning: Number(row['warning']) === 1,
    nextAttemptAt: date(row['nextAttemptAt']),
    updatedAt: date(row['updatedAt']),
    sentAs: textOrNull(row['rendition']),
    confirmation:
      row['TransactionUID'] == null
        ? null
        : {
            kind: textOrNull(row['proof']),
            confirmedAt: dateOrNull(row['confirmedAt']),
            fault: textOrNull(row['proofFault']),
          },
  }));
}

/** Masks by their SOP Instance UIDs, in whatever study they lie. */
export async function masksNamed(
  sql: Sql,
  uids: readonly string[],
): Promise<ReadonlyMap<string, MaskDescription>> {
  const some = [...new Set(uids)].slice(0, 200);
  if (some.length === 0) return new Map();
  const rows = await sql.query<Raw>(
    `SELECT "SOPInstanceUID", "description" FROM "mask" WHERE "description" IS NOT NULL
     AND "SOPInstanceUID" IN (${some.map((_, at) => `$${at + 1}`).join(', ')})`,
    some,
  );
  return new Map(rows.map((row) => [text(row['SOPInstanceUID']), json<MaskDescription>(row['description'])]));
}

/** StudyDates of studies that are here. */
export async function studyDates(sql: Sql, uids: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const some = [...new Set(uids)].slice(0, 500);
  if (some.length === 0) return new Map();
  const rows = await sql.query<Raw>(
    `SELECT "StudyInstanceUID", "StudyDate" FROM "study"
     WHERE "StudyInstanceUID" IN (${some.map((_, at) => `$${at + 1}`).join(', ')})`,
    some,
  );
  return new Map(rows.map((row) => [text(row['StudyInstanceUID']), text(row['StudyDate'])]));
}
