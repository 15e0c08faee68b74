/** Where the catalogue tells of a patient: also of one who was retired, of whom only reports and stories are left. */
import type { PatientKey } from '../patients/merge-csv.ts';
import { patientKey } from '../patients/patient.ts';
import type { Sql, SqlValue, Statement } from '../ports.ts';
import { identitiesOf } from './patient-identities.ts';
import { type Raw, text } from './values.ts';

export type PatientTraces = Readonly<{
  identities: readonly PatientKey[];
  studies: readonly string[];
  /** SOP Instance UIDs of reports and of what went beside them */
  reports: readonly string[];
  /** SOP Instance UIDs of what was received */
  instances: readonly string[];
  /** keys of rows of "measurement" */
  measurements: readonly string[];
  /** lines of the story of the patients table */
  recordEvents: readonly Readonly<{ at: SqlValue; sequence: SqlValue }>[];
}>;

/** Faults: those of `identitiesOf`. */
export async function tracesOf(sql: Sql, PatientID: string, issuer?: string): Promise<PatientTraces> {
  const { identities, tellings } = await identitiesOf(sql, PatientID, issuer);
  const told = tellings.map(({ StudyInstanceUID }) => StudyInstanceUID).filter((uid) => uid !== '');
  const studies = await studiesOf(sql, identities, told);
  return {
    identities,
    studies,
    recordEvents: tellings.filter(({ StudyInstanceUID }) => StudyInstanceUID === ''),
    reports: await columnOf(sql, 'report', 'SOPInstanceUID', 'StudyInstanceUID', studies),
    instances: await columnOf(sql, 'instance', 'SOPInstanceUID', 'StudyInstanceUID', studies),
    measurements: await measurementsOf(sql, studies),
  };
}

/** One that is another patient's now, by a correction of a person, is not among them. */
async function studiesOf(
  sql: Sql,
  identities: readonly PatientKey[],
  told: readonly string[],
): Promise<string[]> {
  const found = new Set(told);
  for (const { PatientID, IssuerOfPatientID } of identities) {
    for (const table of ['study', 'localDelta', 'foundReport', 'foundRejection']) {
      const rows = await sql.query<Raw>(
        `SELECT "StudyInstanceUID" FROM "${table}" WHERE "PatientID" = $1 AND "IssuerOfPatientID" = $2`,
        [PatientID, IssuerOfPatientID],
      );
      for (const row of rows) found.add(text(row['StudyInstanceUID']));
    }
  }
  for (const uid of await besideReports(sql, [...found])) found.add(uid);
  const keys = new Set(identities.map(patientKey));
  for (const uid of found) if (await isAnothers(sql, uid, keys)) found.delete(uid);
  return [...found].sort();
}

async function isAnothers(sql: Sql, StudyInstanceUID: string, keys: ReadonlySet<string>): Promise<boolean> {
  const [row] = await sql.query<Raw>(
    'SELECT "PatientID", "IssuerOfPatientID" FROM "study" WHERE "StudyInstanceUID" = $1',
    [StudyInstanceUID],
  );
  const [PatientID, IssuerOfPatientID] = [text(row?.['PatientID']), text(row?.['IssuerOfPatientID'])];
  return row !== undefined && !keys.has(patientKey({ PatientID, IssuerOfPatientID }));
}

/** What went beside a report, and notes that take it back, may be of the study of the baseline. */
async function besideReports(sql: Sql, studies: readonly string[]): Promise<string[]> {
  const reports = await columnOf(sql, 'report', 'SOPInstanceUID', 'StudyInstanceUID', studies);
  const notes = await columnOf(sql, 'withdrawal', 'note', 'StudyInstanceUID', studies);
  return [
    ...(await columnOf(sql, 'report', 'StudyInstanceUID', 'companionOf', reports)),
    ...(await columnOf(sql, 'report', 'StudyInstanceUID', 'SOPInstanceUID', notes)),
  ];
}

/** SQL: so many parameters, from the first on. */
export const parameters = (count: number): string =>
  Array.from({ length: count }, (_, at) => `$${at + 1}`).join(', ');

async function columnOf(
  sql: Sql,
  table: string,
  wanted: string,
  column: string,
  values: readonly string[],
): Promise<string[]> {
  if (values.length === 0) return [];
  const rows = await sql.query<Raw>(
    `SELECT "${wanted}" AS "wanted" FROM "${table}" WHERE "${column}" IN (${parameters(values.length)})`,
    values,
  );
  return rows.map((row) => text(row['wanted']));
}

/** Of images of these studies: a measurement holds the header of one. */
async function measurementsOf(sql: Sql, studies: readonly string[]): Promise<string[]> {
  const found: string[] = [];
  for (const uid of studies) {
    const rows = await sql.query<Raw>('SELECT "key" FROM "measurement" WHERE "result" LIKE $1', [
      `%"StudyInstanceUID":"${uid}"%`,
    ]);
    found.push(...rows.map((row) => text(row['key'])));
  }
  return found;
}

/** Of tables that name the patient and no study. */
export const forgettingIdentities = ({
  identities,
  measurements,
  recordEvents,
}: PatientTraces): Statement[] => [
  ...identities.flatMap(({ PatientID, IssuerOfPatientID }): Statement[] => [
    {
      text: 'DELETE FROM "patient" WHERE "PatientID" = $1 AND "IssuerOfPatientID" = $2',
      values: [PatientID, IssuerOfPatientID],
    },
    {
      text: `DELETE FROM "patientMerge" WHERE ("PatientID" = $1 AND "IssuerOfPatientID" = $2)
        OR ("newPatientID" = $1 AND "newIssuerOfPatientID" = $2)`,
      values: [PatientID, IssuerOfPatientID],
    },
  ]),
  ...measurements.map((key) => ({ text: 'DELETE FROM "measurement" WHERE "key" = $1', values: [key] })),
  ...recordEvents.map(({ at, sequence }) => ({
    text: 'DELETE FROM "event" WHERE "at" = $1 AND "sequence" = $2',
    values: [at, sequence],
  })),
];
