/** The newest result of each of some patients: of the latest study that has a report. */
import type { PatientKey } from '../patients/merge-csv.ts';
import { patientKey } from '../patients/patient.ts';
import type { Sql } from '../ports.ts';
import { type Raw, text } from './values.ts';
import { type Outcome, outcomesOf } from './worklist-beside.ts';

export type NewestResult = Outcome & Readonly<{ StudyInstanceUID: string; StudyDate: string }>;

export async function newestResults(
  sql: Sql,
  patients: readonly PatientKey[],
): Promise<(patient: PatientKey) => NewestResult | null> {
  const ids = [...new Set(patients.map(({ PatientID }) => PatientID))];
  const rows = ids.length === 0 ? [] : await sql.query<Raw>(reportedStudies(ids.length), ids);
  const newest = new Map<string, Raw>();
  // Later ones take the place of those before.
  for (const row of rows) {
    const identity = {
      PatientID: text(row['PatientID']),
      IssuerOfPatientID: text(row['IssuerOfPatientID']),
    };
    newest.set(patientKey(identity), row);
  }
  const outcomes = await outcomesOf(
    sql,
    [...newest.values()].map((row) => text(row['StudyInstanceUID'])),
  );
  return (patient) => {
    const row = newest.get(patientKey(patient));
    const outcome = row && outcomes(text(row['StudyInstanceUID']));
    if (!row || !outcome) return null;
    return { ...outcome, StudyInstanceUID: text(row['StudyInstanceUID']), StudyDate: text(row['StudyDate']) };
  };
}

const reportedStudies = (count: number): string =>
  `SELECT "StudyInstanceUID", "PatientID", "IssuerOfPatientID", "StudyDate" FROM "study"
   WHERE "PatientID" IN (${Array.from({ length: count }, (_, at) => `$${at + 1}`).join(', ')}) AND EXISTS (
     SELECT 1 FROM "report" WHERE "report"."StudyInstanceUID" = "study"."StudyInstanceUID" AND "report"."kind" = 'sr')
   ORDER BY "StudyDate", "StudyTime", "StudyInstanceUID"`;
