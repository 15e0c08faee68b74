/**
 * What persons ordered about cases: it stands until it is taken back or carried out. Orders outlive retention: a case that was
 * cancelled stays so when its study comes again.
 */
import type { Sql, Statement } from '../ports.ts';
import { date, json, noneOf, type Raw, text } from './values.ts';

export type ChosenRegion = Readonly<{
  /** of the mask object */
  SOPInstanceUID: string;
  region: number;
  /** of the region, when it was chosen: an object that its sender corrected may have given the number to another */
  name: string;
  /** ms; where it was chosen before the order that it stands in */
  chosenAt?: number | undefined;
}>;

type Details = {
  /** held until it is released */
  hold: Readonly<Record<string, never>>;
  /** not eligible until it is opened again */
  cancel: Readonly<Record<string, never>>;
  /** the baseline of this case only */
  baseline: Readonly<{ StudyInstanceUID: string }>;
  /** which region is the lesion */
  regions: Readonly<{ baseline?: ChosenRegion | undefined; followUp?: ChosenRegion | undefined }>;
  /** score it once more, also where its last report leaves nothing to score */
  rescore: Readonly<Record<string, never>>;
};
export type OrderKind = keyof Details;
export type OrderDetail<Kind extends OrderKind> = Details[Kind];
export type Order<Kind extends OrderKind = OrderKind> = Readonly<{
  id: string;
  detail: Details[Kind];
  author: string;
  /** in the person's words */
  reason: string;
  orderedAt: Date;
}>;
export type CaseOrders = Readonly<{ [Kind in OrderKind]?: Order<Kind> }>;

const toOrders = (rows: readonly Raw[]): CaseOrders =>
  Object.fromEntries(
    rows.map((row) => [
      text(row['kind']),
      {
        id: text(row['id']),
        detail: json(row['detail']),
        author: text(row['author']),
        reason: text(row['reason']),
        orderedAt: date(row['orderedAt']),
      },
    ]),
  );

export async function ordersOf(sql: Sql, StudyInstanceUID: string): Promise<CaseOrders> {
  return toOrders(
    await sql.query<Raw>('SELECT * FROM "caseOrder" WHERE "StudyInstanceUID" = $1', [StudyInstanceUID]),
  );
}

/** The orders about every case of a Patient ID, by study; a case without any is not in it. */
export async function ordersOfPatient(sql: Sql, PatientID: string): Promise<ReadonlyMap<string, CaseOrders>> {
  const rows = await sql.query<Raw>(
    `SELECT * FROM "caseOrder" WHERE "StudyInstanceUID" IN (
       SELECT "StudyInstanceUID" FROM "study" WHERE "PatientID" = $1)`,
    [PatientID],
  );
  const byStudy = new Map<string, Raw[]>();
  for (const row of rows) {
    const study = text(row['StudyInstanceUID']);
    byStudy.set(study, [...(byStudy.get(study) ?? []), row]);
  }
  return new Map([...byStudy].map(([study, each]) => [study, toOrders(each)]));
}

/** When a person last chose baseline or regions of a case of this Patient ID, or took the choice back, by study. */
export async function chosenOfPatient(sql: Sql, PatientID: string): Promise<ReadonlyMap<string, Date>> {
  const rows = await sql.query<Raw>(
    `SELECT "StudyInstanceUID", MAX("at") AS "last" FROM "event" WHERE "kind" IN ('order.baseline', 'order.regions')
       AND "StudyInstanceUID" IN (SELECT "StudyInstanceUID" FROM "study" WHERE "PatientID" = $1)
     GROUP BY "StudyInstanceUID"`,
    [PatientID],
  );
  return new Map(rows.map((row) => [text(row['StudyInstanceUID']), date(row['last'])]));
}

