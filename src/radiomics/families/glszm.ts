import type { Levels } from '../discretise.ts';
import { neighbours, stepOf } from '../neighbourhood.ts';
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
): Map<string, number> {
  const statistics = levelBySizeStatistics(sizeZones(levels, settings));
  return new Map(names.map((name) => [name, statistics[FEATURES[name]!]]));
}

/** Counts of zones (26-connected, 8-connected with force2D) by level and by the sizes that occur, ascending. */
export function sizeZones(levels: Levels, settings: ZoneSettings): LevelBySize {
  const { highest, inside } = levels;
  const zones = zonesOf(levels, settings);
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
  return { sizes, highest, counts };
}

/** Level and number of voxels of each zone, in the order of its first voxel: each zone is flooded, and erased behind. */
function zonesOf({ size, border, voxels, inside }: Levels, settings: ZoneSettings) {
  const left = voxels.slice();
  const steps = Int32Array.from(
    neighbours(size, { ...settings, distances: [1] }).map((offset) => stepOf(offset, size, border)),
  );
  const stack = new Int32Array(inside.length);
  const [levels, sizes] = [new Int32Array(inside.length), new Int32Array(inside.length)];
  let found = 0;
  for (let i = 0; i < inside.length; i++) {
    const level = left[inside[i]!]!;
    if (level === 0) continue;
    levels[found] = level;
    sizes[found] = flood(left, inside[i]!, level, steps, stack);
    found++;
  }
  return { levels: levels.subarray(0, found), sizes: sizes.subarray(0, found) };
}

function flood(
  left: Uint8Array | Uint16Array,
  start: number,
  level: number,
  steps: Int32Array,
  stack: Int32Array,
): number {
  left[start] = 0;
  stack[0] = start;
  let size = 1;
  for (let waiting = 1; waiting > 0; ) {
    const place = stack[--waiting]!;
    for (let s = 0; s < steps.length; s++) {
      const next = place + steps[s]!;
      if (left[next] !== level) continue;
      left[next] = 0;
      stack[waiting++] = next;
      size++;
    }
  }
  return size;
}
