import type { TextureKernels } from '../../kernels/kernels.ts';
import type { Triple } from '../../volume/volume.ts';
import type { Levels } from '../discretise.ts';
import { directions, type Offset, stepsOf } from '../neighbourhood.ts';
import type { ExtractionSettings, NeighbourSettings } from '../settings.ts';
import { pairWeight } from './over-directions.ts';

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

/** How often pairs of levels were counted in one direction, or in all of them when directions are weighted. */
export type PairMatrix = Readonly<{
  /** the levels that the region holds, ascending: level of each row and of each column */
  levels: Int32Array;
  /** highest level */
  highest: number;
  /** row-major, levels.length squared; whole numbers unless directions are weighted */
  cells: Float64Array;
  /** sum of the cells, above 0: a cell over it is a probability */
  total: number;
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
 * Matrices, symmetric if the settings say so, of the directions that hold at least one pair; with a weighting
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
    .map((cells) => ({ levels: present, highest, cells, total: totalOf(cells), isSymmetric }))
    .filter(({ total }) => total > 0);
}

/** Every voxel of the region was counted once, with or without a neighbour: an absent level has an empty row. */
function presentLevels(matrix: Int32Array, width: number): Int32Array {
  const present: number[] = [];
  for (let level = 1; level < width; level++) {
    let cell = level * width;
    const end = cell + width;
    while (cell < end && matrix[cell] === 0) cell++;
    if (cell < end) present.push(level);
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
  const cells = new Float64Array(n * n);
  for (let row = 0; row < n; row++) {
    const i = levels[row]!;
    for (let column = isSymmetric ? row : 0; column < n; column++) {
      const j = levels[column]!;
      const there = matrix[i * width + j]!;
      if (!isSymmetric) cells[row * n + column] = there;
      else cells[row * n + column] = cells[column * n + row] = there + matrix[j * width + i]!;
    }
  }
  return cells;
}

function weightedSum(
  matrices: readonly Float64Array[],
  offsets: readonly Offset[],
  norm: NonNullable<PairSettings['weightingNorm']>,
  spacing: Triple,
): Float64Array {
  const sum = new Float64Array(matrices[0]?.length ?? 0);
  for (const [d, matrix] of matrices.entries()) {
    const weight = pairWeight(offsets[d]!, norm, spacing);
    for (let cell = 0; cell < sum.length; cell++) sum[cell] = sum[cell]! + weight * matrix[cell]!;
  }
  return sum;
}

function totalOf(cells: Float64Array): number {
  let sum = 0;
  for (let cell = 0; cell < cells.length; cell++) sum += cells[cell]!;
  return sum;
}
