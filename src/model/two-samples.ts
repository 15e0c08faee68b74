/** Whether two samples may be of one distribution: Kolmogorov-Smirnov, and the population stability index. */
import { percentile } from './interval.ts';

export type KolmogorovSmirnov = Readonly<{
  /** largest distance between the two empirical distribution functions, 0 to 1 */
  statistic: number;
  /** two-sided, asymptotic with the correction for small samples */
  p: number;
}>;

/**
 * Equal values are stepped over together: with ties the p is too large, never too small. The p is Q((sqrt(ne) + 0.12 +
 * 0.11 / sqrt(ne)) D), ne = nm / (n + m): Stephens, J. R. Stat. Soc. B 32 (1970) 115-122, as in Numerical Recipes, 3rd ed., 14.3.3.
 */
export function kolmogorovSmirnov(one: readonly number[], other: readonly number[]): KolmogorovSmirnov {
  const statistic = largestDistance(Float64Array.from(one).sort(), Float64Array.from(other).sort());
  return withTail(statistic, one.length, other.length);
}

/** The p of a distance between samples of n and m values. */
export function withTail(statistic: number, n: number, m: number): KolmogorovSmirnov {
  const root = Math.sqrt((n * m) / (n + m));
  return { statistic, p: kolmogorovTail((root + 0.12 + 0.11 / root) * statistic) };
}

function largestDistance(one: Float64Array, other: Float64Array): number {
  let [i, j, largest] = [0, 0, 0];
  while (i < one.length && j < other.length) {
    const value = Math.min(one[i]!, other[j]!);
    while (one[i] === value) i++;
    while (other[j] === value) j++;
    largest = Math.max(largest, Math.abs(i / one.length - j / other.length));
  }
  return largest;
}

/** Below, the alternating series converges slowly and its theta transform fast. */
const WHERE_SERIES_MEET = 1.18;

/** P(K > x) of Kolmogorov's distribution. */
export function kolmogorovTail(x: number): number {
  if (x < 0.04) return 1;
  if (x < WHERE_SERIES_MEET) {
    const step = Math.exp(-(Math.PI ** 2) / (8 * x * x));
    const sum = [1, 9, 25, 49].reduce((all, power) => all + step ** power, 0);
    return Math.max(0, 1 - (Math.sqrt(2 * Math.PI) / x) * sum);
  }
  const step = Math.exp(-2 * x * x);
  return 2 * (step - step ** 4 + step ** 9 - step ** 16);
}

/** Few, since 20 to 30 values have to fill them. */
const PSI_BINS = 5;

export type StabilityIndex = Readonly<{
  psi: number;
  /** inner edges: the quintiles of the reference; a value on an edge is above it */
  edges: readonly number[];
  /** counts between them */
  reference: readonly number[];
  recent: readonly number[];
}>;

/** Sum of (recent - reference) ln(recent / reference) of the shares of each bin; half a value is added to each, so that none is empty. */
export function stabilityIndex(reference: readonly number[], recent: readonly number[]): StabilityIndex {
  const edges = quintilesOf(Float64Array.from(reference).sort());
  return stabilityOf(edges, countsOf(reference, edges), recent);
}

/** The same with the bins of the reference as they were counted before. */
export function stabilityOf(
  edges: readonly number[],
  before: readonly number[],
  recent: readonly number[],
): StabilityIndex {
  const now = countsOf(recent, edges);
  const total = before.reduce((sum, count) => sum + count, 0);
  const share = (count: number, n: number): number => (count + 0.5) / (n + 0.5 * before.length);
  const psi = before.reduce((sum, count, bin) => {
    const [was, is] = [share(count, total), share(now[bin]!, recent.length)];
    return sum + (is - was) * Math.log(is / was);
  }, 0);
  return { psi, edges, reference: before, recent: now };
}

/** Inner edges of the bins: quintiles, equal ones once. */
export function quintilesOf(ascending: Float64Array): number[] {
  const quantiles = Array.from({ length: PSI_BINS - 1 }, (_, at) =>
    percentile(ascending, (100 * (at + 1)) / PSI_BINS),
  );
  return [...new Set(quantiles)];
}

export function countsOf(values: readonly number[], edges: readonly number[]): number[] {
  const counts = new Array<number>(edges.length + 1).fill(0);
  for (const value of values) counts[edges.filter((edge) => edge <= value).length]! += 1;
  return counts;
}

/**
 * The 95th percentile of the index when nothing has changed: (1 / n + 1 / m) times that of chi-squared with one degree of freedom
 * less than bins (Yurdakul and Naranjo, Statistical properties of the population stability index, J. Risk Model Validation 2020). With 30 and 20 values it is 0.79: the usual
 * limits of 0.1 and 0.25 would cry wolf.
 */
export const stabilityLimit = (bins: number, n: number, m: number): number =>
  CHI_SQUARED_95[bins - 2]! * (1 / n + 1 / m);

/** 1 to 4 degrees of freedom. */
const CHI_SQUARED_95 = [3.841_459, 5.991_465, 7.814_728, 9.487_729] as const;
