/** Tries to send: that one is under way, and who may have an object because of it, also when nobody heard how it ended. */
import type { Clock, Sql, Statement } from '../ports.ts';
import type { DeliveryRow } from './rows.ts';

type Needs = Readonly<{ sql: Sql; clock: Clock }>;
export type DeliveryKey = Pick<DeliveryRow, 'SOPInstanceUID' | 'destination' | 'StudyInstanceUID'>;

/** A delivery may begin, as far as its case is concerned; of "delivery" with its "report" and, where it is still here, "study". */
export const MAY_LEAVE = `("study"."state" IS NULL OR "report"."kind" = 'note'
  OR "study"."state" IN ('reported', 'delivering', 'delivered', 'deliveryFailed')
  OR ("study"."state" = 'held' AND "study"."reasons" = "report"."heldBecause"))`;

/** Of a delivery that is new. */
export const DELIVERY_COLUMNS = `"SOPInstanceUID", "destination", "StudyInstanceUID", "state", "attempts", "refusals", "nextAttemptAt",
  "status", "comment", "fault", "warning", "updatedAt"`;

/**
 * To be written before the first byte leaves, so that also after a kill it is known who may have the object, and in which form. The
 * name of the try; undefined, and nothing may leave: since it was looked at, the delivery was withdrawn, its case held, or a newer report made.
 */
export async function beginSending(
  { sql, clock }: Needs,
  { SOPInstanceUID, destination, attempts }: DeliveryRow,
  form: string = SOPInstanceUID,
): Promise<string | undefined> {
  const name = crypto.randomUUID();
  const isBegun = await sql.batch([
    {
      mustChange: true,
      text: `UPDATE "delivery" SET "begunAt" = COALESCE("begunAt", $4), "sendingSince" = $4
          WHERE "SOPInstanceUID" = $1 AND "destination" = $2 AND "state" = 'waiting' AND "attempts" = $3
          AND EXISTS (SELECT 1 FROM "report" LEFT JOIN "study" ON "study"."StudyInstanceUID" = "delivery"."StudyInstanceUID"
            WHERE "report"."SOPInstanceUID" = "delivery"."SOPInstanceUID" AND ${MAY_LEAVE}
            AND ("report"."kind" = 'note' OR NOT EXISTS (SELECT 1 FROM "report" AS "newer" JOIN "report" AS "main"
              ON "main"."StudyInstanceUID" = "newer"."StudyInstanceUID" AND "newer"."createdAt" > "main"."createdAt"
              WHERE "newer"."kind" = 'sr'
                AND "main"."SOPInstanceUID" = COALESCE("report"."companionOf", "report"."SOPInstanceUID"))))`,
      values: [SOPInstanceUID, destination, attempts, clock().getTime()],
    },
    ...(form === SOPInstanceUID
      ? []
      : [
          {
            text: 'INSERT INTO "begunForm" VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING',
            values: [SOPInstanceUID, destination, form, name],
          },
        ]),
  ]);
  return isBegun ? name : undefined;
}

/** A try left nothing there: what an earlier one may have left counts on. */
export async function formLeftNothing({ sql }: Pick<Needs, 'sql'>, name: string): Promise<void> {
  await sql.query('DELETE FROM "begunForm" WHERE "try" = $1', [name]);
}

type Seen = Readonly<{
  reports: readonly string[];
  beside: readonly string[];
  deliveries: readonly DeliveryRow[];
}>;

/** Undoes its batch when something was made beside the reports, or a try to send one of these objects began or ended, since it was looked. */
export function nothingSentSince({ reports, beside, deliveries }: Seen): Statement {
  const objects = [...reports, ...beside];
  const begun = deliveries
    .filter(({ begunAt, SOPInstanceUID }) => begunAt !== null && objects.includes(SOPInstanceUID))
    .map((row) =>
      [row.SOPInstanceUID, row.destination, row.attempts, row.sendingSince?.getTime() ?? ''].join(' '),
    );
  const places = (count: number, from: number) =>
    Array.from({ length: count }, (_, at) => `$${from + at}`).join(', ');
  const asSeen = `"SOPInstanceUID" || ' ' || "destination" || ' ' || CAST("attempts" AS TEXT) || ' ' ||
    COALESCE(CAST("sendingSince" AS TEXT), '')`;
  const isSeen = begun.length === 0 ? '1 = 0' : `${asSeen} IN (${places(begun.length, 2 + objects.length)})`;
  return {
    mustChange: true,
    text: `UPDATE "report" SET "kind" = "kind" WHERE "SOPInstanceUID" = $2
      AND (SELECT COUNT(*) FROM "report" AS "beside" WHERE "beside"."companionOf" IN (${places(reports.length, 2)})) = $1
      AND NOT EXISTS (SELECT 1 FROM "delivery" WHERE "begunAt" IS NOT NULL
        AND "SOPInstanceUID" IN (${places(objects.length, 2)}) AND NOT (${isSeen}))`,
    values: [beside.length, ...objects, ...begun],
  };
}

/** What was withdrawn may have come to a destination only now: its note goes there (again). Nothing where it was not withdrawn. */
export function followingWithNote(
  { SOPInstanceUID, destination, StudyInstanceUID }: DeliveryKey,
  now: Date,
): Statement {
  return {
    text: `INSERT INTO "delivery" (${DELIVERY_COLUMNS})
      SELECT "note", CAST($2 AS TEXT), CAST($3 AS TEXT), 'waiting', 0, 0, CAST($4 AS BIGINT), NULL, NULL, NULL, 0, CAST($4 AS BIGINT)
      FROM "withdrawal" WHERE "SOPInstanceUID" = $1
      ON CONFLICT ("SOPInstanceUID", "destination") DO UPDATE
        SET "state" = 'waiting', "attempts" = 0, "refusals" = 0, "nextAttemptAt" = CAST($4 AS BIGINT)`,
    values: [SOPInstanceUID, destination, StudyInstanceUID, now.getTime()],
  };
}

/** A try has ended, however, of an object that was withdrawn while it was under way. */
export async function endAfterWithdrawal({ sql, clock }: Needs, row: DeliveryKey): Promise<void> {
  await sql.batch([
    {
      text: `UPDATE "delivery" SET "sendingSince" = NULL WHERE "SOPInstanceUID" = $1 AND "destination" = $2`,
      values: [row.SOPInstanceUID, row.destination],
    },
    followingWithNote(row, clock()),
  ]);
}

/**
 * Something that the note takes back may just be on its way to the destination: a try began, by whichever clock, less than `longestMs`
 * from now, and has no end.
 */
export async function isUnderWay(
  { sql, clock }: Needs,
  { SOPInstanceUID, destination }: Pick<DeliveryRow, 'SOPInstanceUID' | 'destination'>,
  longestMs: number,
): Promise<boolean> {
  const now = clock().getTime();
  const rows = await sql.query(
    `SELECT 1 FROM "withdrawal" JOIN "delivery" ON "delivery"."SOPInstanceUID" = "withdrawal"."SOPInstanceUID"
     WHERE "withdrawal"."note" = $1 AND "delivery"."destination" = $2
       AND "delivery"."sendingSince" > $3 AND "delivery"."sendingSince" < $4 LIMIT 1`,
    [SOPInstanceUID, destination, now - longestMs, now + longestMs],
  );
  return rows.length > 0;
}
