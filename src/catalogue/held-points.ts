/** What was measured of follow-ups that are held, or were: they are no scored time points, but the nadir may lie there. */
import type { TrendPoint } from '../model/trend.ts';
import type { Sql, Statement } from '../ports.ts';
import { json, type Raw } from './values.ts';

export async function heldPoint(sql: Sql, StudyInstanceUID: string): Promise<TrendPoint | undefined> {
  const rows = await sql.query<Raw>('SELECT "point" FROM "heldPoint" WHERE "StudyInstanceUID" = $1', [
    StudyInstanceUID,
  ]);
  return rows[0] && json<TrendPoint>(rows[0]['point']);
}

export const keepingHeldPoint = (point: TrendPoint): Statement => ({
  text: `INSERT INTO "heldPoint" VALUES ($1, $2) ON CONFLICT ("StudyInstanceUID") DO UPDATE SET "point" = $2`,
  values: [point.StudyInstanceUID, JSON.stringify(point)],
});

/** A person withdrew what was made of it. */
export const forgettingHeldPoint = (StudyInstanceUID: string): Statement => ({
  text: 'DELETE FROM "heldPoint" WHERE "StudyInstanceUID" = $1',
  values: [StudyInstanceUID],
});
