import type { Levels } from '../discretise.ts';
import { neighbours, stepOf } from '../neighbourhood.ts';
import type { NeighbourSettings } from '../settings.ts';

/** What Coarseness is when no voxel differs from its neighbours. */
const COARSEST = 1e6;

/** For each level that the region holds, ascending. */
export type ToneDifferences = Readonly<{
  levels: readonly number[];
  /** voxels */
  counts: readonly number[];
  /** sum over the level's voxels of |level - mean level of its neighbours in the region|; a voxel without any adds 0 */
  differences: readonly number[];
  /** voxels of the region */
  voxels: number;
}>;

/** Features by name of how a voxel differs from the mean of its neighbours. @see IBSI IPET */
export function ngtdmFeatures(
  levels: Levels,
  settings: NeighbourSettings,
  names: readonly string[],
): Map<string, number> {
  const tones = toneDifferences(levels, settings);
  return new Map(names.map((name) => [name, FEATURES[name]!(tones)]));
}

export function toneDifferences(levels: Levels, settings: NeighbourSettings): ToneDifferences {
  const { size, border, voxels, inside, highest } = levels;
  const steps = Int32Array.from(neighbours(size, settings).map((offset) => stepOf(offset, size, border)));
  const counts = new Int32Array(highest + 1);
  const differences = new Float64Array(highest + 1);
  for (let i = 0; i < inside.length; i++) {
    const place = inside[i]!;
    const level = voxels[place]!;
    let [sum, found] = [0, 0];
    for (let s = 0; s < steps.length; s++) {
      const other = voxels[place + steps[s]!]!;
      sum += other;
      found += other === 0 ? 0 : 1;
    }
    counts[level] = counts[level]! + 1;
    if (found > 0) differences[level] = differences[level]! + Math.abs(level - sum / found);
  }
  const present = [...counts.keys()].filter((level) => counts[level]! > 0);
  return {
    levels: present,
    counts: present.map((level) => counts[level]!),
    differences: present.map((level) => differences[level]!),
    voxels: inside.length,
  };
}

/** Where a feature would divide by 0 it is 0, and Coarseness a million, as in PyRadiomics. */
const FEATURES: Readonly<Record<string, (tones: ToneDifferences) => number>> = {
  Busyness: (tones) => {
    const between = overPairs(tones, (a, b) => Math.abs(a.level * a.p - b.level * b.p));
    return between === 0 ? 0 : weightedDifferences(tones) / between;
  },
  Coarseness: (tones) => {
    const sum = weightedDifferences(tones);
    return sum === 0 ? COARSEST : 1 / sum;
  },
  Complexity: (tones) =>
    overPairs(tones, (a, b) => (Math.abs(a.level - b.level) * (a.p * a.s + b.p * b.s)) / (a.p + b.p)) /
    tones.voxels,
  Contrast: (tones) => {
    const n = tones.levels.length;
    const spread = overPairs(tones, (a, b) => a.p * b.p * (a.level - b.level) ** 2);
    return n === 1 ? 0 : (spread / (n * (n - 1))) * (total(tones.differences) / tones.voxels);
  },
  Strength: (tones) => {
    const sum = total(tones.differences);
    return sum === 0 ? 0 : overPairs(tones, (a, b) => (a.p + b.p) * (a.level - b.level) ** 2) / sum;
  },
};

/** A level, its probability and its sum of differences. */
type Tone = Readonly<{ level: number; p: number; s: number }>;

function overPairs(
  { levels, counts, differences, voxels }: ToneDifferences,
  of: (a: Tone, b: Tone) => number,
): number {
  const tones = levels.map((level, k): Tone => ({ level, p: counts[k]! / voxels, s: differences[k]! }));
  let sum = 0;
  for (const a of tones) for (const b of tones) sum += of(a, b);
  return sum;
}

function weightedDifferences({ counts, differences, voxels }: ToneDifferences): number {
  return differences.reduce((sum, difference, k) => sum + (counts[k]! / voxels) * difference, 0);
}

function total(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}
