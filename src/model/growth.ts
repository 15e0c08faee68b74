/** Has the tumour grown on the image already? Then the model, which is to tell before that, is past its purpose. */

/** Longest in-plane diameters, mm, of the lesions measured at one time point, by tracking UID; from the masks as drawn. */
export type DiametersAt = Readonly<{ StudyDate: string; diametersMm: Readonly<Record<string, number>> }>;

/** The current sum of diameters against the nadir, over the lesions that both time points measured. */
export type Growth = Readonly<{
  lesions: number;
  currentMm: number;
  nadirMm: number;
  nadirStudyDate: string;
  /** earlier time points that were compared */
  timePoints: number;
  growthMm: number;
  /** of the nadir; 0.2 is 20 % */
  growthFraction: number;
  /** at least 20 % and at least 5 mm above the nadir */
  isProgression: boolean;
}>;

/** RECIST 1.1, 4.3.1 (Eisenhauer et al., Eur J Cancer 2009;45:228-247). */
const LEAST_FRACTION = 0.2;
const LEAST_MM = 5;
/** 26 to 31.2 mm is 20 %, which floating point misses by less. */
const ROUNDING = 1e-9;

/**
 * Growth against the earlier time point from which it is largest: with the same lesions at all of them that is the nadir, the
 * smallest sum. Lesions that an earlier time point did not measure count on neither side of that comparison. Undefined without
 * an earlier time point that shares a lesion.
 */
export function growthSinceNadir(
  current: DiametersAt['diametersMm'],
  earlier: readonly DiametersAt[],
): Growth | undefined {
  const compared = earlier.flatMap((then) => {
    const shared = Object.keys(current).filter((lesion) => lesion in then.diametersMm);
    return shared.length === 0 ? [] : [growthFrom(then, current, shared)];
  });
  const [first, ...others] = compared;
  if (!first) return undefined;
  const largest = others.reduce((most, each) => (isLarger(each, most) ? each : most), first);
  return { ...largest, timePoints: compared.length };
}

function growthFrom(
  { StudyDate, diametersMm }: DiametersAt,
  current: DiametersAt['diametersMm'],
  shared: readonly string[],
): Omit<Growth, 'timePoints'> {
  const sumOf = (diameters: DiametersAt['diametersMm']) =>
    shared.reduce((sum, lesion) => sum + (diameters[lesion] ?? 0), 0);
  const [nadirMm, currentMm] = [sumOf(diametersMm), sumOf(current)];
  const growthMm = currentMm - nadirMm;
  const growthFraction = growthMm / nadirMm;
  return {
    lesions: shared.length,
    currentMm,
    nadirMm,
    nadirStudyDate: StudyDate,
    growthMm,
    growthFraction,
    isProgression: growthFraction >= LEAST_FRACTION - ROUNDING && growthMm >= LEAST_MM - ROUNDING,
  };
}

/** A comparison that meets the criteria is never hidden by one of fewer lesions that grew more in proportion only. */
function isLarger(a: Omit<Growth, 'timePoints'>, b: Omit<Growth, 'timePoints'>): boolean {
  if (a.isProgression !== b.isProgression) return a.isProgression;
  return a.growthFraction > b.growthFraction;
}

/**
 * (baseline - follow-up) / baseline of the longest in-plane diameter: positive when the lesion shrinks, 0.3 is 30 %.
 * Li, Zhang et al., Scientific Reports 2023.
 */
export const shrinkageRate = (baselineMm: number, followUpMm: number): number =>
  (baselineMm - followUpMm) / baselineMm;
