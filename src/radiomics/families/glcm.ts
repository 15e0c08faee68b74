import type { TextureKernels } from '../../kernels/kernels.ts';
import type { Triple } from '../../volume/volume.ts';
import type { Levels } from '../discretise.ts';
import { once } from '../once.ts';
import { type PairMatrix, type PairSettings, pairMatrices } from './cooccurrence.ts';
import { EPSILON, entropyOf, meanOf, varianceOf } from './distribution.ts';
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

/** Entropies, bits. @see IBSI reference manual, 3.6 (information correlation) */
type Information = Readonly<{ hx: number; hy: number; hxy: number; hxy1: number; hxy2: number }>;

/** One matrix, and what is made of it, each part when it is first asked for. */
type Parts = Readonly<{
  matrix: PairMatrix;
  /** of the eigenvector behind MCC, which changes little from direction to direction */
  guess: EigenvectorGuess;
  /** probability of each |i - j|, from 0 */
  difference: () => Float64Array;
  /** probability of each i + j, from 0 */
  sum: () => Float64Array;
  joint: () => Joint;
  information: () => Information;
}>;

/** Feature name to its value for one matrix; a value that mathematics does not define is NaN. */
const FEATURES: Readonly<Record<string, (parts: Parts) => number>> = {
  Autocorrelation: ({ joint }) => joint().autocorrelation,
  JointAverage: ({ joint }) => joint().mean[0],
  ClusterProminence: ({ joint }) => joint().cluster.fourth,
  ClusterShade: ({ joint }) => joint().cluster.third,
  ClusterTendency: ({ joint }) => joint().cluster.second,
  Contrast: ({ difference }) => overDifferences(difference(), (k) => k * k),
  Correlation: ({ joint }) => correlation(joint()),
  DifferenceAverage: ({ difference }) => meanOf(difference()),
  DifferenceEntropy: ({ difference }) => entropyOf(difference()),
  DifferenceVariance: ({ difference }) => varianceOf(difference()),
  Id: ({ difference }) => overDifferences(difference(), (k) => 1 / (1 + k)),
  Idm: ({ difference }) => overDifferences(difference(), (k) => 1 / (1 + k * k)),
  Idmn: ({ difference, matrix: { highest: n } }) =>
    overDifferences(difference(), (k) => 1 / (1 + (k * k) / (n * n))),
  Idn: ({ difference, matrix: { highest: n } }) => overDifferences(difference(), (k) => 1 / (1 + k / n)),
  InverseVariance: ({ difference }) => overDifferences(difference(), (k) => (k === 0 ? 0 : 1 / (k * k))),
  Imc1: ({ information }) => firstCorrelation(information()),
  Imc2: ({ information }) => secondCorrelation(information()),
  JointEnergy: ({ joint }) => joint().energy,
  JointEntropy: ({ information }) => information().hxy,
  MaximumProbability: ({ joint }) => joint().maximum,
  MCC: ({ matrix, guess }) => maximalCorrelationCoefficient(matrix, guess),
  SumAverage: ({ sum }) => meanOf(sum()),
  SumEntropy: ({ sum }) => entropyOf(sum()),
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
  kernels: TextureKernels,
): Map<string, number> {
  const guess: EigenvectorGuess = {};
  const all = pairMatrices(levels, settings, spacing, kernels).map((matrix) => partsOf(matrix, guess));
  return new Map(names.map((name) => [name, meanOfDefined(all.map(FEATURES[name]!))]));
}

function partsOf(matrix: PairMatrix, guess: EigenvectorGuess): Parts {
  const marginals = once(() => marginalsOf(matrix));
  return {
    matrix,
    guess,
    difference: once(() => differences(matrix)),
    sum: once(() => sums(matrix)),
    joint: once(() => jointOf(matrix, marginals())),
    information: once(() => informationOf(matrix, marginals())),
  };
}

/** Probabilities of rows and of columns. */
type Marginals = readonly [Float64Array, Float64Array];

function marginalsOf({ levels: { length: n }, probability }: PairMatrix): Marginals {
  const rows = new Float64Array(n);
  const columns = new Float64Array(n);
  for (let i = 0, cell = 0; i < n; i++) {
    for (let j = 0; j < n; j++, cell++) {
      const p = probability[cell]!;
      rows[i] = rows[i]! + p;
      columns[j] = columns[j]! + p;
    }
  }
  return [rows, columns];
}

/** @see IBSI reference manual, 3.6 (diagonal probabilities) */
function differences({ levels, highest, probability }: PairMatrix): Float64Array {
  const distribution = new Float64Array(highest);
  for (let i = 0, cell = 0; i < levels.length; i++) {
    for (let j = 0; j < levels.length; j++, cell++) {
      const k = Math.abs(levels[i]! - levels[j]!);
      distribution[k] = distribution[k]! + probability[cell]!;
    }
  }
  return distribution;
}

/** @see IBSI reference manual, 3.6 (cross-diagonal probabilities) */
function sums({ levels, highest, probability }: PairMatrix): Float64Array {
  const distribution = new Float64Array(2 * highest + 1);
  for (let i = 0, cell = 0; i < levels.length; i++) {
    for (let j = 0; j < levels.length; j++, cell++) {
      const k = levels[i]! + levels[j]!;
      distribution[k] = distribution[k]! + probability[cell]!;
    }
  }
  return distribution;
}

