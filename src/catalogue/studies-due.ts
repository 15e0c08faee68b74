/** Studies that a sweep looks at: so few at once that it is short, however many there are. */
import type { Sql } from '../ports.ts';
import type { StudyState } from '../study/lifecycle.ts';
import type { StudyRow } from './rows.ts';
import { toStudy } from './study-row.ts';
import type { Raw } from './values.ts';

/** `most` of those in a state, as keys: all that came into it since then, and any of the others. */
export const keysIn = (
  sql: Sql,
  state: StudyState,
  since: Date,
  most: number,
): Promise<Pick<StudyRow, 'StudyInstanceUID' | 'PatientID'>[]> =>
  sql.query(
    `SELECT "StudyInstanceUID", "PatientID" FROM "study" WHERE "state" = $1
      ORDER BY CASE WHEN "stateChangedAt" >= $2 THEN 0 ELSE 1 END, RANDOM() LIMIT $3`,
    [state, since.getTime(), most],
  );

/** Those that have been in a state since then or longer, the longest first. */
export async function studiesInSince(
  sql: Sql,
  state: StudyState,
  since: Date,
  most: number,
): Promise<StudyRow[]> {
  const rows = await sql.query<Raw>(
    `SELECT * FROM "study" WHERE "state" = $1 AND "stateChangedAt" <= $2 ORDER BY "stateChangedAt" LIMIT $3`,
    [state, since.getTime(), most],
  );
  return rows.map(toStudy);
}
