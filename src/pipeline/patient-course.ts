/** The course of a patient over the studies that are here, as a chart shows it. */
import { cancelledAmong } from '../catalogue/orders.ts';
import type { StudyRow } from '../catalogue/rows.ts';
import { daysBetween } from '../dicom/values.ts';
import { type Visit, visitOf } from '../model/local-deltas.ts';
import type { ScoreResult } from '../model/score-result.ts';
import { isOfOneSeries, type TrendPoint } from '../model/trend.ts';
import { pointOf } from './history.ts';
import type { World } from './world.ts';

export type CoursePoint = Readonly<{
  StudyInstanceUID: string;
  /** DA */
  StudyDate: string;
  delta: number | null;
  /** 0 to 1 */
  probability: number | null;
  interval: readonly [number, number] | null;
  category: string | null;
  /** of the lesion that the model spoke of, mm */
  diameterMm: number | null;
  cutOff: number | null;
  /** it was measured and not scored */
  isHeld: boolean;
  /** negative: before the start of the TKI; null: not known */
  daysSinceTkiStart: number | null;
  visit: Visit;
  /** same lesion, feature and baseline as the newest that was scored: only then deltas can be compared */
  isOfNewestSeries: boolean;
}>;

/** What counts of each study; none of a cancelled case; in the order of the rows. */
export async function courseOf(
  world: Pick<World, 'catalogue' | 'reports'>,
  rows: readonly Pick<StudyRow, 'StudyInstanceUID'>[],
  /** DA */
  tkiStart: string | undefined,
): Promise<CoursePoint[]> {
  const points: Found[] = [];
  const uids = rows.map(({ StudyInstanceUID }) => StudyInstanceUID);
  const cancelled = await cancelledAmong(world.catalogue.sql, uids);
  for (const StudyInstanceUID of uids.filter((uid) => !cancelled.has(uid))) {
    const found = await pointOf(world, StudyInstanceUID);
    if (!found) continue;
    const score = (found.scoredBy?.result as { score?: Partial<ScoreResult> } | undefined)?.score;
    points.push({ StudyInstanceUID, point: found.point, score });
  }
  const newest = points.filter(({ point }) => point.isHeld !== true).at(-1)?.point;
  return points.map((found) => shown(found, newest, tkiStart));
}

type Found = Readonly<{
  StudyInstanceUID: string;
  point: TrendPoint;
  score: Partial<ScoreResult> | undefined;
}>;

function shown(
  { StudyInstanceUID, point, score }: Found,
  newest: TrendPoint | undefined,
  tkiStart: string | undefined,
): CoursePoint {
  const days = daysBetween(tkiStart ?? '', point.StudyDate) ?? null;
  return {
    StudyInstanceUID,
    StudyDate: point.StudyDate,
    delta: point.delta,
    probability: point.probability,
    interval: score?.interval ?? null,
    category: point.category,
    diameterMm: point.diametersMm[point.target] ?? null,
    cutOff: score?.cutOff ?? null,
    isHeld: point.isHeld === true,
    daysSinceTkiStart: days,
    visit: visitOf(days),
    isOfNewestSeries: newest === undefined || isOfOneSeries(point, newest),
  };
}
