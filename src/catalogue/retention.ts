import type { Sql, Statement } from '../ports.ts';
import type { StudyState } from '../study/lifecycle.ts';
import { noneOf, type Raw, text } from './values.ts';

/** Nothing more happens to such a case by itself; one that failed or is held waits for a person and is kept. */
const AT_REST: readonly StudyState[] = ['delivered', 'notEligible'];

/**
 * SQL: nothing more happens to the case in that row of "study" by itself. A report that waits for none of these destinations (the
 * parameters from that number on) but for nodes to which nothing goes out now keeps no patient here; nor does one that none of
 * them wants.
 */
const atRest = (row: string, destinations: readonly string[], first: number): string => {
  const deliveries = `SELECT 1 FROM "delivery" WHERE "delivery"."StudyInstanceUID" = "${row}"."StudyInstanceUID"`;
  const open = `"delivery"."state" IN ('waiting', 'taken')`;
  const isUnwanted = destinations.length > 0 ? `NOT EXISTS (${deliveries} AND ${open})` : '1 = 0';
  return `("${row}"."state" IN (${AT_REST.map((state) => `'${state}'`).join(', ')}) OR ("${row}"."state" = 'reported'
    AND (${isUnwanted} OR EXISTS (${deliveries} AND ${open}))
    AND NOT EXISTS (${deliveries} AND ${open} AND NOT ${noneOf('"delivery"."destination"', destinations, first)})))`;
};

const STUDIES = `SELECT "StudyInstanceUID" FROM "study" WHERE "PatientID" = $1`;
const INSTANCES = `SELECT "SOPInstanceUID" FROM "instance" WHERE "StudyInstanceUID" IN (${STUDIES})`;

/** Patient IDs all of whose cases have been at rest since before `before`, the longest first. */
export async function restingPatients(
  sql: Sql,
  before: Date,
  most: number,
  destinations: readonly string[],
): Promise<string[]> {
  const rows = await sql.query<Raw>(
    `SELECT "PatientID" FROM "study" LEFT JOIN "seenAgain" USING ("StudyInstanceUID") GROUP BY "PatientID"
     HAVING MAX("lastReceivedAt") < $1 AND MAX("stateChangedAt") < $1 AND COALESCE(MAX("seenAt"), 0) < $1
       AND SUM(CASE WHEN ${atRest('study', destinations, 3)} THEN 0 ELSE 1 END) = 0
     ORDER BY MAX("lastReceivedAt") LIMIT $2`,
    [before.getTime(), most, ...destinations],
  );
  return rows.map((row) => text(row['PatientID']));
}

/**
 * Takes a patient's studies, series, instances and masks out of the catalogue, and puts their files on the list of removals:
 * one transaction, undone when a case of the patient has moved meanwhile. Reports, deliveries and events stay; an old report of
 * a case that is not eligible any more is not sent, and nothing is made any more beside any.
 */
export function retiring(
  PatientID: string,
  before: Date,
  now: Date,
  destinations: readonly string[],
): Statement[] {
  return [
    {
      mustChange: true,
      text: `UPDATE "study" SET "attempts" = "attempts" WHERE "PatientID" = $1 AND NOT EXISTS (
        SELECT 1 FROM "study" AS "other" WHERE "other"."PatientID" = $1 AND ("other"."lastReceivedAt" >= $2
          OR "other"."stateChangedAt" >= $2 OR NOT ${atRest('other', destinations, 3)}
          OR EXISTS (SELECT 1 FROM "seenAgain" WHERE "seenAgain"."StudyInstanceUID" = "other"."StudyInstanceUID"
            AND "seenAgain"."seenAt" >= $2)))`,
      values: [PatientID, before.getTime(), ...destinations],
    },
    {
      text: `UPDATE "delivery" SET "state" = 'superseded', "updatedAt" = $2 WHERE "state" = 'waiting'
        AND "StudyInstanceUID" IN (${STUDIES} AND "state" = 'notEligible')
        AND "SOPInstanceUID" NOT IN (SELECT "SOPInstanceUID" FROM "report" WHERE "kind" = 'note')`,
      values: [PatientID, now.getTime()],
    },
    ...takingOut(PatientID, now),
  ];
}

