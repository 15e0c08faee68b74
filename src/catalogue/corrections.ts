import type { Header } from '../dicom/header.ts';
import type { Sql, Statement } from '../ports.ts';
import { openStudy } from './open-study.ts';
import type { InstanceRow, NewInstance } from './rows.ts';

/**
 * An object takes the place of the one that its sender corrected; what that was stays on record. The study is opened again, a
 * mask is read again, and the series shows the new header where it showed the old one. One transaction.
 */
export function correcting(
  { received: { header, digest, bytes }, role, file, from }: NewInstance,
  known: InstanceRow,
  now: number,
): Statement[] {
  const { SOPInstanceUID, SeriesInstanceUID, StudyInstanceUID } = header;
  return [
    {
      text: 'INSERT INTO "superseded" VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING',
      values: [SOPInstanceUID, known.digest, StudyInstanceUID, known.file, now],
    },
    {
      mustChange: true,
      text: `UPDATE "instance" SET "file" = $3, "digest" = $4, "bytes" = $5, "receivedAt" = $6, "receivedFrom" = $7
        WHERE "SOPInstanceUID" = $1 AND "digest" = $2`,
      values: [SOPInstanceUID, known.digest, file, digest, bytes, now, from],
    },
    ...(role === 'image' || role === 'mask' ? [openStudy(header, now)] : []),
    ...(role === 'mask' ? [readAgain(SOPInstanceUID)] : []),
    shownHeader(header, SeriesInstanceUID, StudyInstanceUID),
  ];
}

/** Whether the objects of a study agree about the patient is to be found out anew (pipeline/study-identity.ts). */
export const doubting = (StudyInstanceUID: string): Statement => ({
  text: 'UPDATE "study" SET "identityConflict" = 1 WHERE "StudyInstanceUID" = $1',
  values: [StudyInstanceUID],
});

const readAgain = (SOPInstanceUID: string): Statement => ({
  text: 'UPDATE "mask" SET "description" = NULL, "fault" = NULL, "attempts" = 0 WHERE "SOPInstanceUID" = $1',
  values: [SOPInstanceUID],
});

/** A series shows the header of its first instance. */
const shownHeader = (header: Header, series: string, study: string): Statement => ({
  text: `UPDATE "series" SET "header" = $3 WHERE "SeriesInstanceUID" = $1 AND "StudyInstanceUID" = $2 AND "header" LIKE $4`,
  values: [series, study, JSON.stringify(header), `%"SOPInstanceUID":"${header.SOPInstanceUID}"%`],
});

/** Whether these are the bytes that the object had before its sender corrected it. */
export async function isSuperseded(sql: Sql, SOPInstanceUID: string, digest: string): Promise<boolean> {
  const rows = await sql.query('SELECT 1 FROM "superseded" WHERE "SOPInstanceUID" = $1 AND "digest" = $2', [
    SOPInstanceUID,
    digest,
  ]);
  return rows.length > 0;
}