/** A new order, in the place of the one of its kind. */
export const ordering = <Kind extends OrderKind>(
  StudyInstanceUID: string,
  kind: Kind,
  { detail, author, reason, orderedAt }: Omit<Order<Kind>, 'id'>,
): Statement => ({
  text: `INSERT INTO "caseOrder" VALUES ($1, $2, $3, $4, $5, $6, $7)
    ON CONFLICT ("StudyInstanceUID", "kind") DO UPDATE SET
      "id" = $3, "detail" = $4, "author" = $5, "reason" = $6, "orderedAt" = $7`,
  values: [
    StudyInstanceUID,
    kind,
    crypto.randomUUID(),
    JSON.stringify(detail),
    author,
    reason,
    orderedAt.getTime(),
  ],
});

export const endingOrder = (StudyInstanceUID: string, kind: OrderKind): Statement => ({
  text: 'DELETE FROM "caseOrder" WHERE "StudyInstanceUID" = $1 AND "kind" = $2',
  values: [StudyInstanceUID, kind],
});

/** Fails the batch it is put in when a person gave an order about the case, or took one back, since these were read. */
export const sameOrders = (StudyInstanceUID: string, orders: CaseOrders = {}): Statement => {
  const ids = Object.values(orders).map(({ id }) => id);
  return {
    mustChange: true,
    text: `UPDATE "study" SET "attempts" = "attempts" WHERE "StudyInstanceUID" = $1
      AND (SELECT COUNT(*) FROM "caseOrder" WHERE "caseOrder"."StudyInstanceUID" = $1) = $2
      AND NOT EXISTS (SELECT 1 FROM "caseOrder" WHERE "caseOrder"."StudyInstanceUID" = $1 AND ${noneOf('"id"', ids, 3)})`,
    values: [StudyInstanceUID, ids.length, ...ids],
  };
};

/** A person holds or cancelled the case: nothing about it goes out, whatever its state says just now. */
export async function isStopped(sql: Sql, StudyInstanceUID: string): Promise<boolean> {
  const rows = await sql.query(
    `SELECT 1 FROM "caseOrder" WHERE "StudyInstanceUID" = $1 AND "kind" IN ('hold', 'cancel')`,
    [StudyInstanceUID],
  );
  return rows.length > 0;
}

/** Those of these studies whose case a person cancelled; it stays so when the study itself is retired. */
export async function cancelledAmong(sql: Sql, studies: readonly string[]): Promise<ReadonlySet<string>> {
  if (studies.length === 0) return new Set();
  const rows = await sql.query<Raw>(
    `SELECT "StudyInstanceUID" FROM "caseOrder" WHERE "kind" = 'cancel'
       AND "StudyInstanceUID" IN (${studies.map((_, at) => `$${at + 1}`).join(', ')})`,
    [...studies],
  );
  return new Set(rows.map((row) => text(row['StudyInstanceUID'])));
}

/** What waits to be sent of a case that is cancelled does not any more. A rejection note does: it is about what is out. */
export const endingDeliveries = (StudyInstanceUID: string, now: Date): Statement => ({
  text: `UPDATE "delivery" SET "state" = 'superseded', "updatedAt" = $2
    WHERE "StudyInstanceUID" = $1 AND "state" = 'waiting'
    AND "SOPInstanceUID" NOT IN (SELECT "SOPInstanceUID" FROM "report" WHERE "kind" = 'note')`,
  values: [StudyInstanceUID, now.getTime()],
});

/** The case was opened again: what waited of its newest report waits again, unless that was withdrawn. */
export const resumingDeliveries = (StudyInstanceUID: string, now: Date): Statement => ({
  text: `UPDATE "delivery" SET "state" = 'waiting', "nextAttemptAt" = $2, "updatedAt" = $2
    WHERE "StudyInstanceUID" = $1 AND "state" = 'superseded' AND "SOPInstanceUID" IN (
      SELECT "SOPInstanceUID" FROM "report" WHERE COALESCE("companionOf", "SOPInstanceUID") = (
        SELECT "SOPInstanceUID" FROM "report" AS "each" WHERE "each"."kind" = 'sr' AND "each"."StudyInstanceUID" = $1
        ORDER BY "each"."createdAt" DESC, "each"."SOPInstanceUID" DESC LIMIT 1))
    AND "SOPInstanceUID" NOT IN (SELECT "SOPInstanceUID" FROM "withdrawal")`,
  values: [StudyInstanceUID, now.getTime()],
});
