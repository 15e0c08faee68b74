import type { Triple } from '../../volume/volume.ts';
import type { Levels } from '../discretise.ts';
import { directions, type Offset, stepOf } from '../neighbourhood.ts';
import type { ExtractionSettings } from '../settings.ts';
import { levelBySizeStatistics, type StatisticOf, upTo } from './level-by-size.ts';
import { directionWeight, meanOfDefined } from './over-directions.ts';

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
): Map<string, number> {
  const runs = runLengths(levels, settings);
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
): RunLengths {
  const { size, border, highest } = levels;
  const room = highest * Math.max(...size);
  const found: { offset: Offset; counts: Int32Array }[] = [];
  let longest = 1;
  for (const offset of directions(size, { ...settings, distances: [1] })) {
    const counts = new Int32Array(room);
    const run = countRuns(levels, stepOf(offset, size, border), counts);
    longest = Math.max(longest, run.longest);
    if (run.hasNeighbours || hasSharedLine(levels, offset)) found.push({ offset, counts });
  }
  return {
    highest,
    longest,
    directions: found.map((f) => f.offset),
    counts: found.map((f) => f.counts.subarray(0, longest * highest)),
  };
}

/** A run is counted at its first voxel. Also: whether any two voxels of the region are neighbours. */
function countRuns({ voxels, inside, highest }: Levels, step: number, counts: Int32Array) {
  let hasNeighbours = false;
  let longest = 1;
  for (let i = 0; i < inside.length; i++) {
    const start = inside[i]!;
    const level = voxels[start]!;
    const before = voxels[start - step]!;
    if (before !== 0) hasNeighbours = true;
    if (before === level) continue;
    let length = 1;
    for (let next = start + step; voxels[next] === level; next += step) length++;
    if (length > longest) longest = length;
    const cell = (length - 1) * highest + level - 1;
    counts[cell] = counts[cell]! + 1;
  }
  return { hasNeighbours, longest };
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
    const weight = directionWeight(offsets[d]!, norm, spacing);
    for (let cell = 0; cell < sum.length; cell++) sum[cell] = sum[cell]! + weight * matrix[cell]!;
  }
  return sum;
}
