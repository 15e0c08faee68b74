import type { Columns } from './z-score.ts';

/** One-way analysis of variance of two classes: F of each column, (n - 2) between the classes / within them; constant: NaN. */
export function anovaF({ values, rows }: Columns, labels: Uint8Array): Float64Array {
  const events = labels.reduce((sum, label) => sum + label, 0);
  const sizes = [rows - events, events] as const;
  const scores = new Float64Array(values.length / rows);
  for (let j = 0; j < scores.length; j++) {
    const sums = [0, 0];
    for (let i = 0; i < rows; i++) sums[labels[i]!]! += values[j * rows + i]!;
    const means = [sums[0]! / sizes[0], sums[1]! / sizes[1]] as const;
    let within = 0;
    for (let i = 0; i < rows; i++) within += (values[j * rows + i]! - means[labels[i]!]!) ** 2;
    const between = (means[1] - means[0]) ** 2 * ((sizes[0] * sizes[1]) / rows);
    scores[j] = between / (within / (rows - 2));
  }
  return scores;
}

/** Kruskal-Wallis H of two classes with tie correction, of each column; constant: NaN. */
export function kruskalWallisH({ values, rows }: Columns, labels: Uint8Array): Float64Array {
  const scores = new Float64Array(values.length / rows);
  const sorted = new Float64Array(rows);
  for (let j = 0; j < scores.length; j++) {
    const column = values.subarray(j * rows, (j + 1) * rows);
    sorted.set(column);
    sorted.sort();
    scores[j] = hOf(column, sorted, labels);
  }
  return scores;
}

function hOf(column: Float64Array, sorted: Float64Array, labels: Uint8Array): number {
  const n = column.length;
  let [events, rankSum] = [0, 0];
  for (let i = 0; i < n; i++) {
    if (labels[i] === 0) continue;
    events++;
    rankSum += (below(sorted, column[i]!) + below(sorted, column[i]!, true) + 1) / 2;
  }
  const otherSum = (n * (n + 1)) / 2 - rankSum;
  const squares = otherSum ** 2 / (n - events) + rankSum ** 2 / events;
  return ((12 / (n * (n + 1))) * squares - 3 * (n + 1)) / (1 - tiesOf(sorted) / (n ** 3 - n));
}

/** How many of the sorted values are below `value`, or not above it. */
function below(sorted: Float64Array, value: number, isEqualCounted = false): number {
  let [from, to] = [0, sorted.length];
  while (from < to) {
    const middle = (from + to) >> 1;
    const isBelow = isEqualCounted ? sorted[middle]! <= value : sorted[middle]! < value;
    if (isBelow) from = middle + 1;
    else to = middle;
  }
  return from;
}

/** Sum of t^3 - t over groups of t equal values. */
function tiesOf(sorted: Float64Array): number {
  let sum = 0;
  for (let from = 0, at = 1; at <= sorted.length; at++) {
    if (at < sorted.length && sorted[at] === sorted[from]) continue;
    const t = at - from;
    sum += t ** 3 - t;
    from = at;
  }
  return sum;
}
