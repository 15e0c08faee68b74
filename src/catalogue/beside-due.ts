/** What is still to be made beside reports that are on their way: the column "due" of "report". */
import type { Sql, Statement } from '../ports.ts';
import type { Reason, ReportRow } from './rows.ts';
import { type Raw, text } from './values.ts';

type Key = Pick<ReportRow, 'SOPInstanceUID' | 'StudyInstanceUID'>;

/** Studies on whose newest report, made before `before`, something waits to be made, while the case stands reported. */
export async function studiesWithDue(sql: Sql, before: Date): Promise<string[]> {
  const rows = await sql.query<Raw>(
    `SELECT "StudyInstanceUID" FROM "report" WHERE "due" IS NOT NULL AND "kind" = 'sr' AND "createdAt" <= $1
       AND NOT EXISTS (SELECT 1 FROM "report" AS "newer" WHERE "newer"."StudyInstanceUID" = "report"."StudyInstanceUID"
         AND "newer"."kind" = 'sr' AND "newer"."createdAt" > "report"."createdAt")
       AND EXISTS (SELECT 1 FROM "study" WHERE "study"."StudyInstanceUID" = "report"."StudyInstanceUID"
         AND "study"."state" IN ('reported', 'delivering', 'delivered', 'deliveryFailed'))
     ORDER BY "createdAt"`,
    [before.getTime()],
  );
  return rows.map((row) => text(row['StudyInstanceUID']));
}

/** Nothing is due beside the report any more; its result says what is missing. Undoes its batch when nothing was due. */
export const settlingDue = ({
  SOPInstanceUID,
  result,
}: Pick<ReportRow, 'SOPInstanceUID' | 'result'>): Statement => ({
  mustChange: true,
  text: 'UPDATE "report" SET "due" = NULL, "result" = $2 WHERE "SOPInstanceUID" = $1 AND "due" IS NOT NULL',
  values: [SOPInstanceUID, JSON.stringify(result)],
});

export const droppingDue = (SOPInstanceUID: string): Statement => ({
  text: 'UPDATE "report" SET "due" = NULL WHERE "SOPInstanceUID" = $1',
  values: [SOPInstanceUID],
});

/** Of every other report of the study. */
export const droppingOlderDue = ({ SOPInstanceUID, StudyInstanceUID }: Key): Statement => ({
  text: `UPDATE "report" SET "due" = NULL
    WHERE "StudyInstanceUID" = $2 AND "SOPInstanceUID" <> $1 AND "due" IS NOT NULL`,
  values: [SOPInstanceUID, StudyInstanceUID],
});

/** What turned out to be missing beside the report, while its case says nothing else. */
export const tellingReasons = (StudyInstanceUID: string, reasons: readonly Reason[]): Statement => ({
  text: `UPDATE "study" SET "reasons" = $2 WHERE "StudyInstanceUID" = $1 AND "state" IN ('reported', 'delivering')`,
  values: [StudyInstanceUID, JSON.stringify(reasons)],
});
