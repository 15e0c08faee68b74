import type { Measured } from './costs.ts';

const COVERED = 0.95;

/** Of sorted values: the one at a share of them, the higher neighbour. */
export const quantile = (sorted: readonly number[], share: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;

export const sorted = (values: readonly number[]): number[] => [...values].sort((a, b) => a - b);

/**
 * Median with its distribution-free interval: the k-th value from either end, k as large as 95 % allows (by the binomial
 * distribution of how many values lie below the median).
 */
export function measured(values: readonly number[]): Measured {
  const ordered = sorted(values);
  const n = ordered.length;
  const middle = n >> 1;
  const median =
    n % 2 === 1
      ? (ordered[middle] ?? Number.NaN)
      : ((ordered[middle - 1] ?? Number.NaN) + (ordered[middle] ?? 0)) / 2;
  let k = 0;
  let below = 0.5 ** n;
  let chance = below;
  // Both tails together hold at most 5 %.
  while (k + 1 < middle && 2 * (below + (chance * (n - k)) / (k + 1)) <= 1 - COVERED) {
    chance *= (n - k) / (k + 1);
    k += 1;
    below += chance;
  }
  return { median, low: ordered[k] ?? Number.NaN, high: ordered[n - 1 - k] ?? Number.NaN, n };
}
