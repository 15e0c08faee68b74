/** How well repeated measurements of the same subjects agree. */
import type { Interval } from '../evaluate/evaluation.ts';
import { fQuantile } from './distributions.ts';

/** `interval` is of 95 %; null where subjects differ and their repeats do not scatter at all. */
type Correlation = Readonly<{ value: number; interval: Interval | null }>;

export type Agreement = Readonly<{
  subjects: number;
  repeats: number;
  /** two-way random, single measurement, absolute agreement: a bias between readers or scans counts against it; null: all subjects are equal */
  icc21: Correlation | null;
  /** two-way mixed, single measurement, consistency: such a bias does not count */
  icc31: Correlation | null;
  /** within-subject SD, in the unit of the values */
  withinSd: number;
  /** root mean square of SD / mean of each subject; null where values are not all of one sign: a ratio to a mean near 0 says nothing */
  withinCv: number | null;
  /** two measurements of a subject differ by less in 95 of 100: 1.96 sqrt(2) within-subject SD, in the unit of the values */
  repeatabilityCoefficient: number;
}>;

/**
 * `values` subject by subject: repeat j of subject i is values[i * repeats + j]; two of each at least.
 * @see Shrout and Fleiss, Psychol. Bull. 86 (1979) 420-428; McGraw and Wong, Psychol. Methods 1 (1996) 30-46, table 7 (intervals)
 * @see Bland and Altman, Stat. Methods Med. Res. 8 (1999) 135-160 (repeatability coefficient)
 */
export function agreementOf(values: Float64Array, repeats: number): Agreement {
  const subjects = values.length / repeats;
  const table = meanSquares(values, subjects, repeats);
  const isConstant = values.every((value) => value === values[0]) || (table.rows === 0 && table.error === 0);
  const withinSd = Math.sqrt(table.within);
  return {
    subjects,
    repeats,
    icc21: isConstant ? null : absoluteAgreement(table),
    icc31: isConstant ? null : consistency(table),
    withinSd,
    withinCv: withinCv(values, repeats),
    repeatabilityCoefficient: 1.96 * Math.SQRT2 * withinSd,
  };
}

type MeanSquares = Readonly<{
  n: number;
  k: number;
  rows: number;
  columns: number;
  error: number;
  /** of one-way analysis: columns and error together */
  within: number;
}>;

function meanSquares(values: Float64Array, n: number, k: number): MeanSquares {
  const meanOf = (pick: (at: number) => number, count: number): number => {
    let sum = 0;
    for (let at = 0; at < count; at++) sum += values[pick(at)]!;
    return sum / count;
  };
  const grand = meanOf((at) => at, n * k);
  const ofRow = Array.from({ length: n }, (_, i) => meanOf((j) => i * k + j, k));
  const ofColumn = Array.from({ length: k }, (_, j) => meanOf((i) => i * k + j, n));
  let [within, error] = [0, 0];
  values.forEach((value, at) => {
    const [i, j] = [Math.floor(at / k), at % k];
    within += (value - ofRow[i]!) ** 2;
    error += (value - ofRow[i]! - ofColumn[j]! + grand) ** 2;
  });
  const spread = (means: readonly number[]): number =>
    means.reduce((sum, mean) => sum + (mean - grand) ** 2, 0);
  return {
    n,
    k,
    rows: (k * spread(ofRow)) / (n - 1),
    columns: (n * spread(ofColumn)) / (k - 1),
    error: error / ((n - 1) * (k - 1)),
    within: within / (n * (k - 1)),
  };
}

function consistency({ n, k, rows, error }: MeanSquares): Correlation {
  const value = (rows - error) / (rows + (k - 1) * error);
  if (error === 0) return { value, interval: null };
  const [d1, d2] = [n - 1, (n - 1) * (k - 1)];
  const f = rows / error;
  const lower = f / fQuantile(0.975, d1, d2);
  const upper = f * fQuantile(0.975, d2, d1);
  return { value, interval: [(lower - 1) / (lower + k - 1), (upper - 1) / (upper + k - 1)] };
}

function absoluteAgreement({ n, k, rows, columns, error }: MeanSquares): Correlation {
  const value = (rows - error) / (rows + (k - 1) * error + (k / n) * (columns - error));
  if (error === 0 || value <= -1 || value >= 1) return { value, interval: null };
  const a = (k * value) / (n * (1 - value));
  const b = 1 + (k * value * (n - 1)) / (n * (1 - value));
  const df =
    (a * columns + b * error) ** 2 / ((a * columns) ** 2 / (k - 1) + (b * error) ** 2 / ((n - 1) * (k - 1)));
  const noise = k * columns + (k * n - k - n) * error;
  const low = fQuantile(0.975, n - 1, df);
  const high = fQuantile(0.975, df, n - 1);
  return {
    value,
    interval: [
      (n * (rows - low * error)) / (low * noise + n * rows),
      (n * (high * rows - error)) / (noise + n * high * rows),
    ],
  };
}

function withinCv(values: Float64Array, repeats: number): number | null {
  const isOneSigned = values.every((value) => value > 0) || values.every((value) => value < 0);
  if (!isOneSigned) return null;
  const subjects = values.length / repeats;
  let sum = 0;
  for (let i = 0; i < subjects; i++) {
    const own = values.subarray(i * repeats, (i + 1) * repeats);
    const mean = own.reduce((all, value) => all + value, 0) / repeats;
    const variance = own.reduce((all, value) => all + (value - mean) ** 2, 0) / (repeats - 1);
    sum += variance / mean ** 2;
  }
  return Math.sqrt(sum / subjects);
}
