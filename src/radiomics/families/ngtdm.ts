import { type Levels, presentLevels } from '../discretise.ts';
import type { Surroundings } from '../neighbourhood.ts';
import { once } from '../once.ts';

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
  around: Surroundings,
  names: readonly string[],
): Map<string, number> {
  const tones = toneDifferences(levels, around);
  const summed: Summed = { tones, pairs: once(() => pairSums(tones)) };
  return new Map(names.map((name) => [name, FEATURES[name]!(summed)]));
}

export function toneDifferences(levels: Levels, { differences }: Surroundings): ToneDifferences {
  const present = [...presentLevels(levels)];
  return {
    levels: present,
    counts: present.map((level) => levels.counts[level]!),
    differences: present.map((level) => differences[level - 1]!),
    voxels: levels.inside.length,
  };
}

/** Sums over all pairs of levels, both ways round. */
type PairSums = Readonly<{ between: number; complexity: number; contrast: number; strength: number }>;
type Summed = Readonly<{ tones: ToneDifferences; pairs: () => PairSums }>;

/** Where a feature would divide by 0 it is 0, and Coarseness a million, as in PyRadiomics. */
const FEATURES: Readonly<Record<string, (summed: Summed) => number>> = {
  Busyness: ({ tones, pairs }) => (pairs().between === 0 ? 0 : weightedDifferences(tones) / pairs().between),
  Coarseness: ({ tones }) => {
    const sum = weightedDifferences(tones);
    return sum === 0 ? COARSEST : 1 / sum;
  },
  Complexity: ({ tones, pairs }) => pairs().complexity / tones.voxels,
  Contrast: ({ tones, pairs }) => {
    const n = tones.levels.length;
    return n === 1 ? 0 : (pairs().contrast / (n * (n - 1))) * (total(tones.differences) / tones.voxels);
  },
  Strength: ({ tones, pairs }) => {
    const sum = total(tones.differences);
    return sum === 0 ? 0 : pairs().strength / sum;
  },
};

function pairSums({ levels, counts, differences, voxels }: ToneDifferences): PairSums {
  const p = Float64Array.from(counts, (n) => n / voxels);
  let [between, complexity, contrast, strength] = [0, 0, 0, 0];
  for (let a = 0; a < levels.length; a++) {
    const [level, pa, sa] = [levels[a]!, p[a]!, differences[a]!];
    for (let b = 0; b < a; b++) {
      const [apart, pb] = [level - levels[b]!, p[b]!];
      between += Math.abs(level * pa - levels[b]! * pb);
      complexity += (apart * (pa * sa + pb * differences[b]!)) / (pa + pb);
      contrast += pa * pb * apart * apart;
      strength += (pa + pb) * apart * apart;
    }
  }
  return { between: 2 * between, complexity: 2 * complexity, contrast: 2 * contrast, strength: 2 * strength };
}

function weightedDifferences({ counts, differences, voxels }: ToneDifferences): number {
  return differences.reduce((sum, difference, k) => sum + (counts[k]! / voxels) * difference, 0);
}

function total(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}
