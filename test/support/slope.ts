export type Slope = Readonly<{ perStep: number; low: number; high: number; median: number }>;

const medianOf = (sorted: readonly number[]): number => {
  const half = sorted.length / 2;
  return ((sorted[Math.ceil(half) - 1] ?? Number.NaN) + (sorted[Math.floor(half)] ?? Number.NaN)) / 2;
};
const ascending = (values: readonly number[]): number[] => [...values].sort((a, b) => a - b);

/**
 * Theil and Sen's slope of values against 0, 1, 2 …: the median of the slopes of all pairs, which a few outliers do not move, with
 * the 95 % interval of Kendall's tau.
 * @see Sen 1968, J Am Stat Assoc 63:1379
 */
export function slopeOf(values: readonly number[]): Slope {
  const n = values.length;
  const slopes = ascending(
    values.flatMap((y, x) => values.slice(0, x).map((before, at) => (y - before) / (x - at))),
  );
  const spread = 1.959964 * Math.sqrt((n * (n - 1) * (2 * n + 5)) / 18);
  const outside = Math.max(0, Math.floor((slopes.length - spread) / 2));
  return {
    perStep: medianOf(slopes),
    low: slopes[outside] ?? Number.NaN,
    high: slopes[slopes.length - 1 - outside] ?? Number.NaN,
    median: medianOf(ascending(values)),
  };
}
