/** Test patients leave no trace: neither their objects nor their reports nor their story. */
import { isTestPatient, TEST_PATIENT_PREFIX } from '../patients/test-patient.ts';
import type { Sql, Statement } from '../ports.ts';
import { takingOut } from './retention.ts';
import { type Raw, text } from './values.ts';

const beginning = `SUBSTR("PatientID", 1, ${TEST_PATIENT_PREFIX.length})`;
/** SQL: the row of "study" is of no test patient. LIKE would not tell small letters from capitals in every database. */
export const OF_NO_TEST_PATIENT = `${beginning} <> '${TEST_PATIENT_PREFIX}'`;

/** Patient IDs of self-tests that are still here. */
export async function testPatients(sql: Sql): Promise<string[]> {
  const rows = await sql.query<Raw>(
    `SELECT DISTINCT "PatientID" FROM "study" WHERE NOT (${OF_NO_TEST_PATIENT})`,
  );
  return rows.map((row) => text(row['PatientID']));
}

/** Tables that name a study; of a test patient all of their rows go. */
const TABLES = [
  'rendition',
  'report',
  'delivery',
  'event',
  'fetch',
  'prior',
  'archivedCount',
  'maskRequest',
  'withdrawal',
];

/** Takes a test patient out of the catalogue, whatever is being done with it, and puts its files on the list of removals. */
export function forgettingTestPatient(PatientID: string, now: Date): Statement[] {
  if (!isTestPatient(PatientID)) return [];
  const studies = `SELECT "StudyInstanceUID" FROM "study" WHERE "PatientID" = $1`;
  const reports = (table: string): Statement => ({
    text: `INSERT INTO "removal" SELECT "file", $2 FROM "${table}" WHERE "StudyInstanceUID" IN (${studies}) ON CONFLICT DO NOTHING`,
    values: [PatientID, now.getTime()],
  });
  return [
    reports('report'),
    reports('rendition'),
    ...TABLES.map((table) => ({
      text: `DELETE FROM "${table}" WHERE "StudyInstanceUID" IN (${studies})`,
      values: [PatientID],
    })),
    ...takingOut(PatientID, now),
  ];
}
