import type { TextureKernels } from '../../kernels/kernels.ts';
import type { Levels } from '../discretise.ts';
import { neighbours, stepsOf } from '../neighbourhood.ts';
import type { ExtractionSettings, NeighbourSettings } from '../settings.ts';
import { type LevelBySize, levelBySizeStatistics, type StatisticOf, upTo } from './level-by-size.ts';

type DependenceSettings = NeighbourSettings & Pick<ExtractionSettings, 'gldm_a'>;

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
  settings: DependenceSettings,
  names: readonly string[],
  kernels: TextureKernels,
): Map<string, number> {
  const statistics = levelBySizeStatistics(dependences(levels, settings, kernels));
  return new Map(names.map((name) => [name, statistics[FEATURES[name]!]]));
}

/** Counts of voxels by level and by size: 1 and the neighbours in the region whose level differs by at most gldm_a. */
export function dependences(
  levels: Levels,
  settings: DependenceSettings,
  kernels: TextureKernels,
): LevelBySize {
  const { size, border, voxels, inside, highest } = levels;
  const steps = stepsOf(neighbours(size, settings), size, border);
  const { similar } = kernels.neighbourhood(levels, steps, settings.gldm_a);
  const most = steps.length + 1;
  const counts = new Int32Array(highest * most);
  for (let i = 0; i < inside.length; i++) {
    const cell = similar[i]! * highest + voxels[inside[i]!]! - 1;
    counts[cell] = counts[cell]! + 1;
  }
  return { sizes: upTo(most), highest, counts };
}
