/** One fold of a search: the whole chain fitted to its training rows, its test rows scored by every candidate. */
import { Fault } from '../../fault.ts';
import { logistic } from '../../model/interval.ts';
import { PENALTY, SVM_C } from '../learn/classifiers.ts';
import { fitComBat, harmonised } from '../learn/combat.ts';
import { addColumn } from '../learn/gram.ts';
import { LogisticRegression } from '../learn/logistic.ts';
import { prunedByCorrelation } from '../learn/pcc.ts';
import { type ReliefRank, rankedColumns } from '../learn/selectors.ts';
import { CalibratedSvc } from '../learn/svm.ts';
import { type Columns, fitZScore, toZScores } from '../learn/z-score.ts';
import type { ClassifierName, SelectorName } from '../record.ts';

/** Everything a thread needs for a fold; `table` lies in memory that threads share. */
export type FoldTask = Readonly<{
  /** of a run: which fold of which search it is */
  key: string;
  table: Columns;
  /** of each row of the table */
  labels: Uint8Array;
  /** batch of each row, for ComBat; null: values as they are */
  batches: readonly string[] | null;
  /** columns that ComBat borrows strength from; the search's are among them */
  allColumns: Int32Array;
  columns: Int32Array;
  training: Int32Array;
  /** none: only the orders are wanted */
  test: Int32Array;
  /** Pearson's |r| above which a column is pruned; null: no pruning */
  pccThreshold: number | null;
  selectors: readonly SelectorName[];
  relief: ReliefRank;
  classifiers: readonly ClassifierName[];
  most: number;
}>;

/** Of one selector. */
export type FoldResult = Readonly<{
  selector: SelectorName;
  /** columns of the table, best first, `most` or as many as there are */
  order: readonly number[];
  /** by classifier, then for k = 1, 2, …: scores of the test rows, or why there are none */
  scores: readonly (readonly (Float64Array | string)[])[];
}>;

export function answerFold(task: FoldTask): readonly FoldResult[] {
  const { columns, x, test, labels } = preparedFold(task);
  const scorer = new PrefixScorer(x, test, labels, task);
  return task.selectors.map((selector) => {
    const ranked = rankedColumns(selector, x, labels, task.relief);
    if (ranked === null)
      throw new Fault('COHORT_INVALID', 'the support vector machine of RFE was not solved');
    const order = ranked.subarray(0, task.most);
    return {
      selector,
      order: Array.from(order, (j) => columns[j]!),
      scores: task.test.length === 0 ? [] : scorer.scores(order),
    };
  });
}

/** Columns that survive, their z-scores of training and test rows, and the training rows' labels. */
export function preparedFold(
  task: Pick<
    FoldTask,
    'table' | 'labels' | 'batches' | 'allColumns' | 'columns' | 'training' | 'test' | 'pccThreshold'
  >,
): Readonly<{ columns: Int32Array; x: Columns; test: Columns; labels: Uint8Array }> {
  const { training, pccThreshold } = task;
  const labels = Uint8Array.from(training, (row) => task.labels[row]!);
  const table = task.batches === null ? task.table : inHarmony(task, task.batches);
  const fitted = fitZScore(table, task.columns, training);
  let columns = task.columns.filter((_, j) => fitted.sd[j]! > 0);
  if (columns.length === 0)
    throw new Fault('COHORT_INVALID', 'every column is constant in the training part of a fold');
  let zScore = fitZScore(table, columns, training);
  let x = toZScores(table, columns, training, zScore);
  if (pccThreshold !== null) {
    const { survivors } = prunedByCorrelation(x, labels, pccThreshold);
    columns = Int32Array.from(survivors, (j) => columns[j]!);
    zScore = fitZScore(table, columns, training);
    x = toZScores(table, columns, training, zScore);
  }
  return { columns, x, test: toZScores(table, columns, task.test, zScore), labels };
}

type Harmonising = Pick<FoldTask, 'table' | 'allColumns' | 'training' | 'test'>;