/** Studies, series, instances and masks of a patient; their files go on the list of removals. */
export function takingOut(PatientID: string, now: Date): Statement[] {
  const files = (table: string, of: string): Statement => ({
    text: `INSERT INTO "removal" SELECT "file", $2 FROM "${table}" WHERE ${of} ON CONFLICT DO NOTHING`,
    values: [PatientID, now.getTime()],
  });
  const gone = (table: string, of = `"StudyInstanceUID" IN (${STUDIES})`): Statement => ({
    text: `DELETE FROM "${table}" WHERE ${of}`,
    values: [PatientID],
  });
  const later = `"StudyInstanceUID" IN (${STUDIES}) OR "SOPInstanceUID" IN (${INSTANCES})`;
  return [
    {
      text: `UPDATE "report" SET "due" = NULL WHERE "due" IS NOT NULL AND "StudyInstanceUID" IN (${STUDIES})`,
      values: [PatientID],
    },
    files('instance', `"StudyInstanceUID" IN (${STUDIES})`),
    files('conflict', later),
    files('superseded', later),
    gone('conflict', later),
    gone('superseded', later),
    gone('seenAgain'),
    gone('fetchedSeries'),
    gone('identityCorrection'),
    gone('foundReport', '"PatientID" = $1'),
    gone('foundRejection', '"PatientID" = $1'),
    gone('heldPoint'),
    gone('mask'),
    gone('instance'),
    gone('series'),
    gone('study', '"PatientID" = $1'),
  ];
}

/** An object of a study came again as it is here; changes nothing when it is not. */
export const seenAgain = (
  { SOPInstanceUID, StudyInstanceUID }: Readonly<{ SOPInstanceUID: string; StudyInstanceUID: string }>,
  now: Date,
): Statement[] => [
  {
    mustChange: true,
    text: 'UPDATE "study" SET "attempts" = "attempts" WHERE "StudyInstanceUID" = $1',
    values: [StudyInstanceUID],
  },
  {
    mustChange: true,
    text: `INSERT INTO "seenAgain" SELECT "StudyInstanceUID", $2 FROM "instance" WHERE "SOPInstanceUID" = $1
      ON CONFLICT ("StudyInstanceUID") DO UPDATE SET "seenAt" = $2`,
    values: [SOPInstanceUID, now.getTime()],
  },
];

/** A file that nothing names any more is to be taken off the disk. */
export const removing = (file: string, now: Date): Statement => ({
  text: 'INSERT INTO "removal" VALUES ($1, $2) ON CONFLICT DO NOTHING',
  values: [file, now.getTime()],
});

/** By which whoever writes or removes a file keeps others from it: of one under `instances/`, its SOP Instance UID. */
export const fileKey = (file: string): string => file.slice(file.lastIndexOf('/') + 1).replace(/\.dcm$/, '');

/** Files that are to be taken off the disk. */
export async function removals(sql: Sql, most: number): Promise<string[]> {
  const rows = await sql.query<Raw>('SELECT "file" FROM "removal" ORDER BY "since", "file" LIMIT $1', [most]);
  return rows.map((row) => text(row['file']));
}

/** Whether an object lies in that file: one that came again after its patient was retired lies where it lay. */
export async function isFileNamed(sql: Sql, file: string): Promise<boolean> {
  const rows = await sql.query(
    `SELECT 1 FROM "instance" WHERE "file" = $1 UNION ALL SELECT 1 FROM "conflict" WHERE "file" = $1
     UNION ALL SELECT 1 FROM "superseded" WHERE "file" = $1`,
    [file],
  );
  return rows.length > 0;
}

export const removed = (file: string): Statement => ({
  text: 'DELETE FROM "removal" WHERE "file" = $1',
  values: [file],
});

/** Measurements are a cache that names patients: what nobody asked for since is made again when it is needed. */
export const forgetMeasurements = (before: Date): Statement => ({
  text: 'DELETE FROM "measurement" WHERE "measuredAt" < $1',
  values: [before.getTime()],
});
