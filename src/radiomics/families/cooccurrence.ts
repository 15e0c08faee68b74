import type { TextureKernels } from '../../kernels/kernels.ts';
import type { Triple } from '../../volume/volume.ts';
import type { Levels } from '../discretise.ts';
import { directions, type Offset, stepsOf } from '../neighbourhood.ts';
import type { ExtractionSettings, NeighbourSettings } from '../settings.ts';
import { directionWeight } from './over-directions.ts';

/**
 * Grey level co-occurrence counts, one matrix a direction, not yet symmetric: row = level of a voxel of the region,
 * column = level of its neighbour in that direction, both in the region. Matrices are `highest + 1` wide and high,
 * so that a level is its own index; row 0 is empty and column 0 holds neighbours outside the region, which do not count.
 */
export type Cooccurrence = Readonly<{
  highest: number;
  directions: readonly Offset[];
  counts: readonly Int32Array[];
}>;

/** Probabilities of pairs of levels in one direction, or in all of them when directions are weighted. */
export type PairMatrix = Readonly<{
  /** the levels that the region holds, ascending: level of each row and of each column */
  levels: Int32Array;
  /** highest level */
  highest: number;
  /** row-major, levels.length squared; sums to 1 */
  probability: Float64Array;
  isSymmetric: boolean;
}>;

export type PairSettings = NeighbourSettings & Pick<ExtractionSettings, 'symmetricalGLCM' | 'weightingNorm'>;

/** Counts for each direction that fits the region's box. @see IBSI LFYI */
export function cooccurrence(
  levels: Levels,
  settings: NeighbourSettings,
  kernels: TextureKernels,
): Cooccurrence {
  const { size, border, highest } = levels;
  const fitting = directions(size, settings);
  return { highest, directions: fitting, counts: kernels.pairs(levels, stepsOf(fitting, size, border)) };
}

/**
 * Normalised matrices, symmetric if the settings say so, of the directions that hold at least one pair; with a weighting
 * norm one matrix, the weighted sum of all directions. None when no two voxels of the region are neighbours.
 * @see IBSI ITBB (averaged over directions), IBSI IAZD (merged)
 */
export function pairMatrices(
  levels: Levels,
  settings: PairSettings,
  spacing: Triple,
  kernels: TextureKernels,
): readonly PairMatrix[] {
  const { highest, counts, directions: offsets } = cooccurrence(levels, settings, kernels);
  const { symmetricalGLCM: isSymmetric, weightingNorm } = settings;
  const present = counts.length > 0 ? presentLevels(counts[0]!, highest + 1) : new Int32Array(0);
  const pairs = counts.map((matrix) => compacted(matrix, highest + 1, present, isSymmetric));
  const merged = weightingNorm === null ? pairs : [weightedSum(pairs, offsets, weightingNorm, spacing)];
  return merged
    .filter(normalise)
    .map((probability) => ({ levels: present, highest, probability, isSymmetric }));
}

/** Every voxel of the region was counted once, with or without a neighbour: an absent level has an empty row. */
function presentLevels(matrix: Int32Array, width: number): Int32Array {
  const present: number[] = [];
  for (let level = 1; level < width; level++) {
    if (matrix.subarray(level * width, (level + 1) * width).some((n) => n > 0)) present.push(level);
  }
  return Int32Array.from(present);
}

function compacted(
  matrix: Int32Array,
  width: number,
  levels: Int32Array,
  isSymmetric: boolean,
): Float64Array {
  const n = levels.length;
  const pairs = new Float64Array(n * n);
  for (let row = 0, cell = 0; row < n; row++) {
    const i = levels[row]!;
    for (let column = 0; column < n; column++, cell++) {
      const j = levels[column]!;
      pairs[cell] = matrix[i * width + j]! + (isSymmetric ? matrix[j * width + i]! : 0);
    }
  }
  return pairs;
}

function weightedSum(
  matrices: readonly Float64Array[],
  offsets: readonly Offset[],
  norm: NonNullable<PairSettings['weightingNorm']>,
  spacing: Triple,
): Float64Array {
  const sum = new Float64Array(matrices[0]?.length ?? 0);
  for (const [d, matrix] of matrices.entries()) {
    const weight = directionWeight(offsets[d]!, norm, spacing);
    for (let cell = 0; cell < sum.length; cell++) sum[cell] = sum[cell]! + weight * matrix[cell]!;
  }
  return sum;
}

/** Makes the matrix sum to 1, in place; false when it is empty. */
function normalise(matrix: Float64Array): boolean {
  let sum = 0;
  for (let cell = 0; cell < matrix.length; cell++) sum += matrix[cell]!;
  if (!(sum > 0)) return false;
  for (let cell = 0; cell < matrix.length; cell++) matrix[cell] = matrix[cell]! / sum;
  return true;
}