function inHarmony({ table, allColumns, training, test }: Harmonising, batches: readonly string[]): Columns {
  const known = new Set(Array.from(training, (row) => batches[row]!));
  const unknown = test.find((row) => !known.has(batches[row]!));
  if (unknown !== undefined)
    throw new Fault(
      'COHORT_INVALID',
      `ComBat: all rows of ${batches[unknown]!.slice(0, 80)} fall into one fold; leave them out, or give another --seed`,
    );
  const rows = Int32Array.from([...training, ...test]);
  return harmonised(table, allColumns, batches, fitComBat(table, allColumns, batches, training), rows);
}

/** Scores test rows by the first 1, 2, … columns of an order; what another order has asked for is not fitted again. */
class PrefixScorer {
  readonly #x: Columns;
  readonly #test: Columns;
  readonly #labels: Uint8Array;
  readonly #targets: Float64Array;
  readonly #classifiers: readonly ClassifierName[];
  readonly #known = new Map<string, readonly (Float64Array | string)[]>();
  readonly #regression: LogisticRegression;
  readonly #gathered: Float64Array;

  constructor(x: Columns, test: Columns, labels: Uint8Array, { classifiers, most }: FoldTask) {
    this.#x = x;
    this.#test = test;
    this.#labels = labels;
    this.#targets = Float64Array.from(labels);
    this.#classifiers = classifiers;
    const columns = Math.min(most, x.values.length / x.rows);
    this.#regression = new LogisticRegression(x.rows, columns);
    this.#gathered = new Float64Array(x.rows * columns);
  }

  scores(order: Int32Array): readonly (readonly (Float64Array | string)[])[] {
    const n = this.#x.rows;
    const gram = new Float64Array(n * n);
    const svc = this.#classifiers.includes('SVM') ? new CalibratedSvc(gram, this.#labels, SVM_C) : null;
    const starts = this.#classifiers.map(() => new Float64Array(order.length + 1));
    const all: (Float64Array | string)[][] = this.#classifiers.map(() => []);
    for (let k = 1; k <= order.length; k++) {
      const column = this.#x.values.subarray(order[k - 1]! * n, (order[k - 1]! + 1) * n);
      this.#gathered.set(column, (k - 1) * n);
      if (svc) addColumn(gram, column);
      const chosen = order.slice(0, k);
      const key = chosen.toSorted().join();
      const scores =
        this.#known.get(key) ??
        this.#classifiers.map((classifier, c) =>
          classifier === 'SVM'
            ? this.#bySvc(svc!, chosen)
            : this.#byRegression(PENALTY[classifier], chosen, starts[c]!),
        );
      this.#known.set(key, scores);
      for (let c = 0; c < all.length; c++) all[c]!.push(scores[c]!);
    }
    return all;
  }

  #byRegression(C: number | null, chosen: Int32Array, start: Float64Array): Float64Array | string {
    const k = chosen.length;
    // The optimum of one column fewer, with a coefficient of 0 for the new one: the intercept stands behind them.
    const at = start.slice(0, k + 1);
    at[k - 1] = 0;
    at[k] = start[start.length - 1]!;
    const why = this.#regression.fit(this.#gathered.subarray(0, k * this.#x.rows), this.#targets, C, at);
    if (why !== null) return why;
    start.set(at.subarray(0, k));
    start[start.length - 1] = at[k]!;
    return this.#logOdds(chosen, at.subarray(0, k), at[k]!).map(logistic);
  }

  #bySvc(svc: CalibratedSvc, chosen: Int32Array): Float64Array | string {
    const platt = svc.fit();
    if (typeof platt === 'string') return platt;
    const n = this.#x.rows;
    const coefficients = Float64Array.from(chosen, (j) =>
      svc.coefficient(this.#x.values.subarray(j * n, (j + 1) * n)),
    );
    return this.#logOdds(chosen, coefficients, svc.intercept).map((f) => logistic(-(platt.A * f + platt.B)));
  }

  /** Of the test rows. */
  #logOdds(chosen: Int32Array, coefficients: Float64Array, intercept: number): Float64Array {
    const { values, rows } = this.#test;
    const sums = new Float64Array(rows).fill(intercept);
    chosen.forEach((j, at) => {
      for (let i = 0; i < rows; i++) sums[i]! += coefficients[at]! * values[j * rows + i]!;
    });
    return sums;
  }
}
