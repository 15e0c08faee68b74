import { logistic } from '../../model/interval.ts';
import { Cholesky } from './cholesky.ts';

/** Why there is no optimum. */
export type NoOptimum = 'the classes are separated' | 'the features are linearly dependent';

const GRADIENT = 1e-10;
const MOST_STEPS = 100;
/** A coefficient of z-scores beyond this is on its way to infinity. */
const MOST_COEFFICIENT = 1e3;
/** Pivot of the information per row, below which there is no curvature; z-scored columns have 1/4 at most. */
const LEAST_CURVATURE = 1e-8;

/**
 * Logistic regression at its exact optimum, by damped Newton steps until no element of the gradient is above 1e-10. It minimises the sum of
 * losses + |w|^2 / (2 C); the intercept is not penalised; C null: no penalty. Its buffers serve fit after fit of up to `rows` x `columns`.
 */
export class LogisticRegression {
  readonly #logOdds: Float64Array;
  readonly #weights: Float64Array;
  readonly #product: Float64Array;
  readonly #gradient: Float64Array;
  readonly #trial: Float64Array;
  readonly #row: Float64Array;
  readonly #information: Cholesky;

  constructor(rows: number, columns: number) {
    this.#logOdds = new Float64Array(rows);
    this.#weights = new Float64Array(rows);
    this.#product = new Float64Array(rows);
    this.#gradient = new Float64Array(columns + 1);
    this.#trial = new Float64Array(columns + 1);
    this.#row = new Float64Array(columns + 1);
    this.#information = new Cholesky(columns + 1);
  }

  /**
   * `x`: columns of z-scores, one after the other; `targets`: 0 or 1, or between them for Platt's; `start`: k coefficients, then the intercept,
   * which become the optimum. Returns why there is none.
   */
  fit(x: Float64Array, targets: Float64Array, C: number | null, start: Float64Array): NoOptimum | null {
    const k = start.length - 1;
    const n = targets.length;
    const least = C === null ? LEAST_CURVATURE * n : 0;
    let objective = this.#objective(x, targets, C, start);
    for (let step = 0; step < MOST_STEPS; step++) {
      const isOptimal = this.#differentiate(x, targets, C, start) < GRADIENT;
      if (C === null && isSeparating(this.#logOdds, targets)) return 'the classes are separated';
      if (!this.#inform(x, n, k, C, least)) return this.#whyFlat(x, n, k, least);
      if (isOptimal) return null;
      const direction = this.#gradient;
      this.#information.solve(direction);
      objective = this.#descend(x, targets, C, start, objective);
      if (C === null && start.some((each) => Math.abs(each) > MOST_COEFFICIENT))
        return 'the classes are separated';
    }
    return 'the classes are separated';
  }

  /** Log odds into the buffer; the objective. */
  #objective(x: Float64Array, targets: Float64Array, C: number | null, at: Float64Array): number {
    const n = targets.length;
    const k = at.length - 1;
    const f = this.#logOdds;
    f.fill(at[k]!, 0, n);
    let penalty = 0;
    for (let j = 0; j < k; j++) {
      const w = at[j]!;
      penalty += w * w;
      for (let i = 0; i < n; i++) f[i]! += w * x[j * n + i]!;
    }
    let sum = 0;
    for (let i = 0; i < n; i++)
      sum += Math.max(f[i]!, 0) + Math.log1p(Math.exp(-Math.abs(f[i]!))) - targets[i]! * f[i]!;
    return C === null ? sum : sum + penalty / (2 * C);
  }

  /** Gradient and weights q (1 - q) at the log odds in the buffer; the largest element of the gradient. */
  #differentiate(x: Float64Array, targets: Float64Array, C: number | null, at: Float64Array): number {
    const n = targets.length;
    const k = at.length - 1;
    const residual = this.#product;
    let sum = 0;
    for (let i = 0; i < n; i++) {
      const q = logistic(this.#logOdds[i]!);
      this.#weights[i] = q * (1 - q);
      residual[i] = q - targets[i]!;
      sum += residual[i]!;
    }
    this.#gradient[k] = sum;
    let most = Math.abs(sum);
    for (let j = 0; j < k; j++) {
      let g = C === null ? 0 : at[j]! / C;
      for (let i = 0; i < n; i++) g += residual[i]! * x[j * n + i]!;
      this.#gradient[j] = g;
      most = Math.max(most, Math.abs(g));
    }
    return most;
  }

  /** Factors the information, by the weights in the buffer; false where it has no curvature in some direction. */
  #inform(x: Float64Array, n: number, k: number, C: number | null, least: number): boolean {
    this.#information.size = 0;
    for (let a = 0; a <= k; a++) {
      this.#informationRow(x, n, k, a);
      if (a < k && C !== null) this.#row[a]! += 1 / C;
      if (!(this.#information.append(this.#row, least) > least)) return false;
    }
    return true;
  }

  /** Row a of the unpenalised information up to its diagonal; row k is the intercept's. */
  #informationRow(x: Float64Array, n: number, k: number, a: number): void {
    const [product, weights] = [this.#product, this.#weights];
    let total = 0;
    for (let i = 0; i < n; i++) {
      product[i] = a < k ? weights[i]! * x[a * n + i]! : weights[i]!;
      total += product[i]!;
    }
    for (let b = 0; b < Math.min(a + 1, k); b++) {
      let sum = 0;
      for (let i = 0; i < n; i++) sum += product[i]! * x[b * n + i]!;
      this.#row[b] = sum;
    }
    if (a === k) this.#row[k] = total;
  }

  /** Flat with all weights alike: the columns depend on each other; else the weights have gone to 0. */
  #whyFlat(x: Float64Array, n: number, k: number, least: number): NoOptimum {
    this.#weights.fill(0.25, 0, n);
    return this.#inform(x, n, k, null, least)
      ? 'the classes are separated'
      : 'the features are linearly dependent';
  }

  /** Goes against the direction in the gradient's buffer, half as far until the objective falls; what rounding adds is no rise. */
  #descend(
    x: Float64Array,
    targets: Float64Array,
    C: number | null,
    at: Float64Array,
    before: number,
  ): number {
    const trial = this.#trial.subarray(0, at.length);
    for (let length = 1; ; length /= 2) {
      for (let j = 0; j < at.length; j++) trial[j] = at[j]! - length * this.#gradient[j]!;
      const after = this.#objective(x, targets, C, trial);
      if (after <= before + 1e-12 * (1 + Math.abs(before)) || length < 1e-10) {
        at.set(trial);
        return after;
      }
    }
  }
}

/** Every row is on its side of 0: scaled up, the loss only falls. Targets between 0 and 1 always have an optimum. */
function isSeparating(logOdds: Float64Array, targets: Float64Array): boolean {
  for (let i = 0; i < targets.length; i++) {
    const isRight = targets[i] === 1 ? logOdds[i]! > 0 : targets[i] === 0 && logOdds[i]! < 0;
    if (!isRight) return false;
  }
  return true;
}
