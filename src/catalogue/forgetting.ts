/** Whatever the catalogue holds of studies, so that nothing of it is left: their reports and stories too. */
import type { Sql, Statement } from '../ports.ts';
import { type RowsGone, removingFiles, takenOut, takingOut, type Whose } from './retention.ts';
import { noneOf, type Raw, text } from './values.ts';

/** What stands beside studies, in the order in which it goes. Retention leaves it. */
function leftBehind(studies: string): RowsGone[] {
  const isOf = `"StudyInstanceUID" IN (${studies})`;
  const ofReport = `"SOPInstanceUID" IN (SELECT "SOPInstanceUID" FROM "report" WHERE ${isOf})`;
  const file = (table: string): string => `"file" IN (SELECT "file" FROM "${table}" WHERE ${isOf})`;
  const alerts = `"subject" IN (${studies})`;
  const gone = (where: string, ...tables: string[]): RowsGone[] => tables.map((table) => ({ table, where }));
  return [
    ...gone(`${isOf} OR ${ofReport}`, 'delivery', 'withdrawal', 'shadowResult', 'localDelta'),
    ...gone(ofReport, 'confirmation', 'sentAs', 'begunForm'),
    ...gone(isOf, 'event', 'caseOrder', 'foundReport', 'foundRejection'),
    ...gone(`"alert" IN (SELECT "id" FROM "alert" WHERE ${alerts})`, 'alertNotice'),
    ...gone(alerts, 'alert'),
    ...gone(`${file('report')} OR ${file('rendition')}`, 'awaitedFile'),
    { table: 'rendition', where: isOf, hasFiles: true },
    { table: 'report', where: isOf, hasFiles: true },
  ];
}

/** Files go on the list of removals. */
export const leavingNothing = (whose: Whose, now: Date): Statement[] => [
  ...leftBehind(whose.studies).flatMap(({ table, where, hasFiles }) => [
    ...(hasFiles ? [removingFiles(table, where, whose.values, now)] : []),
    { text: `DELETE FROM "${table}" WHERE ${where}`, values: whose.values },
  ]),
  ...takingOut(whose, now),
];

/** How many rows of each table `leavingNothing` would take, and how many files; tables that hold none are left out. */
export async function countLeaving(sql: Sql, { studies, values }: Whose): Promise<Map<string, number>> {
  const counts = new Map<string, number>();
  let files = 0;
  for (const { table, where, hasFiles } of [...takenOut(studies), ...leftBehind(studies)]) {
    const [row] = await sql.query<{ n: number | string }>(
      `SELECT COUNT(*) AS "n" FROM "${table}" WHERE ${where}`,
      values,
    );
    const n = Number(row?.n ?? 0);
    if (n > 0) counts.set(table, n);
    if (hasFiles) files += n;
  }
  if (files > 0) counts.set('file', files);
  return counts;
}

/** Studies that were retired before `before` and did not come again, of whose reports none waits for one of these destinations; the longest first. */
export async function retiredStories(
  sql: Sql,
  before: Date,
  most: number,
  destinations: readonly string[],
): Promise<string[]> {
  const rows = await sql.query<Raw>(
    `SELECT "StudyInstanceUID" FROM "event" WHERE "kind" = 'study.retired'
       AND NOT EXISTS (SELECT 1 FROM "study" WHERE "study"."StudyInstanceUID" = "event"."StudyInstanceUID")
       AND NOT EXISTS (SELECT 1 FROM "delivery" WHERE "delivery"."StudyInstanceUID" = "event"."StudyInstanceUID"
         AND "delivery"."state" IN ('waiting', 'taken') AND NOT ${noneOf('"delivery"."destination"', destinations, 3)})
     GROUP BY "StudyInstanceUID" HAVING MAX("at") < $1 ORDER BY MAX("at") LIMIT $2`,
    [before.getTime(), most, ...destinations],
  );
  return rows.map((row) => text(row['StudyInstanceUID']));
}

/** What is left of a retired study, unless it came again. */
export const retiringStory = (StudyInstanceUID: string, now: Date): Statement[] => [
  {
    mustChange: true,
    text: `UPDATE "event" SET "at" = "at" WHERE "StudyInstanceUID" = $1 AND NOT EXISTS (
      SELECT 1 FROM "study" WHERE "StudyInstanceUID" = $1)`,
    values: [StudyInstanceUID],
  },
  ...leavingNothing({ studies: '$1', values: [StudyInstanceUID] }, now),
];
