/**
 * Lanczos iteration for the largest eigenpair of A A^T beside a known one. Vectors and rows are doubles, a multiple of four long
 * (`stride`, in doubles), with zeros behind what counts.
 */

const RESIDUAL: f64 = 1e-6;
const STEPS: i32 = 3;
const ONE_PASS: f64 = 0.1;
const HALVINGS: i32 = 54;

/**
 * `cells` and `transposed` are n rows each, with int32 `ranges`: n times where a row begins, then n times where it ends.
 * `basis` holds the known unit eigenvector first, then the start, and has room for n vectors more; `work` for one vector and
 * three times n doubles. The eigenvector is put where the known one was. The eigenvalue; 0 when there is none.
 */
export function largestBeside(
  cells: usize,
  ranges: usize,
  transposed: usize,
  transposedRanges: usize,
  n: i32,
  stride: i32,
  basis: usize,
  work: usize,
): f64 {
  const length = <usize>stride << 3;
  const diagonal = work + length;
  const beside = diagonal + (<usize>n << 3);
  const weights = beside + (<usize>n << 3);
  let next = basis + length;
  let norm = orthogonalise(next, basis, 1, length);
  for (let k = 0; norm > 0 && k < n; k++) {
    const image = next + length;
    times(transposed, transposedRanges, n, length, next, work);
    times(cells, ranges, n, length, work, image);
    f64.store(diagonal + (<usize>k << 3), dot(image, next, 0, length));
    norm = orthogonalise(image, basis, k + 2, length);
    f64.store(beside + (<usize>k << 3), norm);
    next = image;
    const isLast = norm == 0 || k + 1 == n;
    if (!isLast && (k + 1) % STEPS != 0) continue;
    const value = largestOfTridiagonal(diagonal, beside, weights, k + 1);
    if (isLast || abs(norm * f64.load(weights + (<usize>k << 3))) <= RESIDUAL * value) {
      combine(basis, weights, k + 1, length);
      return value;
    }
  }
  memory.fill(basis, 0, length);
  return 0;
}

/** Matrix times vector; `length` in bytes. What lies behind n stays 0. */
function times(cells: usize, ranges: usize, n: i32, length: usize, vector: usize, image: usize): void {
  const ends = ranges + (<usize>n << 2);
  for (let i: usize = 0; i < <usize>n; i++) {
    const first = <usize>i32.load(ranges + (i << 2)) << 3;
    const end = <usize>i32.load(ends + (i << 2)) << 3;
    f64.store(image + (i << 3), dot(cells + i * length, vector, first, end));
  }
  for (let i = <usize>n << 3; i < length; i += 8) f64.store(image + i, 0);
}

/** Over bytes `first` to before `end`, multiples of 32. */
function dot(a: usize, b: usize, first: usize, end: usize): f64 {
  let low = f64x2.splat(0);
  let high = f64x2.splat(0);
  for (let j = first; j < end; j += 32) {
    low = f64x2.add(low, f64x2.mul(v128.load(a + j), v128.load(b + j)));
    high = f64x2.add(high, f64x2.mul(v128.load(a + j, 16), v128.load(b + j, 16)));
  }
  const both = f64x2.add(low, high);
  return f64x2.extract_lane(both, 0) + f64x2.extract_lane(both, 1);
}

function orthogonalise(vector: usize, against: usize, count: i32, length: usize): f64 {
  const before = sqrt(dot(vector, vector, 0, length));
  const end = against + <usize>count * length;
  for (let unit = against; unit < end; unit += length) subtract(vector, unit, length);
  if (sqrt(dot(vector, vector, 0, length)) < ONE_PASS * before) {
    for (let unit = against; unit < end; unit += length) subtract(vector, unit, length);
  }
  const norm = sqrt(dot(vector, vector, 0, length));
  if (!(norm > before * 1e-14) || norm < 1e-15) return 0;
  const divisor = f64x2.splat(norm);
  for (let i: usize = 0; i < length; i += 16) {
    v128.store(vector + i, f64x2.div(v128.load(vector + i), divisor));
  }
  return norm;
}

function subtract(vector: usize, unit: usize, length: usize): void {
  const along = f64x2.splat(dot(vector, unit, 0, length));
  for (let i: usize = 0; i < length; i += 16) {
    v128.store(vector + i, f64x2.sub(v128.load(vector + i), f64x2.mul(along, v128.load(unit + i))));
  }
}

/** By bisection with Sturm's count; the unit eigenvector into `vector`. */
function largestOfTridiagonal(diagonal: usize, beside: usize, vector: usize, size: i32): f64 {
  const end = <usize>size << 3;
  let low: f64 = 0;
  let high: f64 = 0;
  for (let i: usize = 0; i < end; i += 8) {
    const left = i > 0 ? f64.load(beside + i - 8) : 0;
    const right = i + 8 < end ? f64.load(beside + i) : 0;
    high = max(high, f64.load(diagonal + i) + (left + right));
  }
  for (let halving = 0; halving < HALVINGS; halving++) {
    const middle = (low + high) / 2;
    if (isAboveAll(middle, diagonal, beside, end)) high = middle;
    else low = middle;
  }
  f64.store(vector, 1);
  let squares: f64 = 1;
  for (let i: usize = 0; i + 8 < end; i += 8) {
    const other = i > 0 ? f64.load(beside + i - 8) * f64.load(vector + i - 8) : 0;
    const next = ((high - f64.load(diagonal + i)) * f64.load(vector + i) - other) / f64.load(beside + i);
    f64.store(vector + i + 8, next);
    squares += next * next;
  }
  const norm = sqrt(squares);
  for (let i: usize = 0; i < end; i += 8) f64.store(vector + i, f64.load(vector + i) / norm);
  return high;
}

/** Whether every pivot of value I - T is positive. */
function isAboveAll(value: f64, diagonal: usize, beside: usize, end: usize): bool {
  let pivot = value - f64.load(diagonal);
  for (let i: usize = 8; i < end; i += 8) {
    if (!(pivot > 0)) return false;
    const other = f64.load(beside + i - 8);
    pivot = value - f64.load(diagonal + i) - (other * other) / pivot;
  }
  return pivot > 0;
}

/** Sum of weights times the vectors behind the first of `basis`, put over the first. */
function combine(basis: usize, weights: usize, count: i32, length: usize): void {
  memory.fill(basis, 0, length);
  for (let k: usize = 0; k < <usize>count; k++) {
    const vector = basis + (k + 1) * length;
    const weight = f64x2.splat(f64.load(weights + (k << 3)));
    for (let i: usize = 0; i < length; i += 16) {
      v128.store(basis + i, f64x2.add(v128.load(basis + i), f64x2.mul(weight, v128.load(vector + i))));
    }
  }
}
