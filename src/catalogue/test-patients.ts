/** Test patients leave no trace: neither their objects nor their reports nor their story. */
import { isTestPatient, TEST_PATIENT_PREFIX } from '../patients/test-patient.ts';
import type { Sql, Statement } from '../ports.ts';
import { leavingNothing } from './forgetting.ts';
import { ofPatient } from './retention.ts';
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

/** Takes a test patient out of the catalogue, whatever is being done with it, and puts its files on the list of removals. */
export const forgettingTestPatient = (PatientID: string, now: Date): Statement[] =>
  isTestPatient(PatientID) ? leavingNothing(ofPatient(PatientID), now) : [];
