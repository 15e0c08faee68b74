import { type Box, copyBox, count, widened } from './box.ts';
import { bsplineCoefficients, filterLanes, interpolateSample, supportOf } from './bspline.ts';
import type { Taps } from './bspline-taps.ts';
import { type Axis, type LineTransform, transformLines } from './lines.ts';
import type { Resampling } from './resampling-grid.ts';
import type { Triple } from './volume.ts';

type AllTaps = readonly [Taps, Taps, Taps];

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
 * Cubic B-spline interpolation of an int16 image, truncated toward zero and clamped: bit for bit what the 64-term sum
 * of ITK gives, but found axis by axis. Where the sum of the separate axes lies so close to an integer that the order
 * of operations could decide (about one voxel in a million; all of a flat image), the 64-term sum itself is evaluated.
 * A sample outside the image is 0.
 */
export function truncatedBspline(
  voxels: Int16Array,
  size: Triple,
  { grid, positions }: Resampling,
  taps: AllTaps,
): Int16Array {
  const kept = positions.map((p, axis) => centreShift(p, size[axis as Axis])) as [Kept, Kept, Kept];
  const values = byAxis(voxels, size, taps, kept, grid.size);
  const largest = largestNear(voxels, size, taps);
  const truncated = new Int16Array(values.length);
  const doubtful: number[] = [];
  const perSlice = grid.size[0] * grid.size[1];
  for (let z = 0; z < grid.size[2]; z++) {
    const tolerance = largest * relativeTolerance(kept, z);
    for (let i = z * perSlice; i < (z + 1) * perSlice; i++) {
      const value = values[i]!;
      // Overshoot is at most 27 times an int16, so that 32 bits hold it.
      const whole = value | 0;
      const fraction = Math.abs(value - whole);
      if ((fraction < tolerance && whole !== 0) || fraction > 1 - tolerance) doubtful.push(i);
      truncated[i] = whole > 32767 || whole < -32768 ? clamped(whole) : whole;
    }
  }
  if (doubtful.length > 0) settle(doubtful, voxels, size, grid.size, taps, truncated);
  return truncated;
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

function clamped(whole: number): number {
  return Math.max(-32768, Math.min(32767, whole));
}

function supportBox(taps: AllTaps): Box {
  const [x, y, z] = taps.map((t) => t.support) as [Taps['support'], Taps['support'], Taps['support']];
  return { start: [x[0], y[0], z[0]], size: [x[1] - x[0] + 1, y[1] - y[0] + 1, z[1] - z[0] + 1] };
}

/** One axis after the other: x, y, z; kept axes are only cut out. */
function byAxis(
  voxels: Int16Array,
  size: Triple,
  taps: AllTaps,
  kept: readonly [Kept, Kept, Kept],
  out: Triple,
): Float64Array {
  const wide = widened(supportBox(taps), MARGIN, size);
  const window: Box = {
    start: wide.start.map((s, axis) => kept[axis]?.first ?? s) as unknown as Triple,
    size: wide.size.map((n, axis) => (kept[axis] ? out[axis as Axis] : n)) as unknown as Triple,
  };
  let values = new Float64Array(count(window));
  copyBox(voxels, size, window, values);
  let dims = window.size;
  for (const axis of [0, 1, 2] as const) {
    if (kept[axis]) continue;
    const next = dims.with(axis, out[axis]) as unknown as Triple;
    const transform = interpolation(dims[axis], taps[axis], window.start[axis]);
    const target = new Float64Array(next[0] * next[1] * next[2]);
    values = transformLines(values, dims, axis, { start: [0, 0, 0], size: dims }, transform, target);
    dims = next;
  }
  return values;
}

/** Prefilter and interpolation of lines that start at voxel `offset` of the image. */
function interpolation(length: number, { index, weight, nearest }: Taps, offset: number): LineTransform {
  return {
    length: nearest.length,
    apply(input, lanes, output) {
      if (length > 1) filterLanes(input, length, lanes);
      for (let i = 0, to = 0; i < nearest.length; i++) {
        const t = 4 * i;
        const w0 = weight[t]!;
        const w1 = weight[t + 1]!;
        const w2 = weight[t + 2]!;
        const w3 = weight[t + 3]!;
        const a = (index[t]! - offset) * lanes;
        const b = (index[t + 1]! - offset) * lanes;
        const c = (index[t + 2]! - offset) * lanes;
        const d = (index[t + 3]! - offset) * lanes;
        for (let l = 0; l < lanes; l++, to++) {
          output[to] = w0 * input[a + l]! + w1 * input[b + l]! + w2 * input[c + l]! + w3 * input[d + l]!;
        }
      }
    },
  };
}

/** Largest magnitude of all voxels that can matter to a value or to its rounding. */
function largestNear(voxels: Int16Array, size: Triple, taps: AllTaps): number {
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
  doubtful: readonly number[],
  voxels: Int16Array,
  size: Triple,
  out: Triple,
  taps: AllTaps,
  truncated: Int16Array,
): void {
  const first: [number, number, number] = [...out];
  const last: [number, number, number] = [0, 0, 0];
  const samples = doubtful.map((i): Triple => {
    const row = Math.floor(i / out[0]);
    return [i - row * out[0], row % out[1], Math.floor(row / out[1])];
  });
  for (const sample of samples) {
    for (const axis of [0, 1, 2] as const) {
      first[axis] = Math.min(first[axis], sample[axis]);
      last[axis] = Math.max(last[axis], sample[axis]);
    }
  }
  const coefficients = bsplineCoefficients(voxels, size, supportOf(taps, first, last));
  for (const [n, sample] of samples.entries()) {
    truncated[doubtful[n]!] = clamped(Math.trunc(interpolateSample(coefficients, taps, sample)));
  }
}
