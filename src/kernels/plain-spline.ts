import type { SplineSamples, SplineStep } from './kernels.ts';
import type { LineTransform } from './lines.ts';

/** The pole of the cubic B-spline filter. */
export const POLE = Math.sqrt(3) - 2;
/** The double, not 6: the difference moves voxels after truncation. */
export const GAIN = (1 - POLE) * (1 - 1 / POLE);
/** What starts the anticausal recursion. */
export const EDGE = POLE / (POLE * POLE - 1);
/** Samples after which |pole|^k is below ITK's tolerance of 1e-10. */
const HORIZON = 18;

/** One step along lines of `length` samples. */
export function splineLine({ isPrefiltered, take }: SplineStep, length: number): LineTransform {
  const isRange = Array.isArray(take);
  const [first, kept] = isRange
    ? (take as readonly [number, number])
    : [0, (take as SplineSamples).index.length / 4];
  return {
    length: kept,
    apply(input, lanes, output) {
      if (isPrefiltered && length > 1) filterLanes(input, length, lanes);
      if (isRange) output.set(input.subarray(first * lanes, (first + kept) * lanes));
      else interpolateLanes(input, take as SplineSamples, lanes, output);
    },
  };
}

function interpolateLanes(
  input: Float64Array,
  { index, weight }: SplineSamples,
  lanes: number,
  output: Float64Array,
): void {
  for (let t = 0, to = 0; t < index.length; t += 4) {
    const w0 = weight[t]!;
    const w1 = weight[t + 1]!;
    const w2 = weight[t + 2]!;
    const w3 = weight[t + 3]!;
    const a = index[t]! * lanes;
    const b = index[t + 1]! * lanes;
    const c = index[t + 2]! * lanes;
    const d = index[t + 3]! * lanes;
    for (let l = 0; l < lanes; l++, to++) {
      output[to] = w0 * input[a + l]! + w1 * input[b + l]! + w2 * input[c + l]! + w3 * input[d + l]!;
    }
  }
}

/** The recursive filter in place, on `lanes` lines of `length` samples, sample by sample. */
function filterLanes(c: Float64Array, length: number, lanes: number): void {
  const total = length * lanes;
  for (let l = 0; l < lanes; l++) c[l] = causalStart(c, l, length, lanes);
  for (let i = lanes; i < total; i++) c[i] = c[i]! * GAIN + POLE * c[i - lanes]!;
  const last = total - lanes;
  for (let i = last; i < total; i++) c[i] = EDGE * (POLE * c[i - lanes]! + c[i]!);
  for (let i = last - 1; i >= 0; i--) c[i] = POLE * (c[i + lanes]! - c[i]!);
}

/** First causal coefficient of lane `l`, of samples not yet multiplied by the gain, under mirror symmetry: truncated after the horizon, else in closed form. */
function causalStart(c: Float64Array, l: number, length: number, lanes: number): number {
  let power = POLE;
  let sum = c[l]! * GAIN;
  if (HORIZON < length) {
    for (let k = 1; k < HORIZON; k++, power *= POLE) sum += power * (c[k * lanes + l]! * GAIN);
    return sum;
  }
  const inverse = 1 / POLE;
  let mirrored = POLE ** (length - 1);
  sum += mirrored * (c[(length - 1) * lanes + l]! * GAIN);
  mirrored = mirrored * (mirrored * inverse);
  for (let k = 1; k <= length - 2; k++, power *= POLE, mirrored *= inverse) {
    sum += (power + mirrored) * (c[k * lanes + l]! * GAIN);
  }
  return sum / (1 - power * power);
}

/** @see Kernels.splineSamples */
export function sumsOfTerms(
  c: Float64Array,
  [tx, ty, tz]: readonly [SplineSamples, SplineSamples, SplineSamples],
  samples: Int32Array,
): Float64Array {
  const sums = new Float64Array(samples.length / 3);
  for (let n = 0; n < sums.length; n++) {
    const [x, y, z] = [4 * samples[3 * n]!, 4 * samples[3 * n + 1]!, 4 * samples[3 * n + 2]!];
    let sum = 0;
    for (let k = z; k < z + 4; k++) {
      for (let j = y; j < y + 4; j++) {
        const row = tz.index[k]! + ty.index[j]!;
        for (let i = x; i < x + 4; i++) {
          sum += tx.weight[i]! * ty.weight[j]! * tz.weight[k]! * c[row + tx.index[i]!]!;
        }
      }
    }
    sums[n] = sum;
  }
  return sums;
}
