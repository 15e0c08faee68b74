const BUCKETS = 512;

/**
 * The values at these ranks (0: smallest), without sorting the rest: values are counted into buckets of equal width, and only
 * those in a bucket that a rank falls into are sorted. `values` are finite and not changed.
 */
export function orderStatistics(values: Float64Array, ranks: readonly number[]): ReadonlyMap<number, number> {
  const { buckets, counts } = intoBuckets(values);
  const found = new Map<number, number>();
  for (const [bucket, { before, ranks: within }] of ranksByBucket(counts, ranks)) {
    const members = new Float64Array(counts[bucket]!);
    for (let i = 0, n = 0; n < members.length; i++) {
      if (buckets[i] === bucket) members[n++] = values[i]!;
    }
    members.sort();
    for (const rank of within) found.set(rank, members[rank - before]!);
  }
  return found;
}

/** Bucket of each value, never lower for a larger one, and number of values in each. */
function intoBuckets(values: Float64Array): Readonly<{ buckets: Uint16Array; counts: Uint32Array }> {
  let minimum = Number.POSITIVE_INFINITY;
  let maximum = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < values.length; i++) {
    minimum = Math.min(minimum, values[i]!);
    maximum = Math.max(maximum, values[i]!);
  }
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
