import type { Sql } from '../ports.ts';
import { OF_NO_TEST_PATIENT } from './test-patients.ts';
import { type Raw, text } from './values.ts';

/** So many of the newest studies are looked at. */
const NEWEST_STUDIES = 200;

/** Studies with images that are here, those that came from this sender first, the newest first. */
export async function heldStudies(
  sql: Sql,
  from: string,
  most: number,
): Promise<{ StudyInstanceUID: string; PatientID: string }[]> {
  const rows = await sql.query<Raw>(
    `SELECT "newest"."StudyInstanceUID", "newest"."PatientID",
       CASE WHEN EXISTS (SELECT 1 FROM "instance" WHERE "instance"."StudyInstanceUID" = "newest"."StudyInstanceUID"
         AND "instance"."role" = 'image' AND "instance"."receivedFrom" = $1) THEN 0 ELSE 1 END AS "rank"
     FROM (SELECT * FROM "study" WHERE ${OF_NO_TEST_PATIENT} ORDER BY "lastReceivedAt" DESC LIMIT ${NEWEST_STUDIES}) AS "newest"
     WHERE EXISTS (SELECT 1 FROM "instance" WHERE "instance"."StudyInstanceUID" = "newest"."StudyInstanceUID"
       AND "instance"."role" = 'image')
     ORDER BY "rank", "newest"."lastReceivedAt" DESC LIMIT $2`,
    [from, most],
  );
  return rows.map((row) => ({
    StudyInstanceUID: text(row['StudyInstanceUID']),
    PatientID: text(row['PatientID']),
  }));
}
