import type { Kernels, SpectrumKernels } from '../../kernels/kernels.ts';
import type { Triple } from '../../volume/volume.ts';
import type { Levels } from '../discretise.ts';
import { once } from '../once.ts';
import { type PairMatrix, type PairSettings, pairMatrices } from './cooccurrence.ts';
import { EPSILON, entropyOf, meanOf, varianceOf } from './distribution.ts';
import { type Information, informationOf } from './information.ts';
import { type Marginals, marginalsOf } from './marginals.ts';
import { type EigenvectorGuess, maximalCorrelationCoefficient } from './maximal-correlation.ts';
import { meanOfDefined } from './over-directions.ts';

/** Sums over all cells of one matrix. */
type Joint = Readonly<{
  autocorrelation: number;
  energy: number;
  maximum: number;
  /** of level of row, of level of column */
  mean: readonly [number, number];
  variance: readonly [number, number];
  covariance: number;
  /** central moments of the sum of both levels */
  cluster: Readonly<{ second: number; third: number; fourth: number }>;
}>;

/** One matrix, and what is made of it, each part when it is first asked for. */
type Parts = Readonly<{
  matrix: PairMatrix;
  marginals: () => Marginals;
  joint: () => Joint;
  information: () => Information;
  maximalCorrelation: () => number;
}>;

/** Feature name to its value for one matrix; a value that mathematics does not define is NaN. */
const FEATURES: Readonly<Record<string, (parts: Parts) => number>> = {
  Autocorrelation: ({ joint }) => joint().autocorrelation,
  JointAverage: ({ joint }) => joint().mean[0],
  ClusterProminence: ({ joint }) => joint().cluster.fourth,
  ClusterShade: ({ joint }) => joint().cluster.third,
  ClusterTendency: ({ joint }) => joint().cluster.second,
  Contrast: ({ marginals }) => overDifferences(marginals().difference, (k) => k * k),
  Correlation: ({ joint }) => correlation(joint()),
  DifferenceAverage: ({ marginals }) => meanOf(marginals().difference),
  DifferenceEntropy: ({ marginals }) => entropyOf(marginals().difference),
  DifferenceVariance: ({ marginals }) => varianceOf(marginals().difference),
  Id: ({ marginals }) => overDifferences(marginals().difference, (k) => 1 / (1 + k)),
  Idm: ({ marginals }) => overDifferences(marginals().difference, (k) => 1 / (1 + k * k)),
  Idmn: ({ marginals, matrix: { highest: n } }) =>
    overDifferences(marginals().difference, (k) => 1 / (1 + (k * k) / (n * n))),
  Idn: ({ marginals, matrix: { highest: n } }) =>
    overDifferences(marginals().difference, (k) => 1 / (1 + k / n)),
  InverseVariance: ({ marginals }) =>
    overDifferences(marginals().difference, (k) => (k === 0 ? 0 : 1 / (k * k))),
  Imc1: ({ information }) => firstCorrelation(information()),
  Imc2: ({ information }) => secondCorrelation(information()),
  JointEnergy: ({ joint }) => joint().energy,
  JointEntropy: ({ information }) => information().hxy,
  MaximumProbability: ({ joint }) => joint().maximum,
  MCC: ({ maximalCorrelation }) => maximalCorrelation(),
  SumAverage: ({ marginals }) => meanOf(marginals().sum),
  SumEntropy: ({ marginals }) => entropyOf(marginals().sum),
  SumSquares: ({ joint }) => joint().variance[0],
};

/**
 * Features by name, each averaged over the directions that hold a pair (IBSI ITBB) and for which it is defined; `spacing`
 * in mm is asked only by a weighting norm. NaN when there is none: the voxels of the region do not touch.
 * @see IBSI LFYI
 */
