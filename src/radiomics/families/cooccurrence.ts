import type { PairCounts, TextureKernels } from '../../kernels/kernels.ts';
import type { Triple } from '../../volume/volume.ts';
import { type Levels, presentLevels } from '../discretise.ts';
import { directions, type Offset, stepsOf } from '../neighbourhood.ts';
import type { ExtractionSettings, NeighbourSettings } from '../settings.ts';
import { pairWeight } from './over-directions.ts';

/**
 * Grey level co-occurrence counts, one matrix a direction: row = level of a voxel of the region, column = level of its
 * neighbour in that direction, both among `levels`, row-major; symmetric: each pair counted both ways round.
 */
export type Cooccurrence = Readonly<{
  /** the levels that the region holds, ascending */
  levels: Int32Array;
  directions: readonly Offset[];
  counts: readonly PairCounts[];
}>;

/**
 * How often pairs of levels were counted in one direction, or in all of them when directions are weighted; levels.length
 * squared, whole numbers unless directions are weighted.
 */
export type PairMatrix = PairCounts &
  Readonly<{
    /** the levels that the region holds, ascending: level of each row and of each column */
    levels: Int32Array;
    /** highest level */
    highest: number;
    /** sum of the cells, above 0: a cell over it is a probability */
    total: number;
    isSymmetric: boolean;
  }>;

export type PairSettings = NeighbourSettings & Pick<ExtractionSettings, 'symmetricalGLCM' | 'weightingNorm'>;

/** Counts for each direction that fits the region's box. @see IBSI LFYI */
export function cooccurrence(
  levels: Levels,
  settings: NeighbourSettings & Pick<ExtractionSettings, 'symmetricalGLCM'>,
  kernels: TextureKernels,
): Cooccurrence {
  const { size, border } = levels;
  const fitting = directions(size, settings);
  const steps = stepsOf(fitting, size, border);
  const present = presentLevels(levels);
  const counts = kernels.pairs(levels, steps, present, settings.symmetricalGLCM);
  return { levels: present, directions: fitting, counts };
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
  const { levels: present, counts, directions: offsets } = cooccurrence(levels, settings, kernels);
  const { symmetricalGLCM: isSymmetric, weightingNorm } = settings;
  const merged =
    weightingNorm === null ? counts : [weightedSum(counts, offsets, weightingNorm, spacing, present.length)];
  return merged
    .map(({ cells, ranges }) => ({
      cells,
      ranges,
      levels: present,
      highest: levels.highest,
      total: totalOf(cells),
      isSymmetric,
    }))
    .filter(({ total }) => total > 0);
}

function weightedSum(
  matrices: readonly PairCounts[],
  offsets: readonly Offset[],
  norm: NonNullable<PairSettings['weightingNorm']>,
  spacing: Triple,
  n: number,
): PairCounts {
  const sum = new Float64Array(n * n);
  for (const [d, { cells }] of matrices.entries()) {
    const weight = pairWeight(offsets[d]!, norm, spacing);
    for (let cell = 0; cell < sum.length; cell++) sum[cell] = sum[cell]! + weight * cells[cell]!;
  }
  const wholeRows = new Int32Array(2 * n).fill(n, n);
  return { cells: sum, ranges: wholeRows };
}

function totalOf(cells: Float64Array): number {
  let sum = 0;
  for (let cell = 0; cell < cells.length; cell++) sum += cells[cell]!;
  return sum;
}
