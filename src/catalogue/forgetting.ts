/** Whatever the catalogue holds of studies, so that nothing of it is left: their reports and stories too. */
import type { Sql, Statement } from '../ports.ts';
import { type RowsGone, removingFiles, takenOut, takingOut, type Whose } from './retention.ts';

/** What stands beside studies, in the order in which it goes. Retention leaves it. */
function leftBehind(studies: string): RowsGone[] {
  const isOf = `"StudyInstanceUID" IN (${studies})`;
  const ofReport = `"SOPInstanceUID" IN (SELECT "SOPInstanceUID" FROM "report" WHERE ${isOf})`;
  const file = (table: string): string => `"file" IN (SELECT "file" FROM "${table}" WHERE ${isOf})`;
  const alerts = `"subject" IN (${studies})`;
  const gone = (where: string, ...tables: string[]): RowsGone[] => tables.map((table) => ({ table, where }));
  return [
    ...gone(`${isOf} OR ${ofReport}`, 'delivery', 'withdrawal', 'shadowResult', 'localDelta'),
    ...gone(ofReport, 'confirmation', 'sentAs'),
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
