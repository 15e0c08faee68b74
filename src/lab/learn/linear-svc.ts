import { Cholesky } from './cholesky.ts';

/** Rows to tell apart: `rows` are places in the Gram matrix, `signs` 1 or -1 for each of them. */
export type SvcProblem = Readonly<{
  gram: Float64Array;
  /** rows of the Gram matrix */
  stride: number;
  rows: Int32Array;
  signs: Float64Array;
  C: number;
}>;

/** Largest violation of the Karush-Kuhn-Tucker conditions, in margins. */
const TOLERANCE = 1e-9;
/** Curvature below this part of the diagonal is none. */
const FLAT = 1e-12;
const MOST_STEPS_PER_ROW = 200;
const MOST_REFINEMENTS = 5;

/**
 * The linear support vector classifier, min |w|^2 / 2 + C sum max(0, 1 - s (w x + b)), solved in its dual by an active-set method: with b_i =
 * s_i alpha_i, minimise b' K b / 2 - s' b, sum b = 0, b_i between 0 and s_i C. The free rows' equations are solved exactly, so that it ends
 * after finitely many steps; with p features at most p + 1 rows are free, and a step costs little. It goes on from where the last solution
 * for these rows ended: an added column, or one taken away, changes few rows.
 * @see Scheinberg, J. Mach. Learn. Res. 7 (2006) 2237
 */
export class LinearSvc {
  /** s_i alpha_i of each row */
  readonly dual: Float64Array;
  intercept = 0;
  readonly #problem: SvcProblem;
  readonly #lower: Float64Array;
  readonly #upper: Float64Array;
  readonly #gradient: Float64Array;
  readonly #slope: Float64Array;
  readonly #free: Int32Array;
  readonly #isFree: Uint8Array;
  readonly #direction: Float64Array;
  readonly #row: Float64Array;
  readonly #factor: Cholesky;
  #count = 0;
  #steps = 0;

  constructor(problem: SvcProblem) {
    const n = problem.rows.length;
    this.#problem = problem;
    this.dual = new Float64Array(n);
    this.#lower = problem.signs.map((sign) => Math.min(0, sign * problem.C));
    this.#upper = problem.signs.map((sign) => Math.max(0, sign * problem.C));
    this.#gradient = new Float64Array(n);
    this.#slope = new Float64Array(n);
    this.#free = new Int32Array(n);
    this.#isFree = new Uint8Array(n);
    this.#direction = new Float64Array(n);
    this.#row = new Float64Array(n);
    this.#factor = new Cholesky(n);
  }

  /** Solves for the Gram matrix as it is now. False when it does not end, which rounding may cause where rows nearly coincide. */
  solve(): boolean {
    this.#steps = 0;
    for (let round = 0; round < MOST_REFINEMENTS; round++) {
      this.#differentiate();
      if (!this.#settle()) this.#restart();
      if (round > 0 && this.#entering() < 0) {
        this.#setIntercept();
        return true;
      }
      if (!this.#pivot()) return false;
    }
    return false;
  }

  /** w x + b of any row of the Gram matrix. */
  decision(row: number): number {
    const { gram, stride, rows } = this.#problem;
    let sum = this.intercept;
    for (let i = 0; i < rows.length; i++) sum += this.dual[i]! * gram[row * stride + rows[i]!]!;
    return sum;
  }

  #kernel(i: number, j: number): number {
    const { gram, stride, rows } = this.#problem;
    return gram[rows[i]! * stride + rows[j]!]!;
  }

  #restart(): void {
    this.dual.fill(0);
    this.#isFree.fill(0);
    this.#count = 0;
    this.#factor.size = 0;
    this.#differentiate();
  }

