import type { Levels } from '../discretise.ts';
import type { Surroundings } from '../neighbourhood.ts';
import { type LevelBySize, levelBySizeStatistics, type StatisticOf, upTo } from './level-by-size.ts';

const FEATURES: StatisticOf = {
  DependenceEntropy: 'entropy',
  DependenceNonUniformity: 'sizeNonUniformity',
  DependenceNonUniformityNormalized: 'sizeNonUniformityNormalized',
  DependenceVariance: 'sizeVariance',
  GrayLevelNonUniformity: 'levelNonUniformity',
  GrayLevelVariance: 'levelVariance',
  HighGrayLevelEmphasis: 'highLevelEmphasis',
  LargeDependenceEmphasis: 'largeEmphasis',
  LargeDependenceHighGrayLevelEmphasis: 'largeHighEmphasis',
  LargeDependenceLowGrayLevelEmphasis: 'largeLowEmphasis',
  LowGrayLevelEmphasis: 'lowLevelEmphasis',
  SmallDependenceEmphasis: 'smallEmphasis',
  SmallDependenceHighGrayLevelEmphasis: 'smallHighEmphasis',
  SmallDependenceLowGrayLevelEmphasis: 'smallLowEmphasis',
};

/** Features by name of how many neighbours of a voxel have its level. @see IBSI REK0 (neighbouring grey level dependence) */
export function gldmFeatures(
  levels: Levels,
  around: Surroundings,
  names: readonly string[],
): Map<string, number> {
  const statistics = levelBySizeStatistics(dependences(levels, around));
  return new Map(names.map((name) => [name, statistics[FEATURES[name]!]]));
}

/** Counts of voxels by level and by size: 1 and the neighbours in the region whose level differs by at most gldm_a. */
export function dependences(
  { voxels, inside, highest }: Levels,
  { similar, most }: Surroundings,
): LevelBySize {
  const counts = new Int32Array(highest * (most + 1));
  for (let i = 0; i < inside.length; i++) {
    const cell = similar[i]! * highest + voxels[inside[i]!]! - 1;
    counts[cell] = counts[cell]! + 1;
  }
  return { sizes: upTo(most + 1), highest, counts };
}
