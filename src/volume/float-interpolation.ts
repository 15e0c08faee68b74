import type { Kernels, SplineStep } from '../kernels/kernels.ts';
import { wholeBox } from './box.ts';
import { bsplineCoefficients, exactSamples, samplesAt, supportOf } from './bspline.ts';
import { type AllTaps, samplesFrom } from './bspline-taps.ts';
import type { Resampling } from './resampling-grid.ts';
import type { Triple } from './volume.ts';

/**
 * The weights of a sample add up to 1, so that 64 products and their sum, in whatever order, err by less than 70 roundings
 * of the largest coefficient; two orders differ by twice that.
 */
const ROUNDING = 140 * 2 ** -53;

/**
 * Cubic B-spline interpolation of a float32 image, rounded to float32: bit for bit ITK's 64-term sum, but found axis by axis
 * from the same coefficients. Where the order of operations could decide the rounding (a few voxels), and for every sample
 * of a float64 image, which is not rounded, the 64-term sum itself is evaluated.
 */
export function floatBspline(
  voxels: Float32Array | Float64Array,
  size: Triple,
  { grid }: Pick<Resampling, 'grid'>,
  taps: AllTaps,
  kernels: Kernels,
): Float32Array | Float64Array {
  const [nx, ny, nz] = grid.size;
  const coefficients = bsplineCoefficients(
    voxels,
    size,
    supportOf(taps, [0, 0, 0], [nx - 1, ny - 1, nz - 1]),
    kernels,
  );
  const exact = (places: Int32Array) =>
    exactSamples(coefficients, taps, samplesAt(places, grid.size), kernels);
  if (voxels instanceof Float64Array) return exact(new Int32Array(nx * ny * nz).map((_, i) => i));
  const tolerance = ROUNDING * largestOf(coefficients.values);
  const { box } = coefficients;
  const steps = ([2, 1, 0] as const).map(
    (axis): SplineStep => ({ axis, isPrefiltered: false, take: samplesFrom(taps[axis], box.start[axis]) }),
  );
  const sums = kernels.spline(coefficients.values, box.size, wholeBox(box.size), steps);
  const values = Float32Array.from(sums);
  const doubtful = doubtfulAmong(sums, tolerance);
  const settled = exact(doubtful);
  for (let n = 0; n < doubtful.length; n++) values[doubtful[n]!] = settled[n]!;
  return values;
}

/** Where an error of `tolerance` could change the rounding to float32. */
function doubtfulAmong(sums: Float64Array, tolerance: number): Int32Array {
  const doubtful = new Int32Array(sums.length);
  let found = 0;
  for (let i = 0; i < sums.length; i++) {
    const sum = sums[i]!;
    if (Math.fround(sum - tolerance) !== Math.fround(sum + tolerance)) doubtful[found++] = i;
  }
  return doubtful.subarray(0, found);
}

function largestOf(values: Float64Array): number {
  let largest = 0;
  for (let i = 0; i < values.length; i++) {
    const magnitude = Math.abs(values[i]!);
    if (magnitude > largest) largest = magnitude;
  }
  return largest;
}
