/** What reports of ours, and notes that take them back, say that came from a PACS. The objects themselves are not kept. */
import type { TrendPoint } from '../model/trend.ts';
import { mergeOf, type PatientKey } from '../patients/merge-csv.ts';
import type { Sql, SqlValue, Statement } from '../ports.ts';
import { mergesInto } from './merges.ts';
import { json, type Raw, text } from './values.ts';

type FoundIdentity = PatientKey & Readonly<{ PatientBirthDate: string; PatientSex: string }>;

export type FoundReport = FoundIdentity &
  Readonly<{
    SOPInstanceUID: string;
    SeriesInstanceUID: string;
    StudyInstanceUID: string;
    StudyDate: string;
    StudyTime: string;
    ContentDate: string;
    ContentTime: string;
    /** SOP Instance UIDs of the reports that it took the place of */
    predecessors: readonly string[];
    /** null: it only tells why its case was held */
    point: TrendPoint | null;
  }>;

/** A note that takes reports of one study back. */
export type FoundRejection = FoundIdentity &
  Readonly<{ note: string; StudyInstanceUID: string; reports: readonly string[] }>;

/** A patient has no more of them than this: what a sender makes up must not fill the catalogue. */
const MOST_OF_PATIENT = 500;

const REPORT_COLUMNS = [
  'SOPInstanceUID',
  'SeriesInstanceUID',
  'StudyInstanceUID',
  'PatientID',
  'IssuerOfPatientID',
  'PatientBirthDate',
  'PatientSex',
  'StudyDate',
  'StudyTime',
  'ContentDate',
  'ContentTime',
] as const;

/** A row, unless the patient has too many; under a known key what came last stands: the PACS may have corrected the patient. */
function keeping(
  table: string,
  key: readonly string[],
  row: Readonly<Record<string, SqlValue>> & Readonly<{ PatientID: string }>,
): Statement {
  const columns = Object.keys(row);
  const names = columns.map((column) => `"${column}"`).join(', ');
  const values = columns.map(
    (column, at) => `CAST($${at + 1} AS ${column === 'receivedAt' ? 'BIGINT' : 'TEXT'})`,
  );
  const same = key.map((column) => `"${column}" = $${columns.indexOf(column) + 1}`).join(' AND ');
  const updates = columns.map((column, at) => `"${column}" = $${at + 1}`).join(', ');
  return {
    text: `INSERT INTO "${table}" (${names}) SELECT ${values.join(', ')}
      WHERE (SELECT COUNT(*) FROM "${table}" WHERE "PatientID" = $${columns.indexOf('PatientID') + 1}) < ${MOST_OF_PATIENT}
        OR EXISTS (SELECT 1 FROM "${table}" WHERE ${same})
      ON CONFLICT (${key.map((column) => `"${column}"`).join(', ')}) DO UPDATE SET ${updates}`,
    values: Object.values(row),
  };
}

export const keepingReport = (found: FoundReport, now: Date): Statement =>
  keeping('foundReport', ['SOPInstanceUID'], {
    ...(Object.fromEntries(REPORT_COLUMNS.map((column) => [column, found[column]])) as { PatientID: string }),
    predecessors: JSON.stringify(found.predecessors),
    point: found.point && JSON.stringify(found.point),
    receivedAt: now.getTime(),
  });

export const keepingRejection = ({ reports, ...found }: FoundRejection, now: Date): Statement[] =>
  reports.map((SOPInstanceUID) =>
    keeping('foundRejection', ['SOPInstanceUID', 'note'], {
      ...found,
      SOPInstanceUID,
      receivedAt: now.getTime(),
    }),
  );

/** Of everybody under this Patient ID, as the patients were merged since. */
export async function foundReportsOf(sql: Sql, PatientID: string): Promise<FoundReport[]> {
  const rows = await ofPatient(sql, 'foundReport', PatientID);
  return rows.map((row) => ({
    ...textsOf(row, REPORT_COLUMNS),
    predecessors: json<string[]>(row['predecessors']),
    point: row['point'] == null ? null : json<TrendPoint>(row['point']),
  }));
}

const REJECTION_COLUMNS = [
  'SOPInstanceUID',
  'StudyInstanceUID',
  'PatientID',
  'IssuerOfPatientID',
  'PatientBirthDate',
  'PatientSex',
] as const;

/** A report that is taken back, by what the note says about the patient. */
export type RejectedReport = Readonly<Record<(typeof REJECTION_COLUMNS)[number], string>>;

export async function foundRejectionsOf(sql: Sql, PatientID: string): Promise<RejectedReport[]> {
  const rows = await ofPatient(sql, 'foundRejection', PatientID);
  return rows.map((row) => textsOf(row, REJECTION_COLUMNS));
}

const textsOf = <T extends string>(row: Raw, columns: readonly T[]): Record<T, string> =>
  Object.fromEntries(columns.map((column) => [column, text(row[column])])) as Record<T, string>;

async function ofPatient(sql: Sql, table: string, PatientID: string): Promise<Raw[]> {
  const id = PatientID.trim();
  const merges = await mergesInto(sql, id);
  const ids = [
    ...new Set([id, ...merges.filter(({ now }) => now.PatientID === id).map(({ old }) => old.PatientID)]),
  ];
  const rows = await sql.query<Raw>(
    `SELECT * FROM "${table}" WHERE "PatientID" IN (${ids.map((_, at) => `$${at + 1}`).join(', ')})
     ORDER BY "SOPInstanceUID"`,
    ids,
  );
  return rows
    .map((row) => ({ ...row, ...mergeOf(keyOf(row), merges)?.now }))
    .filter((row) => text(row['PatientID']) === id);
}

const keyOf = (row: Raw): PatientKey => ({
  PatientID: text(row['PatientID']),
  IssuerOfPatientID: text(row['IssuerOfPatientID']),
});

/** Retention: of patients of whom no study is here, what came before `before`. Those of the others leave with them (retention.ts). */
export const forgettingFound = (before: Date): Statement[] =>
  ['foundReport', 'foundRejection'].map((table) => ({
    text: `DELETE FROM "${table}" WHERE "receivedAt" < $1
      AND NOT EXISTS (SELECT 1 FROM "study" WHERE "study"."PatientID" = "${table}"."PatientID")`,
    values: [before.getTime()],
  }));
