import type { Levels } from './discretise.ts';
import { directions, type Offset } from './neighbourhood.ts';

/**
 * Grey level co-occurrence counts, one matrix a direction, not yet symmetric: row = level of a voxel of the region,
 * column = level of its neighbour in that direction, both in the region. Matrices are `highest + 1` wide and high,
 * so that a level is its own index; row 0 is empty and column 0 holds neighbours outside the region, which do not count.
 */
export type Cooccurrence = Readonly<{
  highest: number;
  directions: readonly Offset[];
  counts: readonly Int32Array[];
  /** pairs in each direction */
  pairs: readonly number[];
}>;

/** One direction that holds at least one pair. */
type CooccurrenceMatrix = Readonly<{ highest: number; counts: Int32Array; pairs: number }>;

/** Counts for the 13 directions at distance 1. @see IBSI LFYI */
export function cooccurrence(levels: Levels): Cooccurrence {
  const { size, voxels, inside, highest } = levels;
  const [rowStep, sliceStep] = [size[0] + 2, (size[0] + 2) * (size[1] + 2)];
  const fitting = directions(size);
  const counts = fitting.map(([x, y, z]) => {
    const matrix = new Int32Array((highest + 1) * (highest + 1));
    countPairs(voxels, inside, x + y * rowStep + z * sliceStep, highest + 1, matrix);
    return matrix;
  });
  return {
    highest,
    directions: fitting,
    counts,
    pairs: counts.map((matrix) => pairsIn(matrix, highest + 1, inside.length)),
  };
}

function countPairs(
  voxels: Uint8Array | Uint16Array,
  inside: Int32Array,
  step: number,
  width: number,
  matrix: Int32Array,
): void {
  for (let i = 0; i < inside.length; i++) {
    const place = inside[i]!;
    const cell = voxels[place]! * width + voxels[place + step]!;
    matrix[cell] = matrix[cell]! + 1;
  }
}

/** Every voxel of the region was counted once: what is not in column 0 is a pair. */
function pairsIn(matrix: Int32Array, width: number, voxels: number): number {
  let pairs = voxels;
  for (let i = 0; i < matrix.length; i += width) pairs -= matrix[i]!;
  return pairs;
}

/**
 * Probability of each difference |i - j|, from 0 to highest - 1, of the symmetric normalised matrix. Adding the transpose
 * doubles every count of a difference and the number of pairs, so it need not be made.
 * @see IBSI reference manual, 3.6.1 (diagonal probabilities)
 */
function differenceDistribution({ highest, counts, pairs }: CooccurrenceMatrix): Float64Array {
  const distribution = new Float64Array(highest);
  const width = highest + 1;
  for (let i = 1; i < width; i++) {
    for (let j = 1; j < width; j++) {
      const difference = Math.abs(i - j);
      distribution[difference] = distribution[difference]! + counts[i * width + j]!;
    }
  }
  for (let k = 0; k < highest; k++) distribution[k] = distribution[k]! / pairs;
  return distribution;
}

/** Variance of the difference |i - j| of neighbouring levels. @see IBSI D3YU */
function differenceVariance(matrix: CooccurrenceMatrix): number {
  const distribution = differenceDistribution(matrix);
  let mean = 0;
  for (let k = 0; k < distribution.length; k++) mean += k * distribution[k]!;
  let variance = 0;
  for (let k = 0; k < distribution.length; k++) variance += distribution[k]! * (k - mean) ** 2;
  return variance;
}

/** Feature name to its value for one direction; a value that mathematics does not define is NaN. */
const FEATURES: Readonly<Record<string, (matrix: CooccurrenceMatrix) => number>> = {
  DifferenceVariance: differenceVariance,
};

/**
 * Features by name, each averaged over the directions that hold a pair (IBSI ITBB) and for which it is defined.
 * NaN when there is none: the voxels of the region do not touch.
 */
export function glcmFeatures(levels: Levels, names: readonly string[]): Map<string, number> {
  const { highest, counts, pairs } = cooccurrence(levels);
  const matrices = counts
    .map((matrix, a): CooccurrenceMatrix => ({ highest, counts: matrix, pairs: pairs[a]! }))
    .filter((matrix) => matrix.pairs > 0);
  return new Map(names.map((name) => [name, meanOfDefined(matrices.map(FEATURES[name]!))]));
}

function meanOfDefined(values: readonly number[]): number {
  const defined = values.filter((value) => !Number.isNaN(value));
  return defined.reduce((sum, value) => sum + value, 0) / defined.length;
}
