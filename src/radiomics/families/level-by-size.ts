import { EPSILON } from './distribution.ts';

/** Counts of things (runs, zones, dependences) by size and grey level. */
export type LevelBySize = Readonly<{
  /** size of each row; doubles, so that compiled code has no integer squares that overflow */
  sizes: Float64Array;
  /** grey levels are 1 to `highest`: one column each */
  highest: number;
  /** row-major, sizes.length x highest */
  counts: Int32Array | Float64Array;
}>;

/** The statistics that runs, zones and dependences have in common; under each family's own names they are its features. */
export type LevelBySizeStatistics = Readonly<{
  smallEmphasis: number;
  largeEmphasis: number;
  lowLevelEmphasis: number;
  highLevelEmphasis: number;
  smallLowEmphasis: number;
  smallHighEmphasis: number;
  largeLowEmphasis: number;
  largeHighEmphasis: number;
  levelNonUniformity: number;
  levelNonUniformityNormalized: number;
  sizeNonUniformity: number;
  sizeNonUniformityNormalized: number;
  /** things over voxels */
  percentage: number;
  levelVariance: number;
  sizeVariance: number;
  entropy: number;
}>;

/** All statistics; NaN when nothing is counted. @see IBSI reference manual, 3.7 (the formulas of 3.8 and 3.11 are the same) */
export function levelBySizeStatistics({ sizes, highest, counts }: LevelBySize): LevelBySizeStatistics {
  const levels = upTo(highest);
  const byLevel = new Float64Array(highest);
  const bySize = new Float64Array(sizes.length);
  let [smallLow, smallHigh, largeLow, largeHigh] = [0, 0, 0, 0];
  for (let row = 0, cell = 0; row < sizes.length; row++) {
    let [inRow, low, high] = [0, 0, 0];
    for (let column = 0; column < highest; column++, cell++) {
      const n = counts[cell]!;
      if (n === 0) continue;
      const level2 = (column + 1) * (column + 1);
      byLevel[column] = byLevel[column]! + n;
      inRow += n;
      low += n / level2;
      high += n * level2;
    }
    const size2 = sizes[row]! * sizes[row]!;
    bySize[row] = inRow;
    smallLow += low / size2;
    smallHigh += high / size2;
    largeLow += low * size2;
    largeHigh += high * size2;
  }
  const total = byLevel.reduce((sum, n) => sum + n, 0);
  const level = oneSided(levels, byLevel, total);
  const size = oneSided(sizes, bySize, total);
  return {
    smallEmphasis: size.inverse / total,
    largeEmphasis: size.square / total,
    lowLevelEmphasis: level.inverse / total,
    highLevelEmphasis: level.square / total,
    smallLowEmphasis: smallLow / total,
    smallHighEmphasis: smallHigh / total,
    largeLowEmphasis: largeLow / total,
    largeHighEmphasis: largeHigh / total,
    levelNonUniformity: level.nonUniformity / total,
    levelNonUniformityNormalized: level.nonUniformity / total ** 2,
    sizeNonUniformity: size.nonUniformity / total,
    sizeNonUniformityNormalized: size.nonUniformity / total ** 2,
    percentage: total / size.sum,
    levelVariance: level.variance,
    sizeVariance: size.variance,
    entropy: total > 0 ? entropyOfCounts(counts, total) : Number.NaN,
  };
}

/** Entropy in bits; most cells are empty. */
function entropyOfCounts(counts: LevelBySize['counts'], total: number): number {
  let entropy = 0;
  for (let cell = 0; cell < counts.length; cell++) {
    if (counts[cell] === 0) continue;
    const p = counts[cell]! / total;
    entropy -= p * Math.log2(p + EPSILON);
  }
  return entropy;
}

/** Sums over one side's counts. */
function oneSided(values: Float64Array, counts: Float64Array, total: number) {
  let [sum, square, inverse, nonUniformity] = [0, 0, 0, 0];
  for (let k = 0; k < counts.length; k++) {
    const [n, value] = [counts[k]!, values[k]!];
    sum += n * value;
    square += n * value * value;
    inverse += n / (value * value);
    nonUniformity += n * n;
  }
  const mean = sum / total;
  let variance = 0;
  for (let k = 0; k < counts.length; k++)
    variance += (counts[k]! / total) * (values[k]! - mean) * (values[k]! - mean);
  return { sum, square, inverse, nonUniformity, variance };
}

/** 1, 2, ... n. */
export function upTo(n: number): Float64Array {
  const numbers = new Float64Array(n);
  for (let k = 0; k < n; k++) numbers[k] = k + 1;
  return numbers;
}

/** A feature's name to the statistic that it is. */
export type StatisticOf = Readonly<Record<string, keyof LevelBySizeStatistics>>;
