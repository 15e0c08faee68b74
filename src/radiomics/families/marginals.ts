import type { PairMatrix } from './cooccurrence.ts';

/** Probabilities of a pair's first level (by row), of its second (by column), of |i - j| and of i + j, both from 0. */
export type Marginals = Readonly<{
  rows: Float64Array;
  columns: Float64Array;
  difference: Float64Array;
  sum: Float64Array;
}>;

/** @see IBSI reference manual, 3.6 (marginal, diagonal and cross-diagonal probabilities) */
export function marginalsOf(matrix: PairMatrix): Marginals {
  const rows = rowsOf(matrix);
  const columns = matrix.isSymmetric ? rows : columnsOf(matrix);
  return { rows, columns, ...diagonalsOf(matrix) };
}

function rowsOf({ cells, ranges, total, levels: { length: n } }: PairMatrix): Float64Array {
  const rows = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    let inRow = 0;
    const stop = i * n + ranges[n + i]!;
    for (let cell = i * n + ranges[i]!; cell < stop; cell++) inRow += cells[cell]!;
    rows[i] = inRow / total;
  }
  return rows;
}

function columnsOf({ cells, ranges, total, levels: { length: n } }: PairMatrix): Float64Array {
  const columns = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    for (let j = ranges[i]!, stop = ranges[n + i]!; j < stop; j++)
      columns[j] = columns[j]! + cells[i * n + j]!;
  }
  return divided(columns, total);
}

/** Of a symmetric matrix half of the cells are enough. */
function diagonalsOf(matrix: PairMatrix): Pick<Marginals, 'difference' | 'sum'> {
  const { levels, highest, cells, ranges, total, isSymmetric } = matrix;
  const n = levels.length;
  const difference = new Float64Array(highest);
  const sum = new Float64Array(2 * highest + 1);
  for (let i = 0; i < n; i++) {
    const level = levels[i]!;
    const stop = ranges[n + i]!;
    for (let j = isSymmetric ? Math.max(i, ranges[i]!) : ranges[i]!; j < stop; j++) {
      const count = isSymmetric && j > i ? 2 * cells[i * n + j]! : cells[i * n + j]!;
      const apart = Math.abs(level - levels[j]!);
      difference[apart] = difference[apart]! + count;
      sum[level + levels[j]!] = sum[level + levels[j]!]! + count;
    }
  }
  return { difference: divided(difference, total), sum: divided(sum, total) };
}

function divided(counts: Float64Array, total: number): Float64Array {
  for (let k = 0; k < counts.length; k++) counts[k] = counts[k]! / total;
  return counts;
}
