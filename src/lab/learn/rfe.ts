import { addColumn } from './gram.ts';
import { LinearSvc } from './linear-svc.ts';
import type { Columns } from './z-score.ts';

/** Part of the columns at the start that a round drops. */
const STEP = 0.05;

/**
 * Recursive feature elimination by a linear support vector machine with C = 1 on columns of norm 1, max(1, 5 % of the columns) a round,
 * smallest squared coefficient first, the lower column at a tie. The order, best first: its first k are what remains when the last round is
 * trimmed to k, because rounds before the last are the same for every k. Columns are z-scores; on these C is 1 / rows.
 */
export function eliminationOrder({ values, rows }: Columns, labels: Uint8Array): Int32Array | null {
  const count = values.length / rows;
  const step = Math.floor(Math.max(1, STEP * count));
  const order = new Int32Array(count);
  const left = Array.from({ length: count }, (_, j) => j);
  const gram = new Float64Array(rows * rows);
  const column = (j: number) => values.subarray(j * rows, (j + 1) * rows);
  for (const j of left) addColumn(gram, column(j));
  const svc = new LinearSvc({
    gram,
    stride: rows,
    rows: Int32Array.from({ length: rows }, (_, i) => i),
    signs: Float64Array.from(labels, (label) => 2 * label - 1),
    C: 1 / rows,
  });
  while (left.length > 1) {
    if (!svc.solve()) return null;
    const squares = new Map(left.map((j) => [j, product(column(j), svc.dual) ** 2]));
    left.sort((one, other) => squares.get(one)! - squares.get(other)! || one - other);
    const dropped = left.splice(0, Math.min(step, left.length - 1));
    dropped.forEach((j, i) => {
      order[left.length + dropped.length - 1 - i] = j;
      addColumn(gram, column(j), -1);
    });
  }
  left.forEach((j) => {
    order[0] = j;
  });
  return order;
}

function product(one: Float64Array, other: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < one.length; i++) sum += one[i]! * other[i]!;
  return sum;
}
