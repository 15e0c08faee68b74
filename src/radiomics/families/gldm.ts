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
export function dependences({ highest }: Levels, { similar, most }: Surroundings): LevelBySize {
  return { sizes: upTo(most + 1), highest, counts: similar };
}