export function glcmFeatures(
  levels: Levels,
  settings: PairSettings,
  names: readonly string[],
  spacing: Triple,
  kernels: Pick<Kernels, 'texture' | 'spectrum'>,
): Map<string, number> {
  const guess: EigenvectorGuess = {};
  const all = pairMatrices(levels, settings, spacing, kernels.texture).map((matrix) =>
    partsOf(matrix, guess, kernels.spectrum),
  );
  return new Map(names.map((name) => [name, meanOfDefined(all.map(FEATURES[name]!))]));
}

/** `guess` is of the eigenvector behind MCC, which changes little from direction to direction. */
function partsOf(matrix: PairMatrix, guess: EigenvectorGuess, kernels: SpectrumKernels): Parts {
  const marginals = once(() => marginalsOf(matrix));
  return {
    matrix,
    marginals,
    joint: once(() => jointOf(matrix, marginals())),
    information: once(() => informationOf(matrix, marginals())),
    maximalCorrelation: () => maximalCorrelationCoefficient(matrix, marginals(), guess, kernels),
  };
}

function overDifferences(distribution: Float64Array, weight: (k: number) => number): number {
  let sum = 0;
  for (let k = 0; k < distribution.length; k++) sum += distribution[k]! * weight(k);
  return sum;
}

function jointOf(matrix: PairMatrix, { rows, columns, sum }: Marginals): Joint {
  const { levels, cells, ranges, total } = matrix;
  const n = levels.length;
  const mean = [weightedMean(levels, rows), weightedMean(levels, columns)] as const;
  const variance = [
    weightedVariance(levels, rows, mean[0]),
    weightedVariance(levels, columns, mean[1]),
  ] as const;
  let products = 0;
  let squares = 0;
  let maximum = 0;
  let covariance = 0;
  for (let i = 0; i < n; i++) {
    let inRow = 0;
    let fromMean = 0;
    for (let j = ranges[i]!, stop = ranges[n + i]!; j < stop; j++) {
      const count = cells[i * n + j]!;
      inRow += count * levels[j]!;
      fromMean += count * (levels[j]! - mean[1]);
      squares += count * count;
      if (count > maximum) maximum = count;
    }
    products += levels[i]! * inRow;
    covariance += (levels[i]! - mean[0]) * fromMean;
  }
  return {
    autocorrelation: products / total,
    energy: squares / (total * total),
    maximum: maximum / total,
    mean,
    variance,
    covariance: covariance / total,
    cluster: clusterOf(sum, mean[0] + mean[1]),
  };
}

/** Of the distribution of i + j. */
function clusterOf(sum: Float64Array, mean: number): Joint['cluster'] {
  const cluster = { second: 0, third: 0, fourth: 0 };
  for (let k = 0; k < sum.length; k++) {
    const apart = k - mean;
    const square = sum[k]! * apart * apart;
    cluster.second += square;
    cluster.third += square * apart;
    cluster.fourth += square * apart * apart;
  }
  return cluster;
}

function weightedMean(levels: Int32Array, weights: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < levels.length; i++) sum += weights[i]! * levels[i]!;
  return sum;
}

function weightedVariance(levels: Int32Array, weights: Float64Array, mean: number): number {
  let sum = 0;
  for (let i = 0; i < levels.length; i++) sum += weights[i]! * (levels[i]! - mean) * (levels[i]! - mean);
  return sum;
}

/** 1 for a single level, whose variance is 0. @see IBSI NI2N */
function correlation({ variance, covariance }: Joint): number {
  const spread = Math.sqrt(variance[0]) * Math.sqrt(variance[1]);
  return spread === 0 ? 1 : covariance / (spread + EPSILON);
}

/** 0 for a single level. @see IBSI R8DG */
function firstCorrelation({ hx, hy, hxy, hxy1 }: Information): number {
  const most = Math.max(hx, hy);
  return most === 0 ? 0 : (hxy - hxy1) / most;
}

/** Undefined when rounding makes the joint entropy the larger one. @see IBSI JN9H */
function secondCorrelation({ hxy, hxy2 }: Information): number {
  return hxy2 === hxy ? 0 : Math.sqrt(1 - Math.exp(-2 * (hxy2 - hxy)));
}
