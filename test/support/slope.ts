import { fQuantile } from '../../src/lab/statistics/distributions.ts';

export type Slope = Readonly<{ perStep: number; low: number; high: number; mean: number }>;

/** Least squares of values against 0, 1, 2 …, with the 95 % interval of the slope (Student's t with n - 2 degrees of freedom). */
export function slopeOf(values: readonly number[]): Slope {
  const n = values.length;
  const mean = values.reduce((sum, value) => sum + value, 0) / n;
  const middle = (n - 1) / 2;
  let [sxx, sxy] = [0, 0];
  for (const [x, y] of values.entries()) {
    sxx += (x - middle) ** 2;
    sxy += (x - middle) * (y - mean);
  }
  const perStep = sxy / sxx;
  const rest = values.reduce((sum, y, x) => sum + (y - mean - perStep * (x - middle)) ** 2, 0);
  // The square of t is F with one degree of freedom above.
  const half = Math.sqrt((fQuantile(0.95, 1, n - 2) * rest) / (n - 2) / sxx);
  return { perStep, low: perStep - half, high: perStep + half, mean };
}
