import type { Levels } from '../discretise.ts';
import { once } from '../once.ts';
import type { ExtractionSettings } from '../settings.ts';
import { entropyOf } from './distribution.ts';
import { orderStatistics } from './order-statistics.ts';

/** Grey values of the region's voxels, their levels, and the volume of a voxel in mm3. */
export type GreyValues = Readonly<{ values: Float64Array; levels: Levels; voxelVolume: number }>;

type Moments = Readonly<{ mean: number; second: number; third: number; fourth: number; absolute: number }>;

/** What the features are made of, each part when it is first asked for. */
type Parts = Readonly<{
  voxelVolume: number;
  /** sum of squares of the values, shifted by voxelArrayShift */
  energy: () => number;
  count: number;
  /** central moments, and the mean absolute deviation */
  moments: () => Moments;
  /** percentiles 0, 10, 25, 50, 75, 90, 100, linear between voxels */
  percentiles: () => readonly number[];
  /** mean absolute deviation of the values from the 10th to the 90th percentile, inclusive */
  robustDeviation: () => number;
  /** probability of each level */
  histogram: () => Float64Array;
}>;

const PERCENTS = [0, 10, 25, 50, 75, 90, 100];
const at = (parts: Parts, percent: number): number => parts.percentiles()[PERCENTS.indexOf(percent)]!;

const FEATURES: Readonly<Record<string, (parts: Parts) => number>> = {
  '10Percentile': (parts) => at(parts, 10),
  '90Percentile': (parts) => at(parts, 90),
  Energy: ({ energy }) => energy(),
  Entropy: ({ histogram }) => entropyOf(histogram()),
  InterquartileRange: (parts) => at(parts, 75) - at(parts, 25),
  Kurtosis: ({ moments }) => shapeOf(moments().fourth, moments().second ** 2),
  Maximum: (parts) => at(parts, 100),
  Mean: ({ moments }) => moments().mean,
  MeanAbsoluteDeviation: ({ moments }) => moments().absolute,
  Median: (parts) => at(parts, 50),
  Minimum: (parts) => at(parts, 0),
  Range: (parts) => at(parts, 100) - at(parts, 0),
  RobustMeanAbsoluteDeviation: ({ robustDeviation }) => robustDeviation(),
  RootMeanSquared: ({ energy, count }) => Math.sqrt(energy() / count),
  Skewness: ({ moments }) => shapeOf(moments().third, moments().second ** 1.5),
  StandardDeviation: ({ moments }) => Math.sqrt(moments().second),
  TotalEnergy: ({ energy, voxelVolume }) => energy() * voxelVolume,
  Uniformity: ({ histogram }) => histogram().reduce((sum, p) => sum + p * p, 0),
  Variance: ({ moments }) => moments().second,
};

/** Skewness and Kurtosis of a flat region are 0. */
const shapeOf = (moment: number, scale: number): number => (scale === 0 ? 0 : moment / scale);

/**
 * Features by name; population moments, kurtosis not excess. Entropy and Uniformity are of the levels.
 * @see IBSI UHIW (intensity statistics), IBSI TLU2 (entropy) and BJ5W (uniformity) of the histogram
 */
export function firstOrderFeatures(
  { values, levels, voxelVolume }: GreyValues,
  { voxelArrayShift }: Pick<ExtractionSettings, 'voxelArrayShift'>,
  names: readonly string[],
): Map<string, number> {
  const percentiles = once(() => percentilesOf(values));
  const parts: Parts = {
    voxelVolume,
    count: values.length,
    energy: once(() => energyOf(values, voxelArrayShift)),
    moments: once(() => momentsOf(values)),
    percentiles,
    robustDeviation: () => robustDeviationOf(values, percentiles()[1]!, percentiles()[5]!),
    histogram: once(() => histogramOf(levels)),
  };
  return new Map(names.map((name) => [name, FEATURES[name]!(parts)]));
}

function energyOf(values: Float64Array, shift: number): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += (values[i]! + shift) * (values[i]! + shift);
  return sum;
}

function momentsOf(values: Float64Array): Moments {
  const n = values.length;
  let sum = 0;
  for (let i = 0; i < n; i++) sum += values[i]!;
  const mean = sum / n;
  let [second, third, fourth, absolute] = [0, 0, 0, 0];
  for (let i = 0; i < n; i++) {
    const difference = values[i]! - mean;
    const square = difference * difference;
    second += square;
    third += square * difference;
    fourth += square * square;
    absolute += Math.abs(difference);
  }
  return { mean, second: second / n, third: third / n, fourth: fourth / n, absolute: absolute / n };
}

function percentilesOf(values: Float64Array): readonly number[] {
  const positions = PERCENTS.map((percent) => (percent / 100) * (values.length - 1));
  const ranks = positions.flatMap((position) => [Math.floor(position), Math.ceil(position)]);
  const ordered = orderStatistics(values, ranks);
  return positions.map((position) => {
    const [low, high] = [ordered.get(Math.floor(position))!, ordered.get(Math.ceil(position))!];
    return low + (high - low) * (position - Math.floor(position));
  });
}

function robustDeviationOf(values: Float64Array, low: number, high: number): number {
  let [sum, n, deviation] = [0, 0, 0];
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (value < low || value > high) continue;
    sum += value;
    n++;
  }
  const mean = sum / n;
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (value >= low && value <= high) deviation += Math.abs(value - mean);
  }
  return deviation / n;
}

function histogramOf({ counts, inside }: Levels): Float64Array {
  return Float64Array.from(counts, (n) => n / inside.length);
}
