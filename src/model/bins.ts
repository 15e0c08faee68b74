/** Bins of equal width, for a picture of a distribution. */
import { percentile } from './interval.ts';

export type Bin = Readonly<{ from: number; to: number; count: number }>;

const FEWEST = 5;
const MOST = 30;

/**
 * Width by Freedman and Diaconis (1981), 2 IQR n^(-1/3), in 5 to 30 bins from the smallest to the largest value; the last one holds
 * its upper end. One bin for equal values, none for none.
 */
export function binsOf(values: readonly number[]): readonly Bin[] {
  const ascending = Float64Array.from(values.filter(Number.isFinite)).sort();
  const [first, last] = [ascending[0], ascending.at(-1)];
  if (first === undefined || last === undefined) return [];
  const range = last - first;
  if (range === 0 || !Number.isFinite(range)) return [{ from: first, to: last, count: ascending.length }];
  const iqr = percentile(ascending, 75) - percentile(ascending, 25);
  const wanted = Math.ceil((range * Math.cbrt(ascending.length)) / (2 * iqr));
  const count = Math.min(MOST, Math.max(FEWEST, Number.isFinite(wanted) ? wanted : MOST));
  const edge = (at: number): number => (at === count ? last : first + (range * at) / count);
  const counts = new Array<number>(count).fill(0);
  for (const value of ascending)
    counts[Math.min(count - 1, Math.floor(((value - first) / range) * count))]! += 1;
  return counts.map((inBin, at) => ({ from: edge(at), to: edge(at + 1), count: inBin }));
}