  #differentiate(): void {
    const { gram, stride, rows, signs } = this.#problem;
    const n = rows.length;
    const gradient = this.#gradient;
    for (let i = 0; i < n; i++) gradient[i] = -signs[i]!;
    for (let j = 0; j < n; j++) {
      const weight = this.dual[j]!;
      if (weight === 0) continue;
      const at = rows[j]! * stride;
      for (let i = 0; i < n; i++) gradient[i]! += weight * gram[at + rows[i]!]!;
    }
    this.#factor.size = 0;
  }

  /** Solves the free rows' equations, as far as the bounds allow; false where they have no single solution. */
  #settle(): boolean {
    const [free, gradient] = [this.#free, this.#gradient];
    while (this.#count > 1) {
      const direction = this.#direction;
      for (let a = 1; a < this.#count; a++) direction[a - 1] = gradient[free[0]!]! - gradient[free[a]!]!;
      if (!this.#solveFree(0)) return false;
      this.#slopes(-1, 0);
      const { length, leaving } = this.#reach(1);
      this.#move(length);
      if (leaving < 0) return true;
      this.#leave(leaving);
    }
    return true;
  }

  /** Lets rows in until none violates its conditions; false when it does not end. */
  #pivot(): boolean {
    const most = MOST_STEPS_PER_ROW * this.dual.length;
    for (let i = this.#entering(); i >= 0; i = this.#entering()) {
      if (this.#steps > most || !this.#enter(i)) return false;
    }
    return true;
  }

  /** The row that violates its conditions most; with no free row the pair that does, of which one becomes free. -1: none. */
  #entering(): number {
    if (this.#count === 0) return this.#enteringPair();
    const b = -this.#gradient[this.#free[0]!]!;
    let most = TOLERANCE;
    let entering = -1;
    for (let i = 0; i < this.dual.length; i++) {
      if (this.#isFree[i] === 1) continue;
      const error = this.#gradient[i]! + b;
      const violation = this.dual[i] === this.#lower[i] ? -error : error;
      if (violation <= most) continue;
      most = violation;
      entering = i;
    }
    return entering;
  }

  #enteringPair(): number {
    let [up, down] = [-1, -1];
    for (let i = 0; i < this.dual.length; i++) {
      const g = this.#gradient[i]!;
      if (this.dual[i]! < this.#upper[i]! && (up < 0 || g < this.#gradient[up]!)) up = i;
      if (this.dual[i]! > this.#lower[i]! && (down < 0 || g > this.#gradient[down]!)) down = i;
    }
    if (up < 0 || down < 0 || this.#gradient[down]! - this.#gradient[up]! <= TOLERANCE) return -1;
    this.#join(down);
    return up;
  }

  /** Moves row i from its bound until it is free and right, or at its other bound; free rows that reach theirs leave on the way. */
  #enter(i: number): boolean {
    const sign = this.dual[i] === this.#lower[i] ? 1 : -1;
    const flat = FLAT * (this.#kernel(i, i) + Number.MIN_VALUE);
    while (this.#count > 0) {
      this.#steps++;
      const first = this.#free[0]!;
      if (!this.#aim(i, sign)) return false;
      this.#slopes(i, sign);
      const curvature = sign * (this.#slope[i]! - this.#slope[first]!);
      const violation = -sign * (this.#gradient[i]! - this.#gradient[first]!);
      const whole = curvature > flat ? Math.max(0, violation / curvature) : Number.POSITIVE_INFINITY;
      const other = sign > 0 ? this.#upper[i]! : this.#lower[i]!;
      const own = Math.abs(other - this.dual[i]!);
      const { length, leaving } = this.#reach(Math.min(whole, own));
      this.#move(length);
      this.dual[i]! += sign * length;
      if (leaving >= 0) {
        this.#leave(leaving);
        continue;
      }
      if (own <= whole) this.dual[i] = other;
      else this.#join(i);
      return true;
    }
    this.#join(i);
    return true;
  }

  /** Directions of the free rows that keep them right while row i moves by `sign`. */
  #aim(i: number, sign: number): boolean {
    const first = this.#free[0]!;
    const base = this.#kernel(i, first) - this.#kernel(first, first);
    for (let a = 1; a < this.#count; a++) {
      const free = this.#free[a]!;
      this.#direction[a - 1] = sign * (this.#kernel(free, first) - this.#kernel(free, i) + base);
    }
    return this.#solveFree(-sign);
  }

  /**
   * Directions of the free rows, whose sum is `sum`: the first row's follows from the others', which solve a positive definite system with
   * the right-hand side in the buffer.
   */
  #solveFree(sum: number): boolean {
    if (!this.#factorFree()) return false;
    const direction = this.#direction;
    const others = this.#count - 1;
    this.#factor.solve(direction);
    let first = sum;
    for (let a = 0; a < others; a++) first -= direction[a]!;
    for (let a = others; a > 0; a--) direction[a] = direction[a - 1]!;
    direction[0] = first;
    return true;
  }

  /** Inner products of the free rows as seen from the first of them. */
  #factorFree(): boolean {
    const free = this.#free;
    const first = free[0]!;
    const ofFirst = this.#kernel(first, first);
    for (let a = this.#factor.size + 1; a < this.#count; a++) {
      const base = ofFirst - this.#kernel(free[a]!, first);
      for (let b = 1; b <= a; b++)
        this.#row[b - 1] = this.#kernel(free[a]!, free[b]!) - this.#kernel(free[b]!, first) + base;
      const least = 0.01 * FLAT * this.#row[a - 1]!;
      if (!(this.#factor.append(this.#row, least) > least)) return false;
    }
    return true;
  }

  /** How the gradient changes along the direction, and with row i by `sign`; i -1: none. */
  #slopes(i: number, sign: number): void {
    const { gram, stride, rows } = this.#problem;
    const [slope, n] = [this.#slope, rows.length];
    slope.fill(0);
    for (let a = i < 0 ? 0 : -1; a < this.#count; a++) {
      const at = rows[a < 0 ? i : this.#free[a]!]! * stride;
      const weight = a < 0 ? sign : this.#direction[a]!;
      for (let j = 0; j < n; j++) slope[j]! += weight * gram[at + rows[j]!]!;
    }
  }

  /** How far along the direction, at most `most`, and which of the free rows stops it there. */
  #reach(most: number): { length: number; leaving: number } {
    let [length, leaving] = [most, -1];
    for (let a = 0; a < this.#count; a++) {
      const free = this.#free[a]!;
      const d = this.#direction[a]!;
      if (d === 0) continue;
      const bound = d > 0 ? this.#upper[free]! : this.#lower[free]!;
      const reach = Math.max(0, (bound - this.dual[free]!) / d);
      if (reach < length) [length, leaving] = [reach, a];
    }
    return { length, leaving };
  }

  #move(length: number): void {
    for (let a = 0; a < this.#count; a++) this.dual[this.#free[a]!]! += length * this.#direction[a]!;
    for (let j = 0; j < this.dual.length; j++) this.#gradient[j]! += length * this.#slope[j]!;
  }

  #join(i: number): void {
    this.#free[this.#count++] = i;
    this.#isFree[i] = 1;
  }

  /** The free row at place `a` stays at the bound it has reached. */
  #leave(a: number): void {
    const row = this.#free[a]!;
    this.dual[row] = this.#direction[a]! > 0 ? this.#upper[row]! : this.#lower[row]!;
    this.#isFree[row] = 0;
    this.#free.copyWithin(a, a + 1, this.#count--);
    this.#factor.size = Math.min(this.#factor.size, Math.max(0, a - 1));
  }

  /** Of the rows strictly between their bounds; without any it is free in an interval, and libsvm's choice is the middle. */
  #setIntercept(): void {
    let [sum, between] = [0, 0];
    let [low, high] = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
    for (let i = 0; i < this.dual.length; i++) {
      const b = -this.#gradient[i]!;
      const lower = this.#lower[i]!;
      const upper = this.#upper[i]!;
      const margin = 1e-12 * (upper - lower);
      if (this.dual[i]! <= lower + margin) low = Math.max(low, b);
      else if (this.dual[i]! >= upper - margin) high = Math.min(high, b);
      else {
        sum += b;
        between++;
      }
    }
    this.intercept = between > 0 ? sum / between : (low + high) / 2;
  }
}
