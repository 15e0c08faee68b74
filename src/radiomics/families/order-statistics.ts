/**
 * The values at these ranks (0: smallest) in ascending order, without sorting the rest: quickselect (Hoare 1961), each rank
 * in what the ranks before it have left. `values` is not changed.
 */
export function orderStatistics(values: Float64Array, ranks: readonly number[]): ReadonlyMap<number, number> {
  const ordered = values.slice();
  const found = new Map<number, number>();
  let from = 0;
  for (const rank of [...new Set(ranks)].sort((a, b) => a - b)) {
    select(ordered, rank, from, ordered.length - 1);
    found.set(rank, ordered[rank]!);
    from = rank + 1;
  }
  return found;
}

/** Moves the value of that rank to its place, smaller ones before it and larger ones behind. */
function select(values: Float64Array, rank: number, first: number, last: number): void {
  let [from, to] = [first, last];
  while (from < to) {
    const [high, low] = parted(values, from, to);
    if (rank <= high) to = high;
    else if (rank >= low) from = low;
    else return;
  }
}

/** Sorts roughly about a pivot; up to the first index nothing is larger than it, from the second on nothing is smaller. */
function parted(values: Float64Array, from: number, to: number): readonly [number, number] {
  const pivot = medianOfThree(values[from]!, values[(from + to) >> 1]!, values[to]!);
  let [low, high] = [from, to];
  while (low <= high) {
    while (values[low]! < pivot) low++;
    while (values[high]! > pivot) high--;
    if (low > high) break;
    const swapped = values[low]!;
    values[low++] = values[high]!;
    values[high--] = swapped;
  }
  return [high, low];
}

function medianOfThree(a: number, b: number, c: number): number {
  return Math.max(Math.min(a, b), Math.min(Math.max(a, b), c));
}
