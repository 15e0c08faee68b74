import type { Kernels, SplineStep } from '../kernels/kernels.ts';
import type { Axis } from '../kernels/lines.ts';
import { type Box, widened } from './box.ts';
import { bsplineCoefficients, exactSamples, samplesAt, supportOf } from './bspline.ts';
import { type AllTaps, samplesFrom, type Taps } from './bspline-taps.ts';
import type { Resampling } from './resampling-grid.ts';
import { type IntegerVoxels, sameType, type Triple } from './volume.ts';

/** |pole|^24 = 2e-14: what the window's edge leaves is far below the tolerance. */
const MARGIN = 24;
/**
 * Bound on the difference between this order of operations and ITK's, relative to the largest voxel nearby: 64 terms
 * and six recursions on coefficients up to 27 times that voxel stay below 1e-12. Ten times that is allowed for.
 */
const ROUNDING = 1e-11;
/** ITK starts its recursion from 18 samples: an error of 1e-10 at the first voxel of an axis, fading by the pole. */
const ITK_START = 2e-10;
const POLE = 2 - Math.sqrt(3);
/** Largest slope of a cubic spline along one axis, relative to the largest voxel. */
const SLOPE = 54;
/** An axis whose samples lie this near to voxel centres is read, not interpolated. */
const ON_CENTRE = 1e-9;

/**
 * Cubic B-spline interpolation of an integer image, truncated toward zero and clamped to its type: bit for bit what the 64-term sum
 * of ITK gives, but found axis by axis. Where the sum of the separate axes lies so close to an integer that the order
 * of operations could decide (about one voxel in a million; all of a flat image), the 64-term sum itself is evaluated.
 * A sample outside the image is 0.
 */
export function truncatedBspline<V extends IntegerVoxels>(
  voxels: V,
  size: Triple,
  { grid, positions }: Resampling,
  taps: AllTaps,
  kernels: Kernels,
): V {
  const kept = positions.map((p, axis) => centreShift(p, size[axis as Axis])) as [Kept, Kept, Kept];
  const values = byAxis(voxels, size, taps, kept, grid.size, kernels);
  const largest = magnitudeNear(voxels, size, taps);
  const truncated = sameType(voxels, values.length);
  const [lowest, highest] = rangeOf(voxels);
  const doubtful = new Int32Array(values.length);
  let doubts = 0;
  const perSlice = grid.size[0] * grid.size[1];
  for (let z = 0; z < grid.size[2]; z++) {
    const tolerance = largest * relativeTolerance(kept, z);
    for (let i = z * perSlice; i < (z + 1) * perSlice; i++) {
      const value = values[i]!;
      const whole = Math.trunc(value);
      const fraction = Math.abs(value - whole);
      if (isDoubtful(fraction, whole, tolerance)) doubtful[doubts++] = i;
      truncated[i] = Math.max(lowest, Math.min(highest, whole));
    }
  }
  if (doubts > 0) settle(doubtful.subarray(0, doubts), voxels, size, grid.size, taps, kernels, truncated);
  return truncated;
}

/** So close to an integer that the order of operations decides; truncation makes both sides of 0 one. */
function isDoubtful(fraction: number, whole: number, tolerance: number): boolean {
  return (fraction < tolerance && whole !== 0) || fraction > 1 - tolerance;
}

/** Voxel that the first sample of a kept axis lies on, and how far the samples stray; undefined: interpolate. */
type Kept = Readonly<{ first: number; stray: number }> | undefined;

function centreShift(positions: Float64Array, length: number): Kept {
  const first = Math.round(positions[0]!);
  let stray = 0;
  for (let i = 0; i < positions.length; i++) stray = Math.max(stray, Math.abs(positions[i]! - i - first));
  const isInside = first >= 0 && first + positions.length <= length;
  return isInside && stray <= ON_CENTRE ? { first, stray } : undefined;
}

/** On a kept axis, straying from the centres and ITK's start come on top of rounding. */
function relativeTolerance(kept: readonly Kept[], z: number): number {
  let tolerance = ROUNDING;
  for (const [axis, at] of kept.entries()) {
    if (at === undefined) continue;
    const fade = axis === 2 ? POLE ** (at.first + z) : POLE ** at.first;
    tolerance += SLOPE * at.stray + ITK_START * fade;
  }
  return tolerance;
}

