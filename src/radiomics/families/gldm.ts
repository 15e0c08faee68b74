import type { Levels } from '../discretise.ts';
import { neighbours, stepOf } from '../neighbourhood.ts';
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
): Map<string, number> {
  const statistics = levelBySizeStatistics(dependences(levels, settings));
  return new Map(names.map((name) => [name, statistics[FEATURES[name]!]]));
}

/** Counts of voxels by level and by size: 1 and the neighbours in the region whose level differs by at most gldm_a. */
export function dependences(levels: Levels, settings: DependenceSettings): LevelBySize {
  const { size, border, voxels, inside, highest } = levels;
  const steps = Int32Array.from(neighbours(size, settings).map((offset) => stepOf(offset, size, border)));
  const most = steps.length + 1;
  const counts = new Int32Array(highest * most);
  const isSame = settings.gldm_a < 1;
  for (let i = 0; i < inside.length; i++) {
    const place = inside[i]!;
    const level = voxels[place]!;
    const dependent = isSame
      ? equalNeighbours(voxels, place, level, steps)
      : similarNeighbours(voxels, place, level, steps, settings.gldm_a);
    const cell = dependent * highest + level - 1;
    counts[cell] = counts[cell]! + 1;
  }
  return { sizes: upTo(most), highest, counts };
}

function equalNeighbours(
  voxels: Uint8Array | Uint16Array,
  place: number,
  level: number,
  steps: Int32Array,
): number {
  let equal = 0;
  for (let s = 0; s < steps.length; s++) equal += voxels[place + steps[s]!] === level ? 1 : 0;
  return equal;
}

function similarNeighbours(
  voxels: Uint8Array | Uint16Array,
  place: number,
  level: number,
  steps: Int32Array,
  most: number,
): number {
  let similar = 0;
  for (let s = 0; s < steps.length; s++) {
    const other = voxels[place + steps[s]!]!;
    if (other !== 0 && Math.abs(other - level) <= most) similar++;
  }
  return similar;
}
