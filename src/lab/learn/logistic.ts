import { Matrix, solve } from 'ml-matrix';
import { Fault } from '../../fault.ts';
import { logistic } from '../../model/interval.ts';

export type LogisticFit = Readonly<{ coefficients: Float64Array; intercept: number; iterations: number }>;

const GRADIENT = 1e-10;
const MOST_ITERATIONS = 100;
const MOST_HALVINGS = 40;
/** Log odds this large with every sign right: the optimum is at infinity. */
const SEPARATED = 20;

/**
 * Minimises |w|^2 / 2 + C sum (log(1 + e^f) - y f), f = w'x + b + offset; the intercept b is not penalised; C null: no penalty. Columns
 * are p times n, column by column; p may be 0. Damped Newton until the largest gradient is below 1e-10. Throws CLASSES_SEPARATED
 * where an unpenalised fit has no optimum.
 */
export function logisticRegression(
  columns: Float64Array,
  labels: Uint8Array,
  { C, offset }: Readonly<{ C: number | null; offset?: Float64Array }>,
): LogisticFit {
  const n = labels.length;
  const p = columns.length / n;
  const penalty = C === null ? 0 : 1 / C;
  const oddsOf = (w: Float64Array): Float64Array =>
    new Float64Array(n).map((_, i) => {
      let f = w[p]! + (offset?.[i] ?? 0);
      for (let j = 0; j < p; j++) f += w[j]! * columns[j * n + i]!;
      return f;
    });
  const costOf = (w: Float64Array, f: Float64Array): number => {
    let cost = 0;
    for (let i = 0; i < n; i++)
      cost += Math.max(f[i]!, 0) + Math.log1p(Math.exp(-Math.abs(f[i]!))) - labels[i]! * f[i]!;
    for (let j = 0; j < p; j++) cost += (penalty * w[j]! ** 2) / 2;
    return cost;
  };

  let w = new Float64Array(p + 1);
  let f = oddsOf(w);
  let cost = costOf(w, f);
  for (let iteration = 0; iteration < MOST_ITERATIONS; iteration++) {
    const { gradient, hessian } = derivatives(columns, labels, w, f, penalty);
    if (gradient.every((each) => Math.abs(each) < GRADIENT))
      return { coefficients: w.slice(0, p), intercept: w[p]!, iterations: iteration };
    if (C === null && f.every((each, i) => (labels[i] === 1 ? each : -each) > SEPARATED)) break;
    const step = solve(hessian, Matrix.columnVector(gradient)).to1DArray();
    let size = 1;
    for (let halving = 0; halving < MOST_HALVINGS; halving++, size /= 2) {
      const next = w.map((each, j) => each - size * step[j]!);
      const odds = oddsOf(next);
      const nextCost = costOf(next, odds);
      if (!(nextCost <= cost + Number.EPSILON * Math.abs(cost) * n)) continue;
      [w, f, cost] = [next, odds, nextCost];
      break;
    }
  }
  throw new Fault('CLASSES_SEPARATED', `${n} rows, ${p} features`);
}

/** Of the cost, by coefficients then intercept. */
function derivatives(
  columns: Float64Array,
  labels: Uint8Array,
  w: Float64Array,
  f: Float64Array,
  penalty: number,
): Readonly<{ gradient: Float64Array; hessian: Matrix }> {
  const n = labels.length;
  const p = w.length - 1;
  const x = (j: number, i: number): number => (j === p ? 1 : columns[j * n + i]!);
  const q = f.map(logistic);
  const gradient = new Float64Array(p + 1);
  const hessian = Matrix.zeros(p + 1, p + 1);
  for (let j = 0; j <= p; j++) {
    for (let i = 0; i < n; i++) gradient[j]! += (q[i]! - labels[i]!) * x(j, i);
    for (let k = 0; k <= j; k++) {
      let sum = 0;
      for (let i = 0; i < n; i++) sum += q[i]! * (1 - q[i]!) * x(j, i) * x(k, i);
      hessian.set(j, k, sum);
      hessian.set(k, j, sum);
    }
  }
  for (let j = 0; j < p; j++) {
    gradient[j]! += penalty * w[j]!;
    hessian.set(j, j, hessian.get(j, j) + penalty);
  }
  return { gradient, hessian };
}
