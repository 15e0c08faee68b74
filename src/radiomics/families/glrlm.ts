import type { TextureKernels } from '../../kernels/kernels.ts';
import type { Triple } from '../../volume/volume.ts';
import type { Levels } from '../discretise.ts';
import { directions, type Offset, stepsOf } from '../neighbourhood.ts';
import type { ExtractionSettings } from '../settings.ts';
import { levelBySizeStatistics, type StatisticOf, upTo } from './level-by-size.ts';
import { meanOfDefined, runWeight } from './over-directions.ts';

/** Counts of runs, one matrix a direction: row = length - 1 up to `longest`, column = level - 1 up to `highest`. */
export type RunLengths = Readonly<{
  highest: number;
  longest: number;
  directions: readonly Offset[];
  counts: readonly Int32Array[];
}>;

type RunSettings = Pick<ExtractionSettings, 'force2D' | 'force2Ddimension' | 'weightingNorm'>;

const FEATURES: StatisticOf = {
  GrayLevelNonUniformity: 'levelNonUniformity',
  GrayLevelNonUniformityNormalized: 'levelNonUniformityNormalized',
  GrayLevelVariance: 'levelVariance',
  HighGrayLevelRunEmphasis: 'highLevelEmphasis',
  LongRunEmphasis: 'largeEmphasis',
  LongRunHighGrayLevelEmphasis: 'largeHighEmphasis',
  LongRunLowGrayLevelEmphasis: 'largeLowEmphasis',
  LowGrayLevelRunEmphasis: 'lowLevelEmphasis',
  RunEntropy: 'entropy',
  RunLengthNonUniformity: 'sizeNonUniformity',
  RunLengthNonUniformityNormalized: 'sizeNonUniformityNormalized',
  RunPercentage: 'percentage',
  RunVariance: 'sizeVariance',
  ShortRunEmphasis: 'smallEmphasis',
  ShortRunHighGrayLevelEmphasis: 'smallHighEmphasis',
  ShortRunLowGrayLevelEmphasis: 'smallLowEmphasis',
};

/**
 * Features by name, averaged over the directions that have a line with two voxels of the region, or of the weighted sum of
 * their matrices; `spacing` in mm is asked only by a weighting norm. NaN when there is no such line. @see IBSI TP0I
 */
export function glrlmFeatures(
  levels: Levels,
  settings: RunSettings,
  names: readonly string[],
  spacing: Triple,
  kernels: TextureKernels,
): Map<string, number> {
  const runs = runLengths(levels, settings, kernels);
  const { weightingNorm } = settings;
  const matrices = weightingNorm === null ? runs.counts : [weightedSum(runs, weightingNorm, spacing)];
  const sizes = upTo(runs.longest);
  const all = matrices.map((counts) => levelBySizeStatistics({ sizes, highest: runs.highest, counts }));
  return new Map(
    names.map((name) => [name, meanOfDefined(all.map((statistics) => statistics[FEATURES[name]!]))]),
  );
}

/** Runs of equal level in each direction; directions on whose every line the region has at most one voxel are left out. */
export function runLengths(
  levels: Levels,
  settings: Pick<RunSettings, 'force2D' | 'force2Ddimension'>,
  kernels: TextureKernels,
): RunLengths {
  const { size, border, highest } = levels;
  const fitting = directions(size, { ...settings, distances: [1] });
  const all = kernels.runs(levels, stepsOf(fitting, size, border), Math.max(...size));
  const kept = fitting
    .map((_, d) => d)
    .filter((d) => all[d]!.hasNeighbours || hasSharedLine(levels, fitting[d]!));
  const longest = Math.max(1, ...kept.map((d) => all[d]!.longest));
  return {
    highest,
    longest,
    directions: kept.map((d) => fitting[d]!),
    counts: kept.map((d) => withRows(all[d]!.counts, longest * highest)),
  };
}

function withRows(counts: Int32Array, cells: number): Int32Array {
  if (counts.length >= cells) return counts.subarray(0, cells);
  const longer = new Int32Array(cells);
  longer.set(counts);
  return longer;
}

/** Whether two voxels of the region, apart from each other, lie on one line. Rarely asked. */
function hasSharedLine({ size, border, inside }: Levels, offset: Offset): boolean {
  const width = size[0] + 2 * border;
  const rows = size[1] + 2 * border;
  const seen = new Set<string>();
  for (const place of inside) {
    const at: Triple = [place % width, Math.floor(place / width) % rows, Math.floor(place / (width * rows))];
    const along = offset.findIndex((step) => step !== 0) as 0 | 1 | 2;
    const steps = at[along] * offset[along];
    seen.add(at.map((index, axis) => index - steps * offset[axis as 0]!).join());
  }
  return seen.size < inside.length;
}

function weightedSum(
  { counts, directions: offsets, highest, longest }: RunLengths,
  norm: NonNullable<RunSettings['weightingNorm']>,
  spacing: Triple,
): Float64Array {
  const sum = new Float64Array(highest * longest);
  for (const [d, matrix] of counts.entries()) {
    const weight = runWeight(offsets[d]!, norm, spacing);
    for (let cell = 0; cell < sum.length; cell++) sum[cell] = sum[cell]! + weight * matrix[cell]!;
  }
  return sum;
}
