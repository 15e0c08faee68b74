/** Objects that Earshot made come back from the PACS, where it routes or is asked for all of a study. */
import type { Sql } from '../ports.ts';
import type { Raw } from './values.ts';

export async function isOwn(sql: Sql, SOPInstanceUID: string): Promise<boolean> {
  const rows = await sql.query('SELECT 1 FROM "report" WHERE "SOPInstanceUID" = $1', [SOPInstanceUID]);
  return rows.length > 0;
}

/** How many a series holds of what was made here, or of reports that came back. */
export async function countInSeries(
  sql: Sql,
  table: 'report' | 'foundReport',
  StudyInstanceUID: string,
  SeriesInstanceUID: string,
): Promise<number> {
  const rows = await sql.query<Raw>(
    `SELECT COUNT(*) AS "n" FROM "${table}" WHERE "StudyInstanceUID" = $1 AND "SeriesInstanceUID" = $2`,
    [StudyInstanceUID, SeriesInstanceUID],
  );
  return Number(rows[0]?.['n'] ?? 0);
}