function overDifferences(distribution: Float64Array, weight: (k: number) => number): number {
  let sum = 0;
  for (let k = 0; k < distribution.length; k++) sum += distribution[k]! * weight(k);
  return sum;
}

function jointOf({ levels, probability }: PairMatrix, [rows, columns]: Marginals): Joint {
  const mean = [weightedMean(levels, rows), weightedMean(levels, columns)] as const;
  const variance = [
    weightedVariance(levels, rows, mean[0]),
    weightedVariance(levels, columns, mean[1]),
  ] as const;
  let [autocorrelation, energy, maximum, covariance] = [0, 0, 0, 0];
  let [second, third, fourth] = [0, 0, 0];
  for (let i = 0, cell = 0; i < levels.length; i++) {
    const [level, fromMean] = [levels[i]!, levels[i]! - mean[0]];
    for (let j = 0; j < levels.length; j++, cell++) {
      const p = probability[cell]!;
      if (p === 0) continue;
      const other = levels[j]! - mean[1];
      const both = fromMean + other;
      const square = p * both * both;
      autocorrelation += p * level * levels[j]!;
      energy += p * p;
      if (p > maximum) maximum = p;
      covariance += p * fromMean * other;
      second += square;
      third += square * both;
      fourth += square * both * both;
    }
  }
  return { autocorrelation, energy, maximum, mean, variance, covariance, cluster: { second, third, fourth } };
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

/** From so many levels on, no region has levels that are independent to the last bit. */
const MANY_LEVELS = 9;

/**
 * Logarithms are what this costs: of a symmetric matrix half is enough, and log2(px py + eps) is log2 px + log2 py +
 * eps / (px py ln 2), but for terms below rounding. With few levels, where both entropies may be equal to the last bit, the
 * logarithm is taken as it stands.
 */
function informationOf(matrix: PairMatrix, marginals: Marginals): Information {
  const [rows, columns] = marginals;
  const sums = { hxy: 0, hxy1: 0, hxy2: 0 };
  const isExact = rows.length < MANY_LEVELS;
  const bits = [rows.map(Math.log2), columns.map(Math.log2)] as const;
  for (let i = 0; i < rows.length; i++) {
    if (rows[i] === 0) continue;
    if (isExact) addRow(sums, matrix, i, rows[i]!, columns);
    else addRowOfMany(sums, matrix, i, marginals, bits);
  }
  return { hx: entropyOf(rows), hy: entropyOf(columns), ...sums };
}

type Sums = { hxy: number; hxy1: number; hxy2: number };

function addRow(
  sums: Sums,
  { probability, isSymmetric }: PairMatrix,
  i: number,
  px: number,
  columns: Float64Array,
): void {
  const n = columns.length;
  for (let j = isSymmetric ? i : 0; j < n; j++) {
    const independent = px * columns[j]!;
    if (independent === 0) continue;
    const weight = isSymmetric && j > i ? 2 : 1;
    const p = weight * probability[i * n + j]!;
    const bits = Math.log2(independent + EPSILON);
    sums.hxy2 -= weight * independent * bits;
    if (p === 0) continue;
    sums.hxy1 -= p * bits;
    sums.hxy -= p * Math.log2(p / weight + EPSILON);
  }
}

function addRowOfMany(
  sums: Sums,
  { probability, isSymmetric }: PairMatrix,
  i: number,
  [rows, columns]: Marginals,
  [rowBits, columnBits]: readonly [Float64Array, Float64Array],
): void {
  const n = columns.length;
  const [px, pxBits] = [rows[i]!, rowBits[i]!];
  let [hxy, hxy1, hxy2] = [0, 0, 0];
  for (let j = isSymmetric ? i : 0; j < n; j++) {
    const independent = px * columns[j]!;
    if (independent === 0) continue;
    const weight = isSymmetric && j > i ? 2 : 1;
    const bits = pxBits + columnBits[j]!;
    hxy2 += weight * (independent * bits + EPSILON_BITS);
    const p = probability[i * n + j]!;
    if (p === 0) continue;
    hxy1 += weight * p * (bits + EPSILON_BITS / independent);
    hxy += weight * p * Math.log2(p + EPSILON);
  }
  sums.hxy -= hxy;
  sums.hxy1 -= hxy1;
  sums.hxy2 -= hxy2;
}

const EPSILON_BITS = EPSILON / Math.LN2;

/** 0 for a single level. @see IBSI R8DG */
function firstCorrelation({ hx, hy, hxy, hxy1 }: Information): number {
  const most = Math.max(hx, hy);
  return most === 0 ? 0 : (hxy - hxy1) / most;
}

/** Undefined when rounding makes the joint entropy the larger one. @see IBSI JN9H */
function secondCorrelation({ hxy, hxy2 }: Information): number {
  return hxy2 === hxy ? 0 : Math.sqrt(1 - Math.exp(-2 * (hxy2 - hxy)));
}
