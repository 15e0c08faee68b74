import type { PairMatrix } from './cooccurrence.ts';
import { EPSILON } from './distribution.ts';

/**
 * Maximal correlation coefficient: the square root of the second largest eigenvalue of Q, Q_ij = sum over k of
 * P_ik P_jk / (px_i py_k + eps). With A = P / sqrt(px py), Q is similar to A A^T but for eps: its largest eigenvalue is 1 with
 * the eigenvector sqrt(px), so what is sought is the largest one at right angles to that, found by Lanczos iteration.
 * What eps does is added to first order. 1 for a region of one level.
 * `guess` holds the eigenvector of a similar matrix, and gets that of this one: it saves steps, and changes nothing else.
 * @see Haralick 1973, feature 14; PyRadiomics, MCC
 */
export function maximalCorrelationCoefficient(
  { levels: { length: n }, probability, isSymmetric }: PairMatrix,
  guess: EigenvectorGuess = {},
): number {
  if (n < 2) return 1;
  const scale = inverseRoots(probability, n);
  const whitened = whitenedRows(probability, n, scale);
  const both = [whitened, isSymmetric ? whitened : transposeOf(whitened)] as const;
  const trivial = scale.rows.map((inverse) => (inverse === 0 ? 0 : 1 / inverse));
  const start = startVector(trivial, guess.vector);
  const { value, vector } = largestBeside(both, trivial, start);
  guess.vector = vector;
  const corrected = value + changeByEpsilon(probability, scale, vector);
  return Math.sqrt(Math.max(0, corrected));
}

/** The last eigenvector found. */
export type EigenvectorGuess = { vector?: Float64Array };
/** Share of a vector without any form in the start. */
const ADMIXTURE = 0.01;

/** 1 / sqrt of the probability of each row and each column; 0 where that is 0. */
type InverseRoots = Readonly<{ rows: Float64Array; columns: Float64Array }>;

function inverseRoots(probability: Float64Array, n: number): InverseRoots {
  const rows = new Float64Array(n);
  const columns = new Float64Array(n);
  for (let i = 0, cell = 0; i < n; i++) {
    for (let j = 0; j < n; j++, cell++) {
      rows[i] = rows[i]! + probability[cell]!;
      columns[j] = columns[j]! + probability[cell]!;
    }
  }
  const inverse = (p: number) => (p > 0 ? 1 / Math.sqrt(p) : 0);
  return { rows: rows.map(inverse), columns: columns.map(inverse) };
}

/** A square matrix, row-major; the cells of row i that are not 0 lie from first[i] to before end[i]. */
type Rows = Readonly<{ cells: Float64Array; n: number; first: Int32Array; end: Int32Array }>;

function whitenedRows(probability: Float64Array, n: number, scale: InverseRoots): Rows {
  const cells = new Float64Array(n * n);
  const [first, end] = [new Int32Array(n), new Int32Array(n)];
  for (let i = 0, cell = 0; i < n; i++) {
    for (let j = 0; j < n; j++, cell++) {
      if (probability[cell] === 0) continue;
      if (end[i] === 0) first[i] = j;
      end[i] = j + 1;
      cells[cell] = probability[cell]! * scale.rows[i]! * scale.columns[j]!;
    }
  }
  return { cells, n, first, end };
}

function transposeOf({ cells, n }: Rows): Rows {
  const turned = cells.map((_, cell) => cells[(cell % n) * n + Math.floor(cell / n)]!);
  return { cells: turned, n, first: new Int32Array(n), end: new Int32Array(n).fill(n) };
}

/** First-order perturbation of an eigenvalue of Q whose eigenvector, in the symmetric form, is the unit vector `u`. */
function changeByEpsilon(
  probability: Float64Array,
  { rows, columns }: InverseRoots,
  u: Float64Array,
): number {
  const n = u.length;
  const [left, right] = [new Float64Array(n), new Float64Array(n)];
  for (let i = 0, cell = 0; i < n; i++) {
    const inRow = u[i]! * rows[i]!;
    const inRowSquared = inRow * rows[i]! * rows[i]!;
    for (let k = 0; k < n; k++, cell++) {
      const p = probability[cell]!;
      left[k] = left[k]! + p * inRowSquared;
      right[k] = right[k]! + p * inRow;
    }
  }
  let change = 0;
  for (let k = 0; k < n; k++) {
    const inverse = columns[k]! * columns[k]!;
    change -= EPSILON * left[k]! * right[k]! * inverse * inverse;
  }
  return change;
}

type EigenPair = Readonly<{ value: number; vector: Float64Array }>;

/** A residual of this size leaves an error of its square, over the gap, in the eigenvalue. */
const RESIDUAL = 1e-6;
/** the tridiagonal problem is solved once in so many steps */
const STEPS = 3;

/**
 * The largest eigenpair of A A^T at right angles to `trivial`, a unit eigenvector, by Lanczos iteration with full
 * reorthogonalisation.
 */
