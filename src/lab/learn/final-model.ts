import { Fault } from '../../fault.ts';
import type { FittedModel } from '../../model/fitted-model.ts';
import { logistic } from '../../model/interval.ts';
import type { ClassifierName } from '../record.ts';
import { PENALTY, SVM_C } from './classifiers.ts';
import { addColumn } from './gram.ts';
import { LogisticRegression, type NoOptimum } from './logistic.ts';
import { CalibratedSvc, type NoSvm } from './svm.ts';
import { type Columns, eachRow } from './z-score.ts';

/** Log odds, linear in z-scores. */
type LogOdds = Readonly<{
  classifier: FittedModel['classifier'];
  coefficients: Float64Array;
  intercept: number;
}>;

/** A classifier fitted to all training rows, as a logistic form of z-scores. */
export type FinalModel = LogOdds &
  Readonly<{
    /** of the training rows */
    probabilities: Float64Array;
  }>;

/** Throws CLASSES_SEPARATED, COHORT_INVALID, PROBABILITY_REVERSED. */
export function finalModel(classifier: ClassifierName, x: Columns, labels: Uint8Array): FinalModel {
  const form = logOddsOf(classifier, x, labels);
  if (form === 'the classes are separated')
    throw new Fault('CLASSES_SEPARATED', `${x.values.length / x.rows} features`);
  if (form === 'the features are linearly dependent')
    throw new Fault('COHORT_INVALID', `${form}: leave one of them out`);
  if (typeof form === 'string') throw new Fault('COHORT_INVALID', form);
  if (form.classifier.kind === 'linearSVC' && form.classifier.platt.A >= 0)
    throw new Fault('PROBABILITY_REVERSED');
  const logOdds = new Float64Array(x.rows).fill(form.intercept);
  form.coefficients.forEach((w, j) => {
    for (let i = 0; i < x.rows; i++) logOdds[i]! += w * x.values[j * x.rows + i]!;
  });
  return { ...form, probabilities: logOdds.map(logistic) };
}

/** `counts`: how many rows each row stands for. Why there is none. */
export const logOddsOf = (
  classifier: ClassifierName,
  x: Columns,
  labels: Uint8Array,
  counts: Uint32Array = new Uint32Array(labels.length).fill(1),
): LogOdds | NoOptimum | NoSvm =>
  classifier === 'SVM'
    ? machineOf(x, labels, counts)
    : regressionOf(PENALTY[classifier], x, labels, eachRow(counts));

function regressionOf(
  C: number | null,
  { values, rows }: Columns,
  labels: Uint8Array,
  each: Int32Array,
): LogOdds | NoOptimum {
  const [n, count] = [each.length, values.length / rows];
  const x = new Float64Array(n * count);
  for (let j = 0; j < count; j++)
    for (const [i, row] of each.entries()) x[j * n + i] = values[j * rows + row]!;
  const optimum = new Float64Array(count + 1);
  const targets = Float64Array.from(each, (row) => labels[row]!);
  const why = new LogisticRegression(n, count).fit(x, targets, C, optimum);
  if (why !== null) return why;
  return {
    classifier: { kind: 'logisticRegression', C },
    coefficients: optimum.subarray(0, count),
    intercept: optimum[count]!,
  };
}

function machineOf(x: Columns, labels: Uint8Array, counts: Uint32Array): LogOdds | NoSvm {
  const n = x.rows;
  const columns = Array.from({ length: x.values.length / n }, (_, j) =>
    x.values.subarray(j * n, (j + 1) * n),
  );
  const gram = new Float64Array(n * n);
  for (const column of columns) addColumn(gram, column);
  const svc = new CalibratedSvc(gram, labels, SVM_C, counts);
  const platt = svc.fit();
  if (typeof platt === 'string') return platt;
  const coefficients = Float64Array.from(columns, (column) => svc.coefficient(column));
  return {
    classifier: {
      kind: 'linearSVC',
      C: SVM_C,
      decision: { coefficients: [...coefficients], intercept: svc.intercept },
      platt,
    },
    // log odds = -(A f + B)
    coefficients: coefficients.map((w) => -platt.A * w),
    intercept: -(platt.A * svc.intercept + platt.B),
  };
}
