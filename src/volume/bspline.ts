import type { Kernels, SplineStep } from '../kernels/kernels.ts';
import type { Axis } from '../kernels/lines.ts';
import { type Box, widened } from './box.ts';
import type { AllTaps, Taps } from './bspline-taps.ts';
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
  const steps = ([0, 1, 2] as const).map(
    (axis): SplineStep => ({
      axis,
      isPrefiltered: true,
      take: [support.start[axis] - window.start[axis], support.size[axis]],
    }),
  );
  return { box: support, values: kernels.spline(voxels, size, window, steps) };
}

/**
 * Interpolated values at `samples` (x, y, z of each in turn): 64 terms are added with x
 * fastest, each ((wx wy) wz) coefficient. The order decides the last bit, and where the exact result is an integer the last
 * bit decides what truncation gives.
 */
export function exactSamples(
  { box, values }: Coefficients,
  taps: AllTaps,
  samples: Int32Array,
  kernels: Kernels,
): Float64Array {
  const strides = [1, box.size[0], box.size[0] * box.size[1]] as const;
  const [x, y, z] = ([0, 1, 2] as const).map((axis) => ({
    index: taps[axis].index.map((k) => (k - box.start[axis]) * strides[axis]),
    weight: taps[axis].weight,
  }));
  return kernels.splineSamples(values, [x!, y!, z!], samples);
}

/** x, y, z of each place (ascending, x fastest) in a grid of `size` voxels. */
export function samplesAt(places: Int32Array, [nx, ny]: Triple): Int32Array {
  const samples = new Int32Array(3 * places.length);
  let [row, rowEnd] = [0, 0];
  let [y, z] = [0, 0];
  for (let n = 0; n < places.length; n++) {
    const place = places[n]!;
    if (place >= rowEnd) {
      row = Math.floor(place / nx);
      rowEnd = (row + 1) * nx;
      y = row % ny;
      z = (row - y) / ny;
    }
    samples[3 * n] = place - row * nx;
    samples[3 * n + 1] = y;
    samples[3 * n + 2] = z;
  }
  return samples;
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