function largestBeside(
  [a, transposed]: readonly [Rows, Rows],
  trivial: Float64Array,
  start: Float64Array,
): EigenPair {
  const { n } = a;
  const basis: Float64Array[] = [];
  const [diagonal, beside]: [number[], number[]] = [[], []];
  let next = orthogonal(start, [trivial]);
  while (next !== undefined && basis.length < n) {
    basis.push(next.vector);
    const image = times(a, times(transposed, next.vector));
    diagonal.push(dot(image, next.vector));
    next = orthogonal(image, [trivial, ...basis]);
    beside.push(next?.norm ?? 0);
    const isLast = next === undefined || basis.length === n;
    if (!isLast && basis.length % STEPS !== 0) continue;
    const top = largestOfTridiagonal(diagonal, beside);
    if (isLast || Math.abs(beside.at(-1)! * top.vector.at(-1)!) <= RESIDUAL * top.value) {
      return { value: top.value, vector: combination(basis, top.vector) };
    }
  }
  return { value: 0, vector: new Float64Array(n) };
}

/**
 * Neighbouring levels mostly rise together, so that what is sought is nearly linear in the level; the rest keeps the start from
 * being at right angles to an eigenvector of another form.
 */
function startVector(trivial: Float64Array, guess: Float64Array | undefined): Float64Array {
  const n = trivial.length;
  const near = guess?.length === n ? guess : trivial.map((root, i) => (root * i) / n);
  return near.map((value, i) => value + ADMIXTURE * (Math.sin(1 + i * Math.SQRT2) + (2 * i) / n - 1));
}

/** Matrix times vector; only what lies from the first to the last cell of a row that is not 0 is touched. */
function times({ cells, first, end, n }: Rows, vector: Float64Array): Float64Array {
  const image = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    const row = i * n;
    const to = end[i]!;
    let j = first[i]!;
    // four sums at once: one would wait for each addition
    let a = 0;
    let b = 0;
    let c = 0;
    let d = 0;
    for (; j + 3 < to; j += 4) {
      a += cells[row + j]! * vector[j]!;
      b += cells[row + j + 1]! * vector[j + 1]!;
      c += cells[row + j + 2]! * vector[j + 2]!;
      d += cells[row + j + 3]! * vector[j + 3]!;
    }
    for (; j < to; j++) a += cells[row + j]! * vector[j]!;
    image[i] = a + b + (c + d);
  }
  return image;
}

/** A vector that loses less than this share of its length to others is at right angles to them after one pass. */
const ONE_PASS = 0.1;

/** `vector` without its part along the unit vectors, scaled to length 1; undefined when nothing but rounding is left. */
function orthogonal(
  vector: Float64Array,
  against: readonly Float64Array[],
): Readonly<{ vector: Float64Array; norm: number }> | undefined {
  const before = Math.sqrt(dot(vector, vector));
  subtract(vector, against);
  if (dot(vector, vector) < (ONE_PASS * before) ** 2) subtract(vector, against);
  const norm = Math.sqrt(dot(vector, vector));
  if (!(norm > before * 1e-14) || norm < 1e-15) return undefined;
  for (let i = 0; i < vector.length; i++) vector[i] = vector[i]! / norm;
  return { vector, norm };
}

function subtract(vector: Float64Array, against: readonly Float64Array[]): void {
  for (const unit of against) {
    const along = dot(vector, unit);
    for (let i = 0; i < vector.length; i++) vector[i] = vector[i]! - along * unit[i]!;
  }
}

/** Halving an interval so often leaves nothing of a double. */
const HALVINGS = 54;

/**
 * Largest eigenvalue and its unit eigenvector of a symmetric, positive semidefinite tridiagonal matrix: by bisection with
 * Sturm's count, the vector by its recurrence, whose terms all have one sign above the other eigenvalues.
 */
function largestOfTridiagonal(
  diagonal: readonly number[],
  beside: readonly number[],
): Readonly<{ value: number; vector: readonly number[] }> {
  const size = diagonal.length;
  let low = 0;
  let high = 0;
  for (let i = 0; i < size; i++) {
    const reach = (i > 0 ? beside[i - 1]! : 0) + (i + 1 < size ? beside[i]! : 0);
    high = Math.max(high, diagonal[i]! + reach);
  }
  for (let halving = 0; halving < HALVINGS; halving++) {
    const middle = (low + high) / 2;
    if (isAboveAll(middle, diagonal, beside)) high = middle;
    else low = middle;
  }
  const vector = [1];
  let squares = 1;
  for (let i = 0; i + 1 < size; i++) {
    const next =
      ((high - diagonal[i]!) * vector[i]! - (i > 0 ? beside[i - 1]! * vector[i - 1]! : 0)) / beside[i]!;
    vector.push(next);
    squares += next * next;
  }
  const norm = Math.sqrt(squares);
  return { value: high, vector: vector.map((each) => each / norm) };
}

/** Whether no eigenvalue is larger: every pivot of value I - T is positive. */
function isAboveAll(value: number, diagonal: readonly number[], beside: readonly number[]): boolean {
  let pivot = value - diagonal[0]!;
  for (let i = 1; i < diagonal.length; i++) {
    if (!(pivot > 0)) return false;
    pivot = value - diagonal[i]! - (beside[i - 1]! * beside[i - 1]!) / pivot;
  }
  return pivot > 0;
}

function combination(basis: readonly Float64Array[], weights: readonly number[]): Float64Array {
  const sum = new Float64Array(basis[0]!.length);
  for (const [k, vector] of basis.entries()) {
    for (let i = 0; i < sum.length; i++) sum[i] = sum[i]! + weights[k]! * vector[i]!;
  }
  return sum;
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}
