/** Tails and quantiles of the distributions behind tests and intervals. */
import { incompleteBeta, logGamma, upperGamma } from './special.ts';

/** P(X > x), chi-squared with `df` degrees of freedom. */
export const chiSquaredTail = (x: number, df: number): number => upperGamma(df / 2, x / 2);

/** P(X > x), F with d1 and d2 degrees of freedom. */
export const fTail = (x: number, d1: number, d2: number): number =>
  x <= 0 ? 1 : incompleteBeta(d2 / (d2 + d1 * x), d2 / 2, d1 / 2);

/** P(|T| > |t|), Student's t with `df` degrees of freedom (any positive number). */
export const studentTwoSided = (t: number, df: number): number =>
  incompleteBeta(df / (df + t * t), df / 2, 0.5);

/** P(Z > z), standard normal. */
export const normalTail = (z: number): number =>
  z < 0 ? 1 - normalTail(-z) : 0.5 * upperGamma(0.5, (z * z) / 2);

/** x with P(Z <= x) = p, 0 < p < 1. */
export const normalQuantile = (p: number): number =>
  p < 0.5 ? -normalQuantile(1 - p) : whereFalling((z) => normalTail(z) - (1 - p), 0, 40);

/** x with P(F <= x) = p, 0 < p < 1. */
export function fQuantile(p: number, d1: number, d2: number): number {
  // In u = d2 / (d2 + d1 x) the range is 0 to 1; the upper tail rises with u.
  const u = whereFalling((at) => 1 - p - incompleteBeta(at, d2 / 2, d1 / 2), 0, 1);
  return (d2 * (1 - u)) / (d1 * u);
}

/** Where a falling function is 0, to the last digit, by bisection. */
function whereFalling(f: (x: number) => number, from: number, to: number): number {
  let [low, high] = [from, to];
  for (let middle = (low + high) / 2; middle > low && middle < high; middle = (low + high) / 2) {
    if (f(middle) > 0) low = middle;
    else high = middle;
  }
  return high;
}

/** Two-sided 95 %. */
export const Z95 = normalQuantile(0.975);

/** Probabilities within this factor of the observed one's count as equal to it: they differ by rounding alone. */
const SAME = 1 + 1e-7;

/**
 * Two-sided p of Fisher's exact test for the table [[a, b], [c, d]]: all tables with the same margins that are no more
 * probable than this one.
 */
export function fisherExact(a: number, b: number, c: number, d: number): number {
  const [row, other, column] = [a + b, c + d, a + c];
  const logChoose = (n: number, k: number): number => logGamma(n + 1) - logGamma(k + 1) - logGamma(n - k + 1);
  const probability = (x: number): number =>
    Math.exp(logChoose(row, x) + logChoose(other, column - x) - logChoose(row + other, column));
  const observed = probability(a);
  let p = 0;
  for (let x = Math.max(0, column - other); x <= Math.min(row, column); x++) {
    const each = probability(x);
    if (each <= observed * SAME) p += each;
  }
  return Math.min(1, p);
}
