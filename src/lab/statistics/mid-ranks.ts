/** Ranks from 1; equal values share the mean of their ranks. Values must not be NaN. O(n log n). */
export function midRanks(values: Float64Array): Float64Array {
  const n = values.length;
  const order = new Uint32Array(n).map((_, i) => i).sort((one, other) => values[one]! - values[other]!);
  const ranks = new Float64Array(n);
  for (let from = 0; from < n; ) {
    let to = from + 1;
    while (to < n && values[order[to]!] === values[order[from]!]) to++;
    // Positions from .. to - 1 have the ranks from + 1 .. to.
    const rank = (from + 1 + to) / 2;
    for (let at = from; at < to; at++) ranks[order[at]!] = rank;
    from = to;
  }
  return ranks;
}
