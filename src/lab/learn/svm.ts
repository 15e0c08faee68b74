import { stratifiedFolds } from './folds.ts';
import { LinearSvc } from './linear-svc.ts';
import { type Platt, plattOf } from './platt.ts';

const INNER_FOLDS = 5;
const ROUNDING = 1e-13;

/** Why there is no probability. */
type NoSvm = 'the support vector machine was not solved' | 'all decision values are the same';

/**
 * A support vector machine with Platt's probability, deterministic: decision values of rows held out by five unshuffled stratified folds,
 * then its two parameters. All six machines read one Gram matrix, and go on from their last solution as columns are added to it.
 */
export class CalibratedSvc {
  readonly #whole: LinearSvc;
  readonly #parts: readonly LinearSvc[];
  readonly #fold: Uint8Array;
  readonly #labels: Uint8Array;
  readonly #heldOut: Float64Array;

  constructor(gram: Float64Array, labels: Uint8Array, C: number) {
    const stride = labels.length;
    const all = Int32Array.from(labels, (_, i) => i);
    const machine = (rows: Int32Array) =>
      new LinearSvc({ gram, stride, rows, signs: Float64Array.from(rows, (i) => 2 * labels[i]! - 1), C });
    this.#labels = labels;
    this.#fold = stratifiedFolds(labels, INNER_FOLDS);
    this.#heldOut = new Float64Array(stride);
    this.#whole = machine(all);
    this.#parts = Array.from({ length: INNER_FOLDS }, (_, fold) =>
      machine(all.filter((i) => this.#fold[i] !== fold)),
    );
  }

  /** For the Gram matrix as it is now. */
  fit(): Platt | NoSvm {
    const isSolved = [this.#whole, ...this.#parts].every((machine) => machine.solve());
    if (!isSolved) return 'the support vector machine was not solved';
    this.#fold.forEach((fold, i) => {
      this.#heldOut[i] = this.#parts[fold]!.decision(i);
    });
    return plattOf(this.#heldOut, this.#labels) ?? 'all decision values are the same';
  }

  get intercept(): number {
    return this.#whole.intercept;
  }

  /** Coefficient of a column that is in the Gram matrix; what rounding leaves of a sum that is 0 would rank rows at random. */
  coefficient(column: Float64Array): number {
    let [sum, size] = [0, 0];
    for (let i = 0; i < column.length; i++) {
      const term = this.#whole.dual[i]! * column[i]!;
      sum += term;
      size += Math.abs(term);
    }
    return Math.abs(sum) > ROUNDING * size ? sum : 0;
  }
}
