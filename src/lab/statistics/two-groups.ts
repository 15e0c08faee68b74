/** Whether two groups of patients differ: the tests of a Table 1. Every p is two-sided. */
import { chiSquaredTail, normalTail, studentTwoSided } from './distributions.ts';
import { midRanks } from './mid-ranks.ts';
import { logGamma } from './special.ts';

type Values = readonly number[];

const mean = (values: Values): number => values.reduce((sum, each) => sum + each, 0) / values.length;
const variance = (values: Values): number => {
  const centre = mean(values);
  return values.reduce((sum, each) => sum + (each - centre) ** 2, 0) / (values.length - 1);
};

/** Welch's t test: variances need not be equal. null: fewer than two values in a group, or none varies. @see Welch, Biometrika 34 (1947) 28-35 */
export function welch(a: Values, b: Values): number | null {
  if (a.length < 2 || b.length < 2) return null;
  const [va, vb] = [variance(a) / a.length, variance(b) / b.length];
  if (va + vb === 0) return null;
  const df = (va + vb) ** 2 / (va ** 2 / (a.length - 1) + vb ** 2 / (b.length - 1));
  return studentTwoSided((mean(a) - mean(b)) / Math.sqrt(va + vb), df);
}

/**
 * Mann and Whitney's U by its normal approximation, corrected for ties and continuity. null: a group is empty, or all values are
 * equal. @see Mann and Whitney, Ann. Math. Stat. 18 (1947) 50-60
 */
export function mannWhitney(a: Values, b: Values): number | null {
  const n = a.length + b.length;
  if (a.length === 0 || b.length === 0) return null;
  const all = Float64Array.from([...a, ...b]);
  const ranks = midRanks(all);
  const u =
    ranks.subarray(0, a.length).reduce((sum, rank) => sum + rank, 0) - (a.length * (a.length + 1)) / 2;
  const counts = new Map<number, number>();
  for (const rank of ranks) counts.set(rank, (counts.get(rank) ?? 0) + 1);
  const ties = [...counts.values()].reduce((sum, t) => sum + t ** 3 - t, 0);
  const sd = Math.sqrt(((a.length * b.length) / 12) * (n + 1 - ties / (n * (n - 1))));
  if (!(sd > 0)) return null;
  const distance = Math.abs(u - (a.length * b.length) / 2) - 0.5;
  return Math.min(1, 2 * normalTail(distance / sd));
}

/** Of fewer values, their kurtosis says nothing. */
const FEWEST_FOR_NORMALITY = 20;

/**
 * D'Agostino and Pearson's omnibus test of a normal distribution, from skewness and kurtosis. null: fewer than 20 values, or all
 * equal. @see D'Agostino, Belanger and D'Agostino, Am. Stat. 44 (1990) 316-321
 */
export function normality(values: Values): number | null {
  const n = values.length;
  if (n < FEWEST_FOR_NORMALITY) return null;
  const centre = mean(values);
  const moment = (power: number) => values.reduce((sum, each) => sum + (each - centre) ** power, 0) / n;
  const m2 = moment(2);
  if (m2 === 0) return null;
  const z1 = skewnessZ(moment(3) / m2 ** 1.5, n);
  const z2 = kurtosisZ(moment(4) / m2 ** 2, n);
  return chiSquaredTail(z1 ** 2 + z2 ** 2, 2);
}

function skewnessZ(skewness: number, n: number): number {
  const y = skewness * Math.sqrt(((n + 1) * (n + 3)) / (6 * (n - 2)));
  const beta = (3 * (n * n + 27 * n - 70) * (n + 1) * (n + 3)) / ((n - 2) * (n + 5) * (n + 7) * (n + 9));
  const w2 = Math.sqrt(2 * (beta - 1)) - 1;
  return Math.asinh(y / Math.sqrt(2 / (w2 - 1))) / Math.sqrt(0.5 * Math.log(w2));
}

