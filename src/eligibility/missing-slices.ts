import type { SeriesGeometry } from '../volume/geometry.ts';

/** Three sigma of the widest filter that matters to the score (LoG, sigma 3 mm): a gap within it changes the feature. */
const REACH_MM = 9;

/**
 * How many slices are missing within 9 mm of the mask's slices, and elsewhere. `roiSlices` is the inclusive range of slice
 * indices that the mask touches; positions count the missing slices in.
 */
export function missingSlices(
  { gaps, sliceCount, sliceSpacingMm }: Pick<SeriesGeometry, 'gaps' | 'sliceCount' | 'sliceSpacingMm'>,
  roiSlices: readonly [number, number],
): Readonly<{ nearMask: number; elsewhere: number }> {
  const total = gaps.reduce((sum, { missing }) => sum + missing, 0);
  // sliceSpacingMm is stretched by the gaps: the same length holds the missing slices as well.
  const stepMm = (sliceSpacingMm * (sliceCount - 1)) / (sliceCount - 1 + total);
  const positionOf = (slice: number): number => {
    const before = gaps.reduce((sum, gap) => sum + (gap.afterSlice < slice ? gap.missing : 0), 0);
    return (slice + before) * stepMm;
  };
  const from = positionOf(roiSlices[0]) - REACH_MM;
  const to = positionOf(roiSlices[1]) + REACH_MM;
  let nearMask = 0;
  for (const { afterSlice, missing } of gaps) {
    if (positionOf(afterSlice) <= to && positionOf(afterSlice + 1) >= from) nearMask += missing;
  }
  return { nearMask, elsewhere: total - nearMask };
}
