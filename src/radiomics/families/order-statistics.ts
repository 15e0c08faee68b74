import { rangeOf } from '../discretise.ts';

const BUCKETS = 512;

/**
 * The values at these ranks (0: smallest), without sorting the rest: values are counted into buckets of equal width, and only
 * those in a bucket that a rank falls into are sorted. `values` are finite and not changed.
 */
export function orderStatistics(values: Float64Array, ranks: readonly number[]): ReadonlyMap<number, number> {
  const { buckets, counts } = intoBuckets(values);
  const wanted = ranksByBucket(counts, ranks);
  const members = membersOf(values, buckets, counts, [...wanted.keys()]);
  const found = new Map<number, number>();
  for (const [bucket, { before, ranks: within }] of wanted) {
    const sorted = members.get(bucket)!.sort();
    for (const rank of within) found.set(rank, sorted[rank - before]!);
  }
  return found;
}

/** The values in each of some buckets: put one behind the other in a walk over all. */
function membersOf(
  values: Float64Array,
  buckets: Uint16Array,
  counts: Uint32Array,
  wanted: readonly number[],
): ReadonlyMap<number, Float64Array> {
  const next = new Int32Array(BUCKETS).fill(-1);
  let total = 0;
  const starts = wanted.map((bucket) => {
    const start = total;
    next[bucket] = start;
    total += counts[bucket]!;
    return start;
  });
  const all = new Float64Array(total);
  for (let i = 0; i < values.length; i++) {
    const bucket = buckets[i]!;
    const place = next[bucket]!;
    if (place < 0) continue;
    all[place] = values[i]!;
    next[bucket] = place + 1;
  }
  return new Map(wanted.map((bucket, k) => [bucket, all.subarray(starts[k]!, starts[k]! + counts[bucket]!)]));
}

/** Bucket of each value, never lower for a larger one, and number of values in each. */
function intoBuckets(values: Float64Array): Readonly<{ buckets: Uint16Array; counts: Uint32Array }> {
  const { minimum, maximum } = rangeOf(values)!;
  const scale = (BUCKETS - 1) / (maximum - minimum);
  const perUnit = Number.isFinite(scale) ? scale : 0;
  const buckets = new Uint16Array(values.length);
  const counts = new Uint32Array(BUCKETS);
  for (let i = 0; i < values.length; i++) {
    // NaN, of a range beyond what a double holds, is 0 too
    const bucket = ((values[i]! - minimum) * perUnit) | 0;
    buckets[i] = bucket;
    counts[bucket] = counts[bucket]! + 1;
  }
  return { buckets, counts };
}

type Wanted = { before: number; ranks: number[] };

/** Ranks that fall into a bucket, and how many values lie in the buckets before it. */
function ranksByBucket(counts: Uint32Array, ranks: readonly number[]): ReadonlyMap<number, Wanted> {
  const found = new Map<number, Wanted>();
  let before = 0;
  let bucket = 0;
  for (const rank of [...new Set(ranks)].sort((a, b) => a - b)) {
    while (rank >= before + counts[bucket]!) before += counts[bucket++]!;
    const wanted = found.get(bucket);
    if (wanted) wanted.ranks.push(rank);
    else found.set(bucket, { before, ranks: [rank] });
  }
  return found;
}
