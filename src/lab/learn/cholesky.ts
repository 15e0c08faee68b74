/**
 * The factor L of a symmetric positive definite matrix, kept by rows, and solutions by it; it grows row by row and allocates nothing.
 * ml-matrix has the same, but a new matrix for each of the hundred thousand systems of a search costs more than solving them.
 */
export class Cholesky {
  readonly #lower: Float64Array;
  readonly #stride: number;
  /** rows that are factored */
  size = 0;

  constructor(most: number) {
    this.#stride = most;
    this.#lower = new Float64Array(most * most);
  }

  /**
   * One row more: `row(j)` is the element of column j, up to the diagonal. The pivot is what the diagonal has beyond the rows before it;
   * at or below `least` the matrix is taken as singular, and nothing is added. Returns the pivot.
   */
  append(row: ArrayLike<number>, least: number): number {
    const lower = this.#lower;
    const i = this.size;
    const at = i * this.#stride;
    let pivot = row[i]!;
    for (let j = 0; j < i; j++) {
      const other = j * this.#stride;
      let sum = row[j]!;
      for (let m = 0; m < j; m++) sum -= lower[at + m]! * lower[other + m]!;
      const element = sum / lower[other + j]!;
      lower[at + j] = element;
      pivot -= element * element;
    }
    if (!(pivot > least)) return pivot;
    lower[at + i] = Math.sqrt(pivot);
    this.size = i + 1;
    return pivot;
  }

  /** The right-hand side becomes the solution. */
  solve(side: Float64Array): void {
    const [lower, stride, n] = [this.#lower, this.#stride, this.size];
    for (let i = 0; i < n; i++) {
      let sum = side[i]!;
      for (let m = 0; m < i; m++) sum -= lower[i * stride + m]! * side[m]!;
      side[i] = sum / lower[i * stride + i]!;
    }
    for (let i = n - 1; i >= 0; i--) {
      let sum = side[i]!;
      for (let m = i + 1; m < n; m++) sum -= lower[m * stride + i]! * side[m]!;
      side[i] = sum / lower[i * stride + i]!;
    }
  }
}
