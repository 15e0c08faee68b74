import type { SplineSamples } from '../kernels/kernels.ts';

/** What a cubic B-spline reads for each sample of one axis: four coefficients and their weights. */
export type Taps = Readonly<{
  /** 4 a sample: coefficient indices on the old axis, reflected at its ends */
  index: Int32Array;
  /** 4 a sample; all zero for a sample outside the image */
  weight: Float64Array;
  /** nearest voxel of each sample; -1 outside the image */
  nearest: Int32Array;
  /** first and last coefficient that any sample reads */
  support: readonly [number, number];
}>;

export type AllTaps = readonly [Taps, Taps, Taps];

/** The taps as the kernels take them: places counted from voxel `first` of the axis. */
export function samplesFrom({ index, weight }: Taps, first: number): SplineSamples {
  return { index: first === 0 ? index : index.map((k) => k - first), weight };
}

/**
 * Taps for the continuous indices `positions` on an axis of `length` voxels. A sample is inside the image if
 * -0.5 <= position < length - 0.5; one outside gets weight zero. The cell is found in float32, as ITK does.
 */
export function bsplineTaps(positions: Float64Array, length: number): Taps {
  const n = positions.length;
  const index = new Int32Array(4 * n);
  const weight = new Float64Array(4 * n);
  const nearest = new Int32Array(n).fill(-1);
  let lowest = length;
  let highest = -1;
  for (let i = 0; i < n; i++) {
    const position = positions[i]!;
    if (!(position >= -0.5 && position < length - 0.5)) continue;
    nearest[i] = Math.floor(position + 0.5);
    const first = Math.floor(Math.fround(position)) - 1;
    setWeights(weight, 4 * i, position - (first + 1));
    for (let t = 0; t < 4; t++) {
      const k = reflected(first + t, length);
      index[4 * i + t] = k;
      lowest = Math.min(lowest, k);
      highest = Math.max(highest, k);
    }
  }
  if (highest < 0) lowest = highest = 0;
  for (let i = 0; i < n; i++) if (nearest[i]! < 0) index.fill(lowest, 4 * i, 4 * i + 4);
  return { index, weight, nearest, support: [lowest, highest] };
}

/** In ITK's order of operations: after truncation to integers the last bit can be seen. */
function setWeights(weight: Float64Array, at: number, w: number): void {
  const w3 = (1 / 6) * w * w * w;
  const w0 = 1 / 6 + 0.5 * w * (w - 1) - w3;
  const w2 = w + w0 - 2 * w3;
  weight[at] = w0;
  weight[at + 1] = 1 - w0 - w2 - w3;
  weight[at + 2] = w2;
  weight[at + 3] = w3;
}

/** The index mirrored about the centres of the first and last voxel until it is inside. */
function reflected(index: number, length: number): number {
  if (length === 1) return 0;
  let k = index;
  while (k < 0 || k >= length) k = k < 0 ? -k : 2 * (length - 1) - k;
  return k;
}
