/** Every patient that studies or records name, and how much is here of each. */
import type { PatientKey } from '../patients/merge-csv.ts';
import type { Sql } from '../ports.ts';
import { dateOrNull, type Raw, text } from './values.ts';

export type KnownPatient = PatientKey & Readonly<{ studies: number; newestAt: Date | null }>;

/** Ordered by Patient ID and issuer. An identity of a record alone has no studies. */
export async function knownPatients(sql: Sql): Promise<KnownPatient[]> {
  const rows = await sql.query<Raw>(
    `SELECT "PatientID", "IssuerOfPatientID", SUM("n") AS "studies", MAX("newest") AS "newestAt" FROM (
       SELECT "PatientID", "IssuerOfPatientID", COUNT(*) AS "n", MAX("stateChangedAt") AS "newest"
         FROM "study" GROUP BY "PatientID", "IssuerOfPatientID"
       UNION ALL
       SELECT "PatientID", "IssuerOfPatientID", 0 AS "n", NULL AS "newest" FROM "patient"
     ) AS "known" GROUP BY "PatientID", "IssuerOfPatientID" ORDER BY "PatientID", "IssuerOfPatientID"`,
  );
  return rows.map((row) => ({
    PatientID: text(row['PatientID']),
    IssuerOfPatientID: text(row['IssuerOfPatientID']),
    studies: Number(row['studies']),
    newestAt: dateOrNull(row['newestAt']),
  }));
}
