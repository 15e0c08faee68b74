/** Every patient that studies or records name, and how much is here of each. */
import type { PatientKey } from '../patients/merge-csv.ts';
import { type Patient, patientKey } from '../patients/patient.ts';
import type { Sql, SqlValue } from '../ports.ts';
import { dateOrNull, json, type Raw, text } from './values.ts';

type KnownPatient = PatientKey & Readonly<{ studies: number; newestAt: Date | null }>;

/** A patient of a page, with the record if there is one. */
export type PatientOfPage = KnownPatient & Readonly<{ record: Patient | null }>;

type Page = Readonly<{
  /** a part of the Patient ID, in capitals or not; undefined: every patient */
  text?: string | undefined;
  from: number;
  size: number;
}>;

const keyOf = (row: Raw): PatientKey => ({
  PatientID: text(row['PatientID']),
  IssuerOfPatientID: text(row['IssuerOfPatientID']),
});

/** An identity of a record alone has no studies. */
const identities = (where: string): string =>
  `SELECT "PatientID", "IssuerOfPatientID" FROM "study" ${where}
   UNION SELECT "PatientID", "IssuerOfPatientID" FROM "patient" ${where}`;

/** Also of those that another identity took the place of. */
export async function allIdentities(sql: Sql): Promise<PatientKey[]> {
  const merged = 'SELECT "PatientID", "IssuerOfPatientID" FROM "patientMerge"';
  return (await sql.query<Raw>(`${identities('')} UNION ${merged}`)).map(keyOf);
}

/** Ordered by Patient ID and issuer. Only what stands on the page is counted and read. */
export async function pageOfPatients(
  sql: Sql,
  { text: part, from, size }: Page,
): Promise<Readonly<{ patients: readonly PatientOfPage[]; total: number }>> {
  const [where, values] =
    part === undefined ? ['', []] : [HOLDS, [holding(part.toLowerCase()), holding(part)]];
  const [counted] = await sql.query<Raw>(
    `SELECT COUNT(*) AS "n" FROM (${identities(where)}) AS "known"`,
    values,
  );
  const [limit, offset] = [`$${values.length + 1}`, `$${values.length + 2}`];
  const rows = await sql.query<Raw>(
    `${identities(where)} ORDER BY "PatientID", "IssuerOfPatientID" LIMIT ${limit} OFFSET ${offset}`,
    [...values, size, from],
  );
  return { patients: await counts(sql, rows.map(keyOf)), total: Number(counted?.['n'] ?? 0) };
}

/** SQLite knows small letters of ASCII only, so what is typed counts as it is, too. */
const HOLDS = `WHERE (LOWER("PatientID") LIKE $1 ESCAPE '!' OR "PatientID" LIKE $2 ESCAPE '!')`;
const holding = (part: string): string => `%${part.replace(/[%_!]/g, (character) => `!${character}`)}%`;

async function counts(sql: Sql, page: readonly PatientKey[]): Promise<PatientOfPage[]> {
  if (page.length === 0) return [];
  const ids: SqlValue[] = [...new Set(page.map(({ PatientID }) => PatientID))];
  const list = ids.map((_, at) => `$${at + 1}`).join(', ');
  const studies = await sql.query<Raw>(
    `SELECT "PatientID", "IssuerOfPatientID", COUNT(*) AS "studies", MAX("stateChangedAt") AS "newestAt" FROM "study"
     WHERE "PatientID" IN (${list}) GROUP BY "PatientID", "IssuerOfPatientID"`,
    ids,
  );
  const records = await sql.query<Raw>(`SELECT * FROM "patient" WHERE "PatientID" IN (${list})`, ids);
  const studiesOf = byPatient(studies);
  const recordOf = byPatient(records);
  return page.map((patient) => {
    const [here, kept] = [studiesOf.get(patientKey(patient)), recordOf.get(patientKey(patient))];
    return {
      ...patient,
      studies: Number(here?.['studies'] ?? 0),
      newestAt: dateOrNull(here?.['newestAt']),
      record: kept ? json<Patient>(kept['record']) : null,
    };
  });
}

const byPatient = (rows: readonly Raw[]): ReadonlyMap<string, Raw> =>
  new Map(rows.map((row) => [patientKey(keyOf(row)), row]));
