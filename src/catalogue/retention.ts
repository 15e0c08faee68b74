import type { Sql, SqlValue, Statement } from '../ports.ts';
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

/** SQL: the studies whose rows are meant; `values` are its parameters. */
export type Whose = Readonly<{ studies: string; values: readonly SqlValue[] }>;

const STUDIES = `SELECT "StudyInstanceUID" FROM "study" WHERE "PatientID" = $1`;
export const ofPatient = (PatientID: string): Whose => ({ studies: STUDIES, values: [PatientID] });

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
    ...['foundReport', 'foundRejection'].map((table) => ({
      text: `DELETE FROM "${table}" WHERE "PatientID" = $1`,
      values: [PatientID],
    })),
    ...takingOut(ofPatient(PatientID), now),
  ];
}

/**
 * Studies, series, instances and masks, what was asked of others about them, and what is still to be made beside their reports; the
 * files go on the list of removals.
 */
export function takingOut({ studies, values }: Whose, now: Date): Statement[] {
  return [
    {
      text: `UPDATE "report" SET "due" = NULL WHERE "due" IS NOT NULL AND "StudyInstanceUID" IN (${studies})`,
      values,
    },
    ...takenOut(studies).flatMap(({ table, where, hasFiles }) => [
      ...(hasFiles ? [removingFiles(table, where, values, now)] : []),
      { text: `DELETE FROM "${table}" WHERE ${where}`, values },
    ]),
  ];
}

/** Rows of a table. `hasFiles`: they name files that go with them. */
export type RowsGone = Readonly<{ table: string; where: string; hasFiles?: boolean }>;

/** In the order in which they go: what the others are found by is the last. */
export function takenOut(studies: string): RowsGone[] {
  const isOf = `"StudyInstanceUID" IN (${studies})`;
  const later = `${isOf} OR "SOPInstanceUID" IN (SELECT "SOPInstanceUID" FROM "instance" WHERE ${isOf})`;
  const gone = (...tables: string[]): RowsGone[] => tables.map((table) => ({ table, where: isOf }));
  return [
    { table: 'conflict', where: later, hasFiles: true },
    { table: 'superseded', where: later, hasFiles: true },
    ...gone('seenAgain', 'fetchedSeries', 'identityCorrection', 'heldPoint', 'mask'),
    // A patient who comes back is asked for anew.
    ...gone('fetch', 'archivedCount', 'maskRequest'),
    { table: 'prior', where: `${isOf} OR "followUp" IN (${studies})` },
    { table: 'awaitedFile', where: `"file" IN (SELECT "file" FROM "instance" WHERE ${isOf})` },
    { table: 'instance', where: isOf, hasFiles: true },
    ...gone('series', 'study'),
  ];
}

export const removingFiles = (
  table: string,
  where: string,
  values: readonly SqlValue[],
  now: Date,
): Statement => ({
  text: `INSERT INTO "removal" SELECT "file", $${values.length + 1} FROM "${table}" WHERE ${where} ON CONFLICT DO NOTHING`,
  values: [...values, now.getTime()],
});

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

export async function countRemovals(sql: Sql): Promise<number> {
  const [row] = await sql.query<Raw>('SELECT COUNT(*) AS "n" FROM "removal"');
  return Number(row?.['n'] ?? 0);
}

/** Tables whose rows name files. */
const HAVING_FILES = ['instance', 'conflict', 'superseded', 'report', 'rendition'] as const;

/** Whether an object lies in that file: one that came again after its patient was retired lies where it lay, and so does a report that was made again. */
export async function isFileNamed(sql: Sql, file: string): Promise<boolean> {
  const found = HAVING_FILES.map((table) => `SELECT 1 FROM "${table}" WHERE "file" = $1${ofObject(file)}`);
  const rows = await sql.query(found.join(' UNION ALL '), [file, ...(isLater(file) ? [] : [fileKey(file)])]);
  return rows.length > 0;
}

/** Only what came later, other bytes of a known UID, lies in a file of another name: nobody has to look through whole tables. */
const isLater = (file: string): boolean => file.startsWith('later/');
const ofObject = (file: string): string => (isLater(file) ? '' : ' AND "SOPInstanceUID" = $2');

export const removed = (file: string): Statement => ({
  text: 'DELETE FROM "removal" WHERE "file" = $1',
  values: [file],
});

/** Measurements are a cache that names patients: what nobody asked for since is made again when it is needed. */
export const forgetMeasurements = (before: Date): Statement => ({
  text: 'DELETE FROM "measurement" WHERE "measuredAt" < $1',
  values: [before.getTime()],
});
