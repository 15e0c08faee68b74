import type { SeriesGeometry } from '../volume/geometry.ts';

/** Three sigma of the widest filter that matters to the score (LoG, sigma 3 mm): a gap within it changes the feature. */
const REACH_MM = 9;

type Stack = Pick<SeriesGeometry, 'gaps' | 'sliceCount' | 'sliceSpacingMm'>;

/** Position of a slice along the normal, mm from the first one, with room for the missing slices. */
function slicePositionMm({ gaps, sliceCount, sliceSpacingMm }: Stack, slice: number): number {
  const missing = (counts: readonly SeriesGeometry['gaps'][number][]) =>
    counts.reduce((sum, gap) => sum + gap.missing, 0);
  const steps = sliceCount - 1;
  // sliceSpacingMm is stretched by the gaps: the same length holds the missing slices as well.
  const stepMm = steps > 0 ? (sliceSpacingMm * steps) / (steps + missing(gaps)) : sliceSpacingMm;
  return (slice + missing(gaps.filter(({ afterSlice }) => afterSlice < slice))) * stepMm;
}

/**
 * How many slices are missing within 9 mm of the mask's slices, and elsewhere. `roiSlices` is the inclusive range of slice
 * indices that the mask touches; positions count the missing slices in.
 */
export function missingSlices(
  stack: Stack,
  roiSlices: readonly [number, number],
): Readonly<{ nearMask: number; elsewhere: number }> {
  const { gaps } = stack;
  const total = gaps.reduce((sum, { missing }) => sum + missing, 0);
  const from = slicePositionMm(stack, roiSlices[0]) - REACH_MM;
  const to = slicePositionMm(stack, roiSlices[1]) + REACH_MM;
  let nearMask = 0;
  for (const { afterSlice, missing } of gaps) {
    const isNear = slicePositionMm(stack, afterSlice) <= to && slicePositionMm(stack, afterSlice + 1) >= from;
    if (isNear) nearMask += missing;
  }
  return { nearMask, elsewhere: total - nearMask };
}

/**
 * What the series has beyond the mask, at the end of the stack that is nearer: whole slices, and mm between the mask's
 * outermost slice and the last one. `roiSlices` as above. 0 slices: the lesion may go on where nothing was scanned or
 * sent. One slice: 0 slices, and the distance is null.
 */
export function beyondMask(
  stack: Stack,
  roiSlices: readonly [number, number],
): Readonly<{ slices: number; marginMm: number | null }> {
  const last = stack.sliceCount - 1;
  const position = (slice: number) => slicePositionMm(stack, slice);
  return {
    slices: Math.min(roiSlices[0], last - roiSlices[1]),
    marginMm: last > 0 ? Math.min(position(roiSlices[0]), position(last) - position(roiSlices[1])) : null,
  };
}
