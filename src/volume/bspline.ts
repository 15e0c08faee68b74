import type { Kernels, SplineStep } from '../kernels/kernels.ts';
import type { Axis } from '../kernels/lines.ts';
import { type Box, copyBox, count, widened } from './box.ts';
import type { Taps } from './bspline-taps.ts';
import type { Triple, Voxels } from './volume.ts';

/**
 * How far beyond the coefficients that are needed the prefilter starts. What happens at the edge of the window
 * fades by |pole| a voxel: after 40 voxels 1e-23, below the rounding of a double.
 */
const EXACT_MARGIN = 40;

/** Cubic B-spline coefficients of a part of an image; `box` in the image's index coordinates, x fastest. */
export type Coefficients = Readonly<{ box: Box; values: Float64Array }>;

/**
 * Interpolating cubic B-spline coefficients for `support`, filtered along x, y, z from the image in double precision.
 * The same bits as from the whole image, but computed from a window `margin` voxels wider. An axis of one voxel is
 * left as it is.
 * @see M. Unser, A. Aldroubi, M. Eden, B-spline signal processing, IEEE Trans. Signal Processing 41 (1993), as ITK's
 * BSplineDecompositionImageFilter computes it
 */
export function bsplineCoefficients(
  voxels: Voxels,
  size: Triple,
  support: Box,
  kernels: Kernels,
  margin = EXACT_MARGIN,
): Coefficients {
  const window = widened(support, margin, size);
  const values = new Float64Array(count(window));
  copyBox(voxels, size, window, values);
  const steps = ([0, 1, 2] as const).map(
    (axis): SplineStep => ({
      axis,
      isPrefiltered: true,
      take: [support.start[axis] - window.start[axis], support.size[axis]],
    }),
  );
  return { box: support, values: kernels.spline(values, window.size, steps) };
}

/**
 * Interpolated values of one line of samples along x, at sample `y` and `z` of the other axes, written to `values`.
 * 64 terms a sample are added with x fastest, each ((wx wy) wz) coefficient: the order decides the last bit, and
 * where the exact result is an integer the last bit decides what truncation gives.
 */
export function interpolateLine(
  { box, values: c }: Coefficients,
  taps: readonly [Taps, Taps, Taps],
  y: number,
  z: number,
  values: Float64Array,
): void {
  const [tx, ty, tz] = taps;
  const n = tx.nearest.length;
  values.fill(0, 0, n);
  for (let k = 4 * z; k < 4 * z + 4; k++) {
    const slice = (tz.index[k]! - box.start[2]) * box.size[1];
    for (let j = 4 * y; j < 4 * y + 4; j++) {
      const row = (slice + ty.index[j]! - box.start[1]) * box.size[0] - box.start[0];
      addTerms(c, row, tx, ty.weight[j]!, tz.weight[k]!, values);
    }
  }
}

function addTerms(
  c: Float64Array,
  row: number,
  { index, weight, nearest }: Taps,
  wy: number,
  wz: number,
  values: Float64Array,
): void {
  const n = nearest.length;
  for (let i = 0, t = 0; i < n; i++, t += 4) {
    let sum = values[i]!;
    sum += weight[t]! * wy * wz * c[row + index[t]!]!;
    sum += weight[t + 1]! * wy * wz * c[row + index[t + 1]!]!;
    sum += weight[t + 2]! * wy * wz * c[row + index[t + 2]!]!;
    sum += weight[t + 3]! * wy * wz * c[row + index[t + 3]!]!;
    values[i] = sum;
  }
}

/** One sample of what `interpolateLine` gives, to the same bits. */
export function interpolateSample(
  { box, values: c }: Coefficients,
  taps: readonly [Taps, Taps, Taps],
  sample: Triple,
): number {
  const [tx, ty, tz] = taps;
  const at = sample.map((i) => 4 * i);
  let sum = 0;
  for (let k = at[2]!; k < at[2]! + 4; k++) {
    const slice = (tz.index[k]! - box.start[2]) * box.size[1];
    for (let j = at[1]!; j < at[1]! + 4; j++) {
      const row = (slice + ty.index[j]! - box.start[1]) * box.size[0] - box.start[0];
      for (let i = at[0]!; i < at[0]! + 4; i++) {
        sum += tx.weight[i]! * ty.weight[j]! * tz.weight[k]! * c[row + tx.index[i]!]!;
      }
    }
  }
  return sum;
}

/** The box of coefficients that the samples from `first` to `last` (inclusive, per axis) read. */
export function supportOf(taps: readonly [Taps, Taps, Taps], first: Triple, last: Triple): Box {
  const span = (axis: Axis): readonly [number, number] => {
    const read = taps[axis].index.subarray(4 * first[axis], 4 * last[axis] + 4);
    let [lowest, highest] = [read[0]!, read[0]!];
    for (const k of read) {
      if (k < lowest) lowest = k;
      if (k > highest) highest = k;
    }
    return [lowest, highest - lowest + 1];
  };
  const [x, y, z] = [span(0), span(1), span(2)];
  return { start: [x[0], y[0], z[0]], size: [x[1], y[1], z[1]] };
}
