/** What was found at earlier time points of a patient, as later reports show it. */
import { canonicalJson } from '../dicom/uid.ts';
import type { Category } from './score-result.ts';

export type TrendPoint = Readonly<{
  StudyInstanceUID: string;
  StudyDate: string;
  /** the study that its delta is against */
  baselineStudyInstanceUID: string;
  /** tracking UID of the lesion that the model spoke of */
  target: string;
  feature: string;
  delta: number | null;
  /** 0 to 1 */
  probability: number | null;
  category: Category | null;
  /** it was measured and not scored: only its diameters count */
  isHeld?: true | undefined;
  /** longest in-plane diameters, mm, by tracking UID */
  diametersMm: Readonly<Record<string, number>>;
}>;

/** What is kept of a follow-up that is held. */
export const heldBackPoint = (point: TrendPoint): TrendPoint => ({
  ...point,
  delta: null,
  probability: null,
  category: null,
  isHeld: true,
});

/** Deltas are of one series only where lesion, feature and baseline are the same. */
export const isOfOneSeries = (
  a: Pick<TrendPoint, 'target' | 'feature' | 'baselineStudyInstanceUID'>,
  b: Pick<TrendPoint, 'target' | 'feature' | 'baselineStudyInstanceUID'>,
): boolean =>
  a.target === b.target &&
  a.feature === b.feature &&
  a.baselineStudyInstanceUID === b.baselineStudyInstanceUID;

/**
 * Whether a report that was made with the points of then is true of those of now: the same time points in the same order, with the same
 * dates and diameters, from which the nadir is told, and the same deltas. What the one model says of a delta (probability, category),
 * and the delta of another model's feature, are no other measurement.
 */
export const isSameCourse = (then: readonly TrendPoint[], now: readonly TrendPoint[]): boolean =>
  then.length === now.length && then.every((point, at) => isSamePoint(point, now[at] as TrendPoint));

function isSamePoint(then: TrendPoint, now: TrendPoint): boolean {
  const isOfSameFeature = then.feature === now.feature;
  const told = (point: TrendPoint): string => {
    const { StudyInstanceUID, StudyDate, isHeld, diametersMm } = point;
    const { baselineStudyInstanceUID, target, delta } = point;
    const course = isOfSameFeature ? { baselineStudyInstanceUID, target, delta } : {};
    return canonicalJson({ StudyInstanceUID, StudyDate, isHeld: isHeld === true, diametersMm, ...course });
  };
  return told(then) === told(now);
}
