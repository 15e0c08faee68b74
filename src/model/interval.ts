/** How sure a probability is: draws of what is not known exactly, and their percentiles. */
import { CholeskyDecomposition, inverse, Matrix } from 'ml-matrix';
import type { ModelFile } from './model-file.ts';
import type { Random } from './random.ts';

export const DRAWS = 10_000;

export type MeanAndSd = Readonly<{ mean: number; sd: number }>;
/** Rows and columns: intercept, coefficient. */
export type Covariance = readonly [readonly [number, number], readonly [number, number]];

/** 1 / (1 + exp(-x)), without overflow; -Infinity gives 0, Infinity gives 1. */
export function logistic(x: number): number {
  if (x >= 0) return 1 / (1 + Math.exp(-x));
  const grown = Math.exp(x);
  return grown / (1 + grown);
}

/** Mean and SD with ddof 0 (FAE's z-score normaliser). One value gives SD 0, none gives NaN. */
export function meanAndSd(values: ArrayLike<number>): MeanAndSd {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i]!;
  const mean = sum / values.length;
  let squares = 0;
  for (let i = 0; i < values.length; i++) squares += (values[i]! - mean) ** 2;
  return { mean, sd: Math.sqrt(squares / values.length) };
}

/**
 * z of a delta. An SD of 0 (a resample of equal values) gives the limit: plus or minus Infinity, 0 at the mean.
 */
export function zScore(delta: number, { mean, sd }: MeanAndSd): number {
  const distance = delta - mean;
  return distance === 0 ? 0 : distance / sd;
}

/**
 * Covariance of (intercept, coefficient): the inverse Fisher information of a logistic regression on n rows with
 * z ~ N(0, 1), I = n E[p (1 - p) (1 z; z z^2)]. The expectation is a trapezoid sum on [-12, 12] in steps of 1/16:
 * the integrand is analytic within pi / |coefficient| of the real line, so the error falls as
 * exp(-2 pi * distance / step), which is rounding alone for |coefficient| up to 8; the tails left out are below 1e-30.
 */
export function coefficientCovariance(
  model: Pick<ModelFile, 'intercept' | 'coefficient' | 'training'>,
): Covariance {
  const step = 1 / 16;
  let [ofOne, ofZ, ofZz] = [0, 0, 0];
  for (let k = -192; k <= 192; k++) {
    const z = k * step;
    const p = logistic(model.intercept + model.coefficient * z);
    const weight = (p * (1 - p) * Math.exp(-0.5 * z * z) * step) / Math.sqrt(2 * Math.PI);
    ofOne += weight;
    ofZ += weight * z;
    ofZz += weight * z * z;
  }
  const information = new Matrix([
    [ofOne, ofZ],
    [ofZ, ofZz],
  ]).mul(model.training.n);
  const covariance = inverse(information);
  // The inverse is symmetric but for rounding; the Cholesky factor asks for equality.
  const cross = (covariance.get(0, 1) + covariance.get(1, 0)) / 2;
  return [
    [covariance.get(0, 0), cross],
    [cross, covariance.get(1, 1)],
  ];
}

/** Percentile, 0 to 100, of ascending values by linear interpolation between ranks (NumPy's default). */
export function percentile(ascending: ArrayLike<number>, percent: number): number {
  const rank = (percent / 100) * (ascending.length - 1);
  const below = Math.floor(rank);
  const low = ascending[below]!;
  const high = ascending[Math.min(below + 1, ascending.length - 1)]!;
  return low === high ? low : low + (rank - below) * (high - low);
}

/** Draws mean and SD as they might have come out from another sample of the same site. */
export type DrawNormalisation = (random: Random) => MeanAndSd;

/** Numbers taken as known: every draw is the same. */
export const knownNormalisation =
  (known: MeanAndSd): DrawNormalisation =>
  () =>
    known;

/** Bootstrap: mean and SD (ddof 0) of as many deltas drawn with replacement. */
export function bootstrapNormalisation(deltas: readonly number[]): DrawNormalisation {
  const values = Float64Array.from(deltas);
  const resample = new Float64Array(values.length);
  return (random) => {
    for (let i = 0; i < resample.length; i++) resample[i] = values[random.index(values.length)]!;
    return meanAndSd(resample);
  };
}

/**
 * The 2.5 and 97.5 percentiles, 0 to 1, of the probability of a delta over 10,000 draws: coefficients multivariate
 * normal around the published ones, mean and SD of the normalisation as drawn.
 */
export function probabilityInterval(
  model: Pick<ModelFile, 'intercept' | 'coefficient' | 'training'>,
  delta: number,
  drawNormalisation: DrawNormalisation,
  random: Random,
): readonly [number, number] {
  const covariance = new Matrix(coefficientCovariance(model).map((row) => [...row]));
  const factor = new CholeskyDecomposition(covariance).lowerTriangularMatrix;
  const [l00, l10, l11] = [factor.get(0, 0), factor.get(1, 0), factor.get(1, 1)];
  const draws = new Float64Array(DRAWS);
  for (let i = 0; i < DRAWS; i++) {
    const first = random.normal();
    const second = random.normal();
    const intercept = model.intercept + l00 * first;
    const coefficient = model.coefficient + l10 * first + l11 * second;
    draws[i] = logistic(intercept + coefficient * zScore(delta, drawNormalisation(random)));
  }
  draws.sort();
  return [percentile(draws, 2.5), percentile(draws, 97.5)];
}
