import type { Triple } from '../volume/volume.ts';
import { namedRandom } from './random.ts';

/** Voxels of one period of the noise: wider than any lesion, far smaller than the image. */
const TILE: Triple = [48, 48, 16];

/**
 * Gaussian noise with mean 0, SD 1 and a Gaussian autocorrelation, as a function of voxel indices x, y, z.
 *
 * White noise blurred along each axis with a Gaussian of `sigmaMm`, then scaled to unit variance. It repeats every
 * 48 x 48 x 16 voxels, without a seam. An axis whose voxels are much longer than `sigmaMm` stays white, and so does
 * everything when it is 0.
 */
export function correlatedNoise(name: string, spacing: Triple, sigmaMm: number): Texture {
  const random = namedRandom(name);
  const field = new Float32Array(TILE[0] * TILE[1] * TILE[2]);
  for (let index = 0; index < field.length; index += 1) field[index] = random.normal();
  const strides = [1, TILE[0], TILE[0] * TILE[1]] as const;
  for (const axis of [0, 1, 2] as const) {
    blur(field, TILE[axis], strides[axis], gaussianWeights(sigmaMm / spacing[axis]));
  }
  toUnitVariance(field);
  return (x, y, z) => field[(x % TILE[0]) + TILE[0] * ((y % TILE[1]) + TILE[1] * (z % TILE[2]))] ?? 0;
}

export type Texture = (x: number, y: number, z: number) => number;

/** From the centre outwards. */
function gaussianWeights(sigma: number): Float64Array {
  const reach = Math.ceil(3 * sigma);
  return Float64Array.from({ length: reach + 1 }, (_, step) =>
    step === 0 ? 1 : Math.exp((-step * step) / (2 * sigma * sigma)),
  );
}

/** In place, along one axis; periodic at the borders, so that the variance is the same everywhere. */
function blur(field: Float32Array, length: number, stride: number, weights: Float64Array): void {
  const reach = weights.length - 1;
  if (reach === 0) return;
  const line = new Float64Array(length + 2 * reach);
  const block = length * stride;
  for (let start = 0; start < field.length; start += 1) {
    if (start % block >= stride) continue;
    for (let at = 0; at < line.length; at += 1) {
      line[at] = field[start + ((at - reach + length * weights.length) % length) * stride] ?? 0;
    }
    for (let at = 0; at < length; at += 1) field[start + at * stride] = weighted(line, at + reach, weights);
  }
}

function weighted(line: Float64Array, at: number, weights: Float64Array): number {
  let sum = line[at] ?? 0;
  for (let step = 1; step < weights.length; step += 1) {
    sum += (weights[step] ?? 0) * ((line[at - step] ?? 0) + (line[at + step] ?? 0));
  }
  return sum;
}

function toUnitVariance(field: Float32Array): void {
  let sum = 0;
  let squares = 0;
  for (const value of field) {
    sum += value;
    squares += value * value;
  }
  const mean = sum / field.length;
  const sd = Math.sqrt(squares / field.length - mean * mean);
  for (let index = 0; index < field.length; index += 1) field[index] = ((field[index] ?? 0) - mean) / sd;
}
