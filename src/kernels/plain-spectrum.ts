import type { BlockedRows, EigenPair, SpectrumKernels } from './kernels.ts';

/** A residual of this size leaves an error of its square, over the gap, in the eigenvalue. */
const RESIDUAL = 1e-6;
/** the tridiagonal problem is solved once in so many steps */
const STEPS = 3;

/** Lanczos iteration with full reorthogonalisation. */
export const plainSpectrum: SpectrumKernels = {
  largestBeside(a, transposed, trivial, start) {
    const { n, stride } = a;
    const basis: Float64Array[] = [];
    const [diagonal, beside] = [new Float64Array(n), new Float64Array(n)];
    const next = start.slice();
    let norm = orthogonalise(next, [trivial]);
    while (norm > 0 && basis.length < n) {
      const k = basis.length;
      basis.push(next.slice());
      const image = times(a, times(transposed, next));
      diagonal[k] = dot(image, next);
      next.set(image);
      norm = orthogonalise(next, [trivial, ...basis]);
      beside[k] = norm;
      const isLast = norm === 0 || k + 1 === n;
      if (!isLast && (k + 1) % STEPS !== 0) continue;
      const top = largestOfTridiagonal(diagonal, beside, k + 1);
      if (isLast || Math.abs(norm * top.vector[k]!) <= RESIDUAL * top.value) {
        return { value: top.value, vector: combination(basis, top.vector, stride) };
      }
    }
    return { value: 0, vector: new Float64Array(stride) };
  },
};

/** Matrix times vector; only what lies from the first to the last cell of a row that is not 0 is touched. */
function times({ cells, first, end, n, stride }: BlockedRows, vector: Float64Array): Float64Array {
  const image = new Float64Array(stride);
  for (let i = 0; i < n; i++) image[i] = dotOf(cells, i * stride, vector, first[i]!, end[i]!);
  return image;
}

const dot = (a: Float64Array, b: Float64Array): number => dotOf(a, 0, b, 0, b.length);

/** Sum of a[from + j] b[j], from `first` to before `end`, both multiples of 4: four sums side by side, as the compiled kernel has them. */
function dotOf(a: Float64Array, from: number, b: Float64Array, first: number, end: number): number {
  let s0 = 0;
  let s1 = 0;
  let s2 = 0;
  let s3 = 0;
  for (let j = first; j < end; j += 4) {
    s0 += a[from + j]! * b[j]!;
    s1 += a[from + j + 1]! * b[j + 1]!;
    s2 += a[from + j + 2]! * b[j + 2]!;
    s3 += a[from + j + 3]! * b[j + 3]!;
  }
  return s0 + s2 + (s1 + s3);
}

/** A vector that keeps more than this share of its length is at right angles to the others after one pass. */
const ONE_PASS = 0.1;

/** Takes from `vector` its part along the unit vectors and scales it to length 1; the length before that, 0 when nothing but rounding was left. */
function orthogonalise(vector: Float64Array, against: readonly Float64Array[]): number {
  const before = Math.sqrt(dot(vector, vector));
  for (const unit of against) subtract(vector, unit);
  if (Math.sqrt(dot(vector, vector)) < ONE_PASS * before) {
    for (const unit of against) subtract(vector, unit);
  }
  const norm = Math.sqrt(dot(vector, vector));
  if (!(norm > before * 1e-14) || norm < 1e-15) return 0;
  for (let i = 0; i < vector.length; i++) vector[i] = vector[i]! / norm;
  return norm;
}

function subtract(vector: Float64Array, unit: Float64Array): void {
  const along = dot(vector, unit);
  for (let i = 0; i < vector.length; i++) vector[i] = vector[i]! - along * unit[i]!;
}

/** Halving an interval so often leaves nothing of a double. */
const HALVINGS = 54;

/**
 * Largest eigenvalue and its unit eigenvector of a symmetric, positive semidefinite tridiagonal matrix: by bisection with
 * Sturm's count, the vector by its recurrence, whose terms all have one sign above the other eigenvalues.
 */
function largestOfTridiagonal(diagonal: Float64Array, beside: Float64Array, size: number): EigenPair {
  let low = 0;
  let high = 0;
  for (let i = 0; i < size; i++) {
    const reach = (i > 0 ? beside[i - 1]! : 0) + (i + 1 < size ? beside[i]! : 0);
    high = Math.max(high, diagonal[i]! + reach);
  }
  for (let halving = 0; halving < HALVINGS; halving++) {
    const middle = (low + high) / 2;
    if (isAboveAll(middle, diagonal, beside, size)) high = middle;
    else low = middle;
  }
  const vector = new Float64Array(size);
  vector[0] = 1;
  let squares = 1;
  for (let i = 0; i + 1 < size; i++) {
    const other = i > 0 ? beside[i - 1]! * vector[i - 1]! : 0;
    const next = ((high - diagonal[i]!) * vector[i]! - other) / beside[i]!;
    vector[i + 1] = next;
    squares += next * next;
  }
  const norm = Math.sqrt(squares);
  for (let i = 0; i < size; i++) vector[i] = vector[i]! / norm;
  return { value: high, vector };
}

/** Whether no eigenvalue is larger: every pivot of value I - T is positive. */
function isAboveAll(value: number, diagonal: Float64Array, beside: Float64Array, size: number): boolean {
  let pivot = value - diagonal[0]!;
  for (let i = 1; i < size; i++) {
    if (!(pivot > 0)) return false;
    pivot = value - diagonal[i]! - (beside[i - 1]! * beside[i - 1]!) / pivot;
  }
  return pivot > 0;
}

function combination(basis: readonly Float64Array[], weights: Float64Array, stride: number): Float64Array {
  const sum = new Float64Array(stride);
  for (const [k, vector] of basis.entries()) {
    for (let i = 0; i < stride; i++) sum[i] = sum[i]! + weights[k]! * vector[i]!;
  }
  return sum;
}
