import type { Sql, Statement } from '../ports.ts';
import { type Raw, text } from './values.ts';

export const CORRECTABLE = ['PatientBirthDate', 'PatientSex'] as const;
type CorrectableKeyword = (typeof CORRECTABLE)[number];
/** Objects of a study that say `was` are read as if they said `now`. */
export type IdentityCorrection = Readonly<{ keyword: CorrectableKeyword; was: string; now: string }>;

/** What a person corrected in the patient data of a study. */
export async function identityCorrections(sql: Sql, StudyInstanceUID: string): Promise<IdentityCorrection[]> {
  const rows = await sql.query<Raw>(
    'SELECT * FROM "identityCorrection" WHERE "StudyInstanceUID" = $1 ORDER BY "keyword", "was"',
    [StudyInstanceUID],
  );
  return rows.map((row) => ({
    keyword: text(row['keyword']) as CorrectableKeyword,
    was: text(row['was']),
    now: text(row['now']),
  }));
}

/** The corrections of a study take the place of those of the attributes that are given. */
export const keepingCorrections = (
  StudyInstanceUID: string,
  given: readonly CorrectableKeyword[],
  corrections: readonly IdentityCorrection[],
  { author, at }: Readonly<{ author: string; at: Date }>,
): Statement[] => [
  ...given.map((keyword) => ({
    text: 'DELETE FROM "identityCorrection" WHERE "StudyInstanceUID" = $1 AND "keyword" = $2',
    values: [StudyInstanceUID, keyword],
  })),
  ...corrections.map(({ keyword, was, now }) => ({
    text: 'INSERT INTO "identityCorrection" VALUES ($1, $2, $3, $4, $5, $6)',
    values: [StudyInstanceUID, keyword, was, now, author, at.getTime()],
  })),
];

export type StudyIdentity = Readonly<{
  PatientBirthDate: string;
  PatientSex: string;
  identityConflict: boolean;
}>;

/** What the objects of a study say about the patient, found out anew; fails its batch when an object came meanwhile. */
export const identifying = (
  { StudyInstanceUID, lastReceivedAt }: Readonly<{ StudyInstanceUID: string; lastReceivedAt: Date }>,
  { PatientBirthDate, PatientSex, identityConflict }: StudyIdentity,
): Statement => ({
  mustChange: true,
  text: `UPDATE "study" SET "PatientBirthDate" = $2, "PatientSex" = $3, "identityConflict" = $4
    WHERE "StudyInstanceUID" = $1 AND "lastReceivedAt" = $5`,
  values: [
    StudyInstanceUID,
    PatientBirthDate,
    PatientSex,
    identityConflict ? 1 : 0,
    lastReceivedAt.getTime(),
  ],
});
