import type { BlockedRows, SpectrumKernels } from '../../kernels/kernels.ts';
import type { PairMatrix } from './cooccurrence.ts';
import { EPSILON } from './distribution.ts';
import type { Marginals } from './marginals.ts';

/**
 * Maximal correlation coefficient: the square root of the second largest eigenvalue of Q, Q_ij = sum over k of
 * P_ik P_jk / (px_i py_k + eps). With A = P / sqrt(px py), Q is similar to A A^T but for eps: its largest eigenvalue is 1 with
 * the eigenvector sqrt(px), so what is sought is the largest one at right angles to that, found by Lanczos iteration.
 * What eps does is added to first order. 1 for a region of one level.
 * `guess` holds the eigenvector of a similar matrix, and gets that of this one: it saves steps, and changes nothing else.
 * @see Haralick 1973, feature 14; PyRadiomics, MCC
 */
export function maximalCorrelationCoefficient(
  matrix: PairMatrix,
  { rows, columns }: Pick<Marginals, 'rows' | 'columns'>,
  guess: EigenvectorGuess,
  kernels: SpectrumKernels,
): number {
  if (rows.length < 2) return 1;
  const stride = Math.ceil(rows.length / BLOCK) * BLOCK;
  const scale = { rows: inverseRoots(rows, stride), columns: inverseRoots(columns, stride) };
  const whitened = whitenedRows(matrix, scale, stride);
  const transposed = matrix.isSymmetric ? whitened : transposeOf(whitened);
  const trivial = scale.rows.map((inverse) => (inverse === 0 ? 0 : 1 / inverse));
  const start = startVector(trivial, rows.length, guess.vector);
  const { value, vector } = kernels.largestBeside(whitened, transposed, trivial, start);
  guess.vector = vector;
  return Math.sqrt(Math.max(0, value + changeByEpsilon(matrix, scale, vector)));
}

/** The last eigenvector found. */
export type EigenvectorGuess = { vector?: Float64Array };
/** Share of a vector without any form in the start. */
const ADMIXTURE = 0.01;
/** Rows are so many doubles, or a multiple of it: the kernels take four at a time. */
const BLOCK = 4;

/** 1 / sqrt of the probability of each row and each column; 0 where that is 0. */
type InverseRoots = Readonly<{ rows: Float64Array; columns: Float64Array }>;

function inverseRoots(probabilities: Float64Array, length: number): Float64Array {
  const inverse = new Float64Array(length);
  for (let i = 0; i < probabilities.length; i++) {
    if (probabilities[i]! > 0) inverse[i] = 1 / Math.sqrt(probabilities[i]!);
  }
  return inverse;
}

function whitenedRows(matrix: PairMatrix, scale: InverseRoots, stride: number): BlockedRows {
  const { cells, ranges, total, levels } = matrix;
  const n = levels.length;
  const whitened = new Float64Array(n * stride);
  const first = new Int32Array(n);
  const end = new Int32Array(n);
  for (let i = 0; i < n; i++) {
    const inRow = scale.rows[i]! / total;
    const [from, to] = [i * n, i * stride];
    const [start, stop] = [ranges[i]!, ranges[n + i]!];
    for (let j = start; j < stop; j++) whitened[to + j] = cells[from + j]! * inRow * scale.columns[j]!;
    first[i] = start - (start % BLOCK);
    end[i] = Math.ceil(stop / BLOCK) * BLOCK;
  }
  return { cells: whitened, n, stride, first, end };
}

function transposeOf({ cells, n, stride }: BlockedRows): BlockedRows {
  const turned = new Float64Array(n * stride);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) turned[j * stride + i] = cells[i * stride + j]!;
  }
  return { cells: turned, n, stride, first: new Int32Array(n), end: new Int32Array(n).fill(stride) };
}

/** First-order perturbation of an eigenvalue of Q whose eigenvector, in the symmetric form, is the unit vector `u`. */
function changeByEpsilon(
  { cells, ranges, total, levels: { length: n } }: PairMatrix,
  { rows, columns }: InverseRoots,
  u: Float64Array,
): number {
  const left = new Float64Array(n);
  const right = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    const inRow = (u[i]! * rows[i]!) / total;
    const inRowSquared = inRow * rows[i]! * rows[i]!;
    for (let k = ranges[i]!, stop = ranges[n + i]!; k < stop; k++) {
      const count = cells[i * n + k]!;
      left[k] = left[k]! + count * inRowSquared;
      right[k] = right[k]! + count * inRow;
    }
  }
  let change = 0;
  for (let k = 0; k < n; k++) {
    const inverse = columns[k]! * columns[k]!;
    change -= EPSILON * left[k]! * right[k]! * inverse * inverse;
  }
  return change;
}

/**
 * Neighbouring levels mostly rise together, so that what is sought is nearly linear in the level; the rest keeps the start from
 * being at right angles to an eigenvector of another form.
 */
function startVector(trivial: Float64Array, n: number, guess: Float64Array | undefined): Float64Array {
  const start = new Float64Array(trivial.length);
  const near = guess?.length === start.length ? guess : undefined;
  for (let i = 0; i < n; i++) {
    const form = near ? near[i]! : (trivial[i]! * i) / n;
    start[i] = form + ADMIXTURE * (Math.sin(1 + i * Math.SQRT2) + (2 * i) / n - 1);
  }
  return start;
}
