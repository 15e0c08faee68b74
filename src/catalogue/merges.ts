import type { Header } from '../dicom/header.ts';
import { type Merge, mergeOf } from '../patients/merge-csv.ts';
import type { Sql, Statement } from '../ports.ts';
import { date, type Raw, text } from './values.ts';

const toMerge = (row: Raw): Merge => ({
  old: { PatientID: text(row['PatientID']), IssuerOfPatientID: text(row['IssuerOfPatientID']) },
  now: { PatientID: text(row['newPatientID']), IssuerOfPatientID: text(row['newIssuerOfPatientID']) },
});

/** Every merge that was told, resolved to its end. */
export async function knownMerges(sql: Sql): Promise<Merge[]> {
  const rows = await sql.query<Raw>('SELECT * FROM "patientMerge" ORDER BY "PatientID", "IssuerOfPatientID"');
  return rows.map(toMerge);
}

/** Every merge of an identity whose Patient ID this one has taken the place of. */
export async function mergesInto(sql: Sql, PatientID: string): Promise<Merge[]> {
  const rows = await sql.query<Raw>(
    `SELECT * FROM "patientMerge" WHERE "PatientID" = $1
       OR "PatientID" IN (SELECT "PatientID" FROM "patientMerge" WHERE "newPatientID" = $1)`,
    [PatientID],
  );
  return rows.map(toMerge);
}

/** The merge that this identity falls under, of those that were told. */
export async function mergeOver(
  sql: Sql,
  identity: Pick<Header, 'PatientID' | 'IssuerOfPatientID'>,
): Promise<Merge | undefined> {
  const rows = await sql.query<Raw>('SELECT * FROM "patientMerge" WHERE "PatientID" = $1', [
    identity.PatientID?.trim() ?? '',
  ]);
  return mergeOf(identity, rows.map(toMerge));
}

/** The header under the identity that the patient has now: the same header when nothing was merged. */
export async function underCurrentIdentity(sql: Sql, header: Header): Promise<Header> {
  const merge = await mergeOver(sql, header);
  return merge ? { ...header, ...merge.now } : header;
}

export const keepingMerge = ({ old, now }: Merge, at: Date): Statement => ({
  text: `INSERT INTO "patientMerge" VALUES ($1, $2, $3, $4, $5)
    ON CONFLICT ("PatientID", "IssuerOfPatientID") DO UPDATE SET "newPatientID" = $3, "newIssuerOfPatientID" = $4`,
  values: [old.PatientID, old.IssuerOfPatientID, now.PatientID, now.IssuerOfPatientID, at.getTime()],
});

/**
 * A study is the new identity's, and what is left of a contradiction is said anew; nothing is done when something of it has arrived
 * since it was read: that may contradict.
 */
export const movingStudy = (
  { StudyInstanceUID, lastReceivedAt }: Readonly<{ StudyInstanceUID: string; lastReceivedAt: Date }>,
  now: Merge['now'],
  identityConflict: boolean,
): Statement => ({
  mustChange: true,
  text: `UPDATE "study" SET "PatientID" = $2, "IssuerOfPatientID" = $3, "identityConflict" = $4
    WHERE "StudyInstanceUID" = $1 AND "lastReceivedAt" = $5`,
  values: [
    StudyInstanceUID,
    now.PatientID,
    now.IssuerOfPatientID,
    identityConflict ? 1 : 0,
    lastReceivedAt.getTime(),
  ],
});

export type ConflictRow = Readonly<{
  SOPInstanceUID: string;
  digest: string;
  /** that the other bytes name */
  StudyInstanceUID: string;
  file: string;
  receivedFrom: string;
  receivedAt: Date;
  knownFile: string;
}>;

/** Other bytes under known UIDs of a study, each with the file that was there before. */
export async function conflictsOf(sql: Sql, StudyInstanceUID: string): Promise<ConflictRow[]> {
  const rows = await sql.query<Raw>(
    `SELECT "conflict".*, "instance"."file" AS "knownFile" FROM "conflict"
     JOIN "instance" ON "instance"."SOPInstanceUID" = "conflict"."SOPInstanceUID"
     WHERE "conflict"."StudyInstanceUID" = $1 OR "instance"."StudyInstanceUID" = $1
     ORDER BY "conflict"."SOPInstanceUID", "conflict"."digest"`,
    [StudyInstanceUID],
  );
  return rows.map((row) => ({
    SOPInstanceUID: text(row['SOPInstanceUID']),
    digest: text(row['digest']),
    StudyInstanceUID: text(row['StudyInstanceUID']),
    file: text(row['file']),
    receivedFrom: text(row['receivedFrom']),
    receivedAt: date(row['receivedAt']),
    knownFile: text(row['knownFile']),
  }));
}

export const droppingConflict = ({
  SOPInstanceUID,
  digest,
}: Pick<ConflictRow, 'SOPInstanceUID' | 'digest'>): Statement => ({
  text: 'DELETE FROM "conflict" WHERE "SOPInstanceUID" = $1 AND "digest" = $2',
  values: [SOPInstanceUID, digest],
});