/** Smallest and largest value of the pixel type. */
function rangeOf(voxels: IntegerVoxels): readonly [number, number] {
  const bits = 8 * voxels.BYTES_PER_ELEMENT;
  const isSigned = sameType(voxels, 1).fill(-1)[0]! < 0;
  return isSigned ? [-(2 ** (bits - 1)), 2 ** (bits - 1) - 1] : [0, 2 ** bits - 1];
}

function supportBox(taps: AllTaps): Box {
  const [x, y, z] = taps.map((t) => t.support) as [Taps['support'], Taps['support'], Taps['support']];
  return { start: [x[0], y[0], z[0]], size: [x[1] - x[0] + 1, y[1] - y[0] + 1, z[1] - z[0] + 1] };
}

/** One axis after the other: x, y, z; kept axes are only cut out. */
function byAxis(
  voxels: IntegerVoxels,
  size: Triple,
  taps: AllTaps,
  kept: readonly [Kept, Kept, Kept],
  out: Triple,
  kernels: Kernels,
): Float64Array {
  const wide = widened(supportBox(taps), MARGIN, size);
  const window: Box = {
    start: wide.start.map((s, axis) => kept[axis]?.first ?? s) as unknown as Triple,
    size: wide.size.map((n, axis) => (kept[axis] ? out[axis as Axis] : n)) as unknown as Triple,
  };
  const steps = ([0, 1, 2] as const)
    .filter((axis) => !kept[axis])
    .map(
      (axis): SplineStep => ({
        axis,
        isPrefiltered: true,
        take: samplesFrom(taps[axis], window.start[axis]),
      }),
    );
  return kernels.spline(voxels, size, window, steps);
}

/**
 * A bound on the magnitude of all voxels that can matter to a value or to its rounding. Of 8 and 16 bits it is a number that
 * they cannot hold: that needs no look at them, and makes hardly more values doubtful.
 */
function magnitudeNear(voxels: IntegerVoxels, size: Triple, taps: AllTaps): number {
  if (voxels.BYTES_PER_ELEMENT < 4) return 2 ** (8 * voxels.BYTES_PER_ELEMENT);
  const { start, size: n } = widened(supportBox(taps), MARGIN, size);
  let largest = 1;
  for (let z = start[2]; z < start[2] + n[2]; z++) {
    for (let y = start[1]; y < start[1] + n[1]; y++) {
      const row = (z * size[1] + y) * size[0];
      for (let i = row + start[0], end = i + n[0]; i < end; i++) {
        const voxel = voxels[i]!;
        if (voxel > largest) largest = voxel;
        else if (-voxel > largest) largest = -voxel;
      }
    }
  }
  return largest;
}

/** Evaluates the doubtful voxels as ITK does, from coefficients of the box that holds them. */
function settle(
  doubtful: Int32Array,
  voxels: IntegerVoxels,
  size: Triple,
  out: Triple,
  taps: AllTaps,
  kernels: Kernels,
  truncated: IntegerVoxels,
): void {
  const [lowest, highest] = rangeOf(truncated);
  const samples = samplesAt(doubtful, out);
  const [x, y, z] = [extent(samples, 0), extent(samples, 1), extent(samples, 2)];
  const support = supportOf(taps, [x.first, y.first, z.first], [x.last, y.last, z.last]);
  const coefficients = bsplineCoefficients(voxels, size, support, kernels);
  const values = exactSamples(coefficients, taps, samples, kernels);
  for (let n = 0; n < values.length; n++) {
    truncated[doubtful[n]!] = Math.max(lowest, Math.min(highest, Math.trunc(values[n]!)));
  }
}

/** First and last sample along an axis. */
function extent(samples: Int32Array, axis: Axis): Readonly<{ first: number; last: number }> {
  let first = samples[axis]!;
  let last = first;
  for (let i = axis as number; i < samples.length; i += 3) {
    const at = samples[i]!;
    if (at < first) first = at;
    if (at > last) last = at;
  }
  return { first, last };
}
