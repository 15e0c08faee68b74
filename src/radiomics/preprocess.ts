import { placesOf } from '../volume/box.ts';
import type { Mask, Volume } from '../volume/volume.ts';
import type { ExtractionSettings } from './settings.ts';

/**
 * Grey values with mean 0 and SD `normalizeScale` over the whole image (SD with n - 1), in double precision as
 * SimpleITK's Normalize gives them; values beyond `removeOutliers` SD are set to it before scaling. A constant image
 * becomes 0. @see PyRadiomics, normalize
 */
export function normalised(
  volume: Volume,
  { normalizeScale, removeOutliers }: Pick<ExtractionSettings, 'normalizeScale' | 'removeOutliers'>,
): Volume {
  const { mean, variance, n } = momentsOf(volume.voxels);
  const deviation = Math.sqrt((variance * n) / Math.max(1, n - 1));
  const perDeviation = deviation > 0 ? 1 / deviation : 1;
  const voxels = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    const value = (volume.voxels[i]! - mean) * perDeviation;
    voxels[i] = (removeOutliers === null ? value : clamp(value, removeOutliers)) * normalizeScale;
  }
  return { ...volume, voxels };
}

const clamp = (value: number, most: number): number => Math.max(-most, Math.min(most, value));

/** Mean and population variance, in one pass about the first value. */
function momentsOf(values: ArrayLike<number>): Readonly<{ mean: number; variance: number; n: number }> {
  const first = values[0]!;
  let [sum, squares] = [0, 0];
  for (let i = 0; i < values.length; i++) {
    const value = values[i]! - first;
    sum += value;
    squares += value * value;
  }
  const n = values.length;
  return { mean: first + sum / n, variance: Math.max(0, squares / n - (sum / n) ** 2), n };
}

/**
 * The mask without the voxels whose value is outside `resegmentRange`, both ends inclusive; one number is the lower end. The
 * range is in grey values (absolute), in fractions of the region's maximum (relative) or in SD about its mean (sigma).
 * @see PyRadiomics, resegmentMask; IBSI IFBT (re-segmentation)
 */
export function resegmented(
  { voxels }: Volume,
  mask: Mask,
  { resegmentRange, resegmentMode }: Pick<ExtractionSettings, 'resegmentRange' | 'resegmentMode'>,
): Mask {
  const inside = Float64Array.from(placesOf(mask.voxels), (place) => voxels[place]!);
  const [low, high = Number.POSITIVE_INFINITY] = thresholds(inside, resegmentRange ?? [], resegmentMode);
  const kept = mask.voxels.slice();
  if (low === undefined) return mask;
  for (let i = 0; i < kept.length; i++) {
    if (kept[i] !== 0 && !(voxels[i]! >= low && voxels[i]! <= high)) kept[i] = 0;
  }
  return { ...mask, voxels: kept };
}

function thresholds(
  values: Float64Array,
  range: readonly number[],
  mode: ExtractionSettings['resegmentMode'],
): readonly number[] {
  const sorted = range.toSorted((a, b) => a - b);
  if (mode === 'absolute') return sorted;
  if (mode === 'relative') {
    const most = values.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
    return sorted.map((fraction) => fraction * most);
  }
  const { mean, variance } = momentsOf(values);
  return sorted.map((deviations) => mean + deviations * Math.sqrt(variance));
}

/**
 * The mask without the voxels whose value lies in one of the ranges (both ends inclusive), and how many each took: fat, air,
 * necrosis or calcification, as declared. A voxel counts for the first range that holds it.
 */
export function refined(
  { voxels }: Volume,
  mask: Mask,
  ranges: ExtractionSettings['refineHU'],
): Readonly<{ mask: Mask; removed: Readonly<Record<string, number>> }> {
  const kept = mask.voxels.slice();
  const removed: Record<string, number> = Object.fromEntries(ranges.map(({ name }) => [name, 0]));
  for (const place of placesOf(mask.voxels)) {
    const range = ranges.find(({ from, to }) => voxels[place]! >= from && voxels[place]! <= to);
    if (range === undefined) continue;
    kept[place] = 0;
    removed[range.name] = removed[range.name]! + 1;
  }
  return { mask: { ...mask, voxels: kept }, removed };
}