/** Anscombe and Glynn, Biometrika 70 (1983) 227-234. */
function kurtosisZ(kurtosis: number, n: number): number {
  const expected = (3 * (n - 1)) / (n + 1);
  const spread = (24 * n * (n - 2) * (n - 3)) / ((n + 1) ** 2 * (n + 3) * (n + 5));
  const x = (kurtosis - expected) / Math.sqrt(spread);
  const skew =
    ((6 * (n * n - 5 * n + 2)) / ((n + 7) * (n + 9))) *
    Math.sqrt((6 * (n + 3) * (n + 5)) / (n * (n - 2) * (n - 3)));
  const a = 6 + (8 / skew) * (2 / skew + Math.sqrt(1 + 4 / skew ** 2));
  const ratio = (1 - 2 / a) / (1 + x * Math.sqrt(2 / (a - 4)));
  return (1 - 2 / (9 * a) - Math.cbrt(ratio)) / Math.sqrt(2 / (9 * a));
}

/** Rows are categories, columns the two groups. */
export type Counts = readonly (readonly [number, number])[];

const totalsOf = (counts: Counts): readonly [number, number] => [
  counts.reduce((sum, [a]) => sum + a, 0),
  counts.reduce((sum, [, b]) => sum + b, 0),
];

/** The smallest count that would be expected if the groups did not differ. */
export function leastExpected(counts: Counts): number {
  const totals = totalsOf(counts);
  const n = totals[0] + totals[1];
  return Math.min(...counts.flatMap(([a, b]) => totals.map((total) => ((a + b) * total) / n)));
}

/** Pearson's chi-squared, without a correction for continuity; every row and column has a count. */
export function pearsonChiSquared(counts: Counts): number {
  const totals = totalsOf(counts);
  const n = totals[0] + totals[1];
  const statistic = counts
    .flatMap((row) => row.map((count, g) => ({ count, expected: ((row[0] + row[1]) * totals[g]!) / n })))
    .reduce((sum, { count, expected }) => sum + (count - expected) ** 2 / expected, 0);
  return chiSquaredTail(statistic, counts.length - 1);
}

/** How many tables Fisher's test looks at, at most. */
export function fisherEffort(counts: Counts): number {
  const rows = counts.map(([a, b]) => a + b + 1);
  return rows.reduce((product, each) => product * each, 1) / Math.max(...rows);
}

/** Probabilities within this factor of the observed one's count as equal to it: they differ by rounding alone. */
const SAME = 1e-7;

/**
 * Fisher's exact test as Freeman and Halton extend it to several categories: all tables with these margins that are no more
 * probable than this one. Time grows with the product of the row totals. @see Freeman and Halton, Biometrika 38 (1951) 141-149
 */
export function fisherFreemanHalton(counts: Counts): number {
  const logFactorial = Float64Array.from({ length: 2 + totalsOf(counts)[0] + totalsOf(counts)[1] }, (_, n) =>
    logGamma(n + 1),
  );
  const logChoose = (n: number, k: number) => logFactorial[n]! - logFactorial[k]! - logFactorial[n - k]!;
  const totals = counts.map(([a, b]) => a + b);
  const inFirst = totalsOf(counts)[0];
  const whole = logChoose(
    totals.reduce((sum, each) => sum + each, 0),
    inFirst,
  );
  const observed = counts.reduce((sum, [a], row) => sum + logChoose(totals[row]!, a), 0) - whole;
  const after = totals.map((_, row) => totals.slice(row + 1).reduce((sum, each) => sum + each, 0));
  const sum = (row: number, left: number, log: number): number => {
    if (row === totals.length) return log <= observed + SAME ? Math.exp(log) : 0;
    let p = 0;
    for (let a = Math.max(0, left - after[row]!); a <= Math.min(totals[row]!, left); a++)
      p += sum(row + 1, left - a, log + logChoose(totals[row]!, a));
    return p;
  };
  return Math.min(1, sum(0, inFirst, -whole));
}
