/** How sure a probability is: draws of what is not known exactly, and their percentiles. */
import { CholeskyDecomposition, inverse, Matrix } from 'ml-matrix';
import type { Random } from './random.ts';

export const DRAWS = 10_000;

export type MeanAndSd = Readonly<{ mean: number; sd: number }>;

/** A logistic regression on n rows, of one z-scored feature or of several. */
export type Logistic = Readonly<{
  intercept: number;
  coefficients: readonly number[];
  n: number;
  /** of (intercept, coefficients), symmetric and positive definite; absent: not published, and approximated */
  covariance?: readonly (readonly number[])[] | undefined;
}>;

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
 * E[w], E[w x] and E[w x^2] with x ~ N(0, 1), p = logistic(intercept + slope x) and w = p (1 - p), by a trapezoid sum on
 * [-12, 12] in steps of 1/16: the integrand is analytic within pi / |slope| of the real line, so the error falls as
 * exp(-2 pi * distance / step), which is rounding alone for |slope| up to 8; the tails left out are below 1e-30.
 */
function weightMoments(intercept: number, slope: number): readonly [number, number, number] {
  const step = 1 / 16;
  let [ofOne, ofX, ofXx] = [0, 0, 0];
  for (let k = -192; k <= 192; k++) {
    const x = k * step;
    const p = logistic(intercept + slope * x);
    const weight = (p * (1 - p) * Math.exp(-0.5 * x * x) * step) / Math.sqrt(2 * Math.PI);
    ofOne += weight;
    ofX += weight * x;
    ofXx += weight * x * x;
  }
  return [ofOne, ofX, ofXx];
}

/**
 * Fisher information of (intercept, coefficients): n E[p (1 - p) (1, z) (1, z)'] with z ~ N(0, I). The features are taken as
 * uncorrelated because nothing is published about their correlations. Then p depends on z only through x = u'z, with u the
 * unit vector along the coefficients, which is N(0, 1) and independent of what of z is across u. With a, b, c = E[w], E[w x],
 * E[w x^2]: E[w z] = b u, and E[w z z'] = a (I - u u') + c u u'.
 */
export function fisherInformation({ intercept, coefficients, n }: Logistic): Matrix {
  const length = Math.hypot(...coefficients);
  const [a, b, c] = weightMoments(intercept, length);
  const along = coefficients.map((coefficient) => (length === 0 ? 0 : coefficient / length));
  const rows = along.map((u, i) => [
    b * u,
    ...along.map((other, j) => a * ((i === j ? 1 : 0) - u * other) + c * u * other),
  ]);
  return new Matrix([[a, ...along.map((u) => b * u)], ...rows]).mul(n);
}

/** Covariance of (intercept, coefficients): as given, else the inverse of their Fisher information at the published values. */
export function coefficientCovariance(model: Logistic): Matrix {
  const covariance = model.covariance
    ? new Matrix(model.covariance.map((row) => [...row]))
    : inverse(fisherInformation(model));
  // The inverse is symmetric but for rounding; the Cholesky factor asks for equality.
  return Matrix.add(covariance, covariance.transpose()).div(2);
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

/** Bootstrap: mean and SD (ddof 0) of as many deltas drawn with replacement. */
export function bootstrapNormalisation(deltas: readonly number[]): DrawNormalisation {
  const values = Float64Array.from(deltas);
  const resample = new Float64Array(values.length);
  return (random) => {
    for (let i = 0; i < resample.length; i++) resample[i] = values[random.index(values.length)]!;
    return meanAndSd(resample);
  };
}

/** Draws the z of every feature of the model, as the normalisation might have come out. */
export type DrawZ = (random: Random) => readonly number[];

/**
 * The 2.5 and 97.5 percentiles, 0 to 1, of a probability over 10,000 draws: coefficients multivariate normal around the
 * published ones, z as drawn.
 */
export function probabilityInterval(
  model: Logistic,
  drawZ: DrawZ,
  random: Random,
): readonly [number, number] {
  const factor = new CholeskyDecomposition(coefficientCovariance(model)).lowerTriangularMatrix.to2DArray();
  const published = [model.intercept, ...model.coefficients];
  const draws = new Float64Array(DRAWS);
  for (let i = 0; i < DRAWS; i++) {
    const normals = published.map(() => random.normal());
    const [intercept = 0, ...coefficients] = published.map((value, row) =>
      normals.slice(0, row + 1).reduce((sum, normal, column) => sum + factor[row]![column]! * normal, value),
    );
    draws[i] = logistic(linearPredictor({ intercept, coefficients }, drawZ(random)));
  }
  draws.sort();
  return [percentile(draws, 2.5), percentile(draws, 97.5)];
}

/** Intercept and the sum of coefficients times z: the logit of the probability. */
export const linearPredictor = (
  { intercept, coefficients }: Pick<Logistic, 'intercept' | 'coefficients'>,
  z: readonly number[],
): number => coefficients.reduce((sum, coefficient, at) => sum + coefficient * z[at]!, intercept);
