import type { TextureKernels } from '../../kernels/kernels.ts';
import type { Levels } from '../discretise.ts';
import { neighbours, stepsOf, touching } from '../neighbourhood.ts';
import type { ExtractionSettings } from '../settings.ts';
import { type LevelBySize, levelBySizeStatistics, type StatisticOf } from './level-by-size.ts';

type ZoneSettings = Pick<ExtractionSettings, 'force2D' | 'force2Ddimension'>;

const FEATURES: StatisticOf = {
  GrayLevelNonUniformity: 'levelNonUniformity',
  GrayLevelNonUniformityNormalized: 'levelNonUniformityNormalized',
  GrayLevelVariance: 'levelVariance',
  HighGrayLevelZoneEmphasis: 'highLevelEmphasis',
  LargeAreaEmphasis: 'largeEmphasis',
  LargeAreaHighGrayLevelEmphasis: 'largeHighEmphasis',
  LargeAreaLowGrayLevelEmphasis: 'largeLowEmphasis',
  LowGrayLevelZoneEmphasis: 'lowLevelEmphasis',
  SizeZoneNonUniformity: 'sizeNonUniformity',
  SizeZoneNonUniformityNormalized: 'sizeNonUniformityNormalized',
  SmallAreaEmphasis: 'smallEmphasis',
  SmallAreaHighGrayLevelEmphasis: 'smallHighEmphasis',
  SmallAreaLowGrayLevelEmphasis: 'smallLowEmphasis',
  ZoneEntropy: 'entropy',
  ZonePercentage: 'percentage',
  ZoneVariance: 'sizeVariance',
};

/** Features by name of the zones of equal level. @see IBSI 9SAK */
export function glszmFeatures(
  levels: Levels,
  settings: ZoneSettings,
  names: readonly string[],
  kernels: TextureKernels,
): Map<string, number> {
  const statistics = levelBySizeStatistics(sizeZones(levels, settings, kernels));
  return new Map(names.map((name) => [name, statistics[FEATURES[name]!]]));
}

/** Counts of zones (26-connected, 8-connected with force2D) by level and by the sizes that occur, ascending. */
export function sizeZones(levels: Levels, settings: ZoneSettings, kernels: TextureKernels): LevelBySize {
  const { size, border, highest, inside } = levels;
  const around = neighbours(size, { ...settings, distances: [1] });
  const zones = kernels.zones(levels, stepsOf(around, size, border), touching(around));
  const column = new Int32Array(inside.length + 1);
  for (const size of zones.sizes) column[size] = 1;
  const sizes: number[] = [];
  for (let size = 1; size < column.length; size++)
    if (column[size] === 1) column[size] = sizes.push(size) - 1;
  const counts = new Int32Array(highest * sizes.length);
  for (let zone = 0; zone < zones.sizes.length; zone++) {
    const cell = column[zones.sizes[zone]!]! * highest + zones.levels[zone]! - 1;
    counts[cell] = counts[cell]! + 1;
  }
  return { sizes: Float64Array.from(sizes), highest, counts };
}
