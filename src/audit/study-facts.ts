import type { Catalogue } from '../catalogue/catalogue.ts';
import type { Reports } from '../catalogue/reports.ts';
import { text } from '../catalogue/values.ts';
import type { StudyFacts } from './participant-objects.ts';

/** What the catalogue holds now of the study that a line is about; what has left it is not told any more. */
export async function studyFactsOf(
  { catalogue, reports }: Readonly<{ catalogue: Catalogue; reports: Reports }>,
  { subjectKind, subjectId }: Readonly<{ subjectKind: string; subjectId: string }>,
): Promise<StudyFacts | undefined> {
  const uid = subjectKind === 'report' ? (await reports.report(subjectId))?.StudyInstanceUID : subjectId;
  if (!uid || (subjectKind !== 'case' && subjectKind !== 'report')) return undefined;
  const study = await catalogue.study(uid);
  if (!study) return undefined;
  const rows = await catalogue.sql.query<{ SOPClassUID: string; n: number | string }>(
    `SELECT "SOPClassUID", COUNT(*) AS "n" FROM "instance" WHERE "StudyInstanceUID" = $1
      GROUP BY "SOPClassUID" ORDER BY "SOPClassUID"`,
    [uid],
  );
  return {
    StudyInstanceUID: uid,
    PatientID: study.PatientID,
    IssuerOfPatientID: study.IssuerOfPatientID,
    sopClasses: rows.map(({ SOPClassUID, n }) => ({ UID: text(SOPClassUID), instances: Number(n) })),
  };
}
