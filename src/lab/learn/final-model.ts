import { Fault } from '../../fault.ts';
import type { FittedModel } from '../../model/fitted-model.ts';
import { logistic } from '../../model/interval.ts';
import type { ClassifierName } from '../record.ts';
import { PENALTY, SVM_C } from './classifiers.ts';
import { addColumn } from './gram.ts';
import { LogisticRegression } from './logistic.ts';
import { CalibratedSvc } from './svm.ts';
import type { Columns } from './z-score.ts';

/** A classifier fitted to all training rows, as a logistic form of z-scores. */
export type FinalModel = Readonly<{
  classifier: FittedModel['classifier'];
  coefficients: Float64Array;
  intercept: number;
  /** of the training rows */
  probabilities: Float64Array;
}>;

/** Throws CLASSES_SEPARATED, COHORT_INVALID, PROBABILITY_REVERSED. */
export function finalModel(classifier: ClassifierName, x: Columns, labels: Uint8Array): FinalModel {
  const form = classifier === 'SVM' ? machineOf(x, labels) : regressionOf(PENALTY[classifier], x, labels);
  const logOdds = new Float64Array(x.rows).fill(form.intercept);
  form.coefficients.forEach((w, j) => {
    for (let i = 0; i < x.rows; i++) logOdds[i]! += w * x.values[j * x.rows + i]!;
  });
  return { ...form, probabilities: logOdds.map(logistic) };
}

function regressionOf(C: number | null, x: Columns, labels: Uint8Array): Omit<FinalModel, 'probabilities'> {
  const count = x.values.length / x.rows;
  const optimum = new Float64Array(count + 1);
  const why = new LogisticRegression(x.rows, count).fit(x.values, Float64Array.from(labels), C, optimum);
  if (why === 'the classes are separated') throw new Fault('CLASSES_SEPARATED', `${count} features`);
  if (why !== null) throw new Fault('COHORT_INVALID', `${why}: leave one of them out`);
  return {
    classifier: { kind: 'logisticRegression', C },
    coefficients: optimum.subarray(0, count),
    intercept: optimum[count]!,
  };
}

function machineOf(x: Columns, labels: Uint8Array): Omit<FinalModel, 'probabilities'> {
  const n = x.rows;
  const columns = Array.from({ length: x.values.length / n }, (_, j) =>
    x.values.subarray(j * n, (j + 1) * n),
  );
  const gram = new Float64Array(n * n);
  for (const column of columns) addColumn(gram, column);
  const svc = new CalibratedSvc(gram, labels, SVM_C);
  const platt = svc.fit();
  if (typeof platt === 'string') throw new Fault('COHORT_INVALID', platt);
  if (platt.A >= 0) throw new Fault('PROBABILITY_REVERSED');
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
