import { describe, expect, it } from 'vitest';
import { clusterSandwich, inverseInformation } from '../../../src/lab/learn/covariance.ts';
import { finalModel } from '../../../src/lab/learn/final-model.ts';
import { addColumn } from '../../../src/lab/learn/gram.ts';
import { LinearSvc } from '../../../src/lab/learn/linear-svc.ts';
import { LogisticRegression } from '../../../src/lab/learn/logistic.ts';
import { plattOf } from '../../../src/lab/learn/platt.ts';
import { CalibratedSvc } from '../../../src/lab/learn/svm.ts';
import type { Columns } from '../../../src/lab/learn/z-score.ts';
import { logistic } from '../../../src/model/interval.ts';
import { codeOf } from '../../support/code-of.ts';
import { furthest, modelLabSet, zScoresOf } from '../../support/model-lab.ts';
import { describeWithReference } from '../../support/reference.ts';
import { readJson } from '../../support/reference-cases.ts';

type Linear = { coef: number[]; intercept: number };
type Machine = Linear & { primal: number; dual: number; n_support: [number, number]; n_bounded: number };
type Model = Record<'lr_none' | 'lr_l2_C1' | 'lr_l2_C0_1', Linear & { p_train_first5: number[] }> & {
  features: number[];
  svc_tol1e10: Machine;
  platt_det: { A: number; B: number };
};
type Expected = {
  classifiers: Record<string, Model>;
  evaluation: Record<
    'paper_like_single' | 'cv_choice_max',
    { features: number[] } & Record<
      'mle_covariance_coef_then_intercept' | 'mle_covariance_cluster_sandwich',
      number[][]
    >
  >;
  unit: {
    platt: { f: number[]; y: number[]; A: number; B: number };
    logistic_separable: { x: number[]; y: number[]; l2_C1: [number, number] };
  };
};

function machineFor({ values, rows }: Columns, labels: Uint8Array, C = 1): LinearSvc {
  const gram = new Float64Array(rows * rows);
  for (let at = 0; at < values.length; at += rows) addColumn(gram, values.subarray(at, at + rows));
  return new LinearSvc({
    gram,
    stride: rows,
    rows: Int32Array.from({ length: rows }, (_, i) => i),
    signs: Float64Array.from(labels, (label) => 2 * label - 1),
    C,
  });
}

/** Primal objective at the machine's w and b, and its dual objective: equal at the optimum alone. */
function objectives(svc: LinearSvc, { values, rows }: Columns, labels: Uint8Array, C = 1) {
  const w = Array.from({ length: values.length / rows }, (_, j) =>
    svc.dual.reduce((sum, d, i) => sum + d * values[j * rows + i]!, 0),
  );
  const norm = w.reduce((sum, each) => sum + each * each, 0);
  let [loss, linear] = [0, 0];
  labels.forEach((label, i) => {
    const f = w.reduce((sum, each, j) => sum + each * values[j * rows + i]!, svc.intercept);
    loss += Math.max(0, 1 - (2 * label - 1) * f);
    linear += Math.abs(svc.dual[i]!);
  });
  return { w, primal: norm / 2 + C * loss, dual: linear - norm / 2 };
}

describeWithReference('classifiers against exact optima', (folder) => {
  const expected = readJson<Expected>(folder, 'model-lab', 'expected.json');
  const train = modelLabSet(folder, 'train');
  const subsets = Object.entries(expected.classifiers);

  it.each(subsets)('logistic regression, with and without penalty: %s', (_, model) => {
    const x = zScoresOf(train, Int32Array.from(model.features));
    const regression = new LogisticRegression(x.rows, model.features.length);
    for (const [key, C] of [
      ['lr_none', null],
      ['lr_l2_C1', 1],
      ['lr_l2_C0_1', 0.1],
    ] as const) {
      const optimum = new Float64Array(model.features.length + 1);
      expect(regression.fit(x.values, Float64Array.from(train.labels), C, optimum)).toBeNull();
      const { coef, intercept } = model[key];
      expect(furthest(optimum, [...coef, intercept])).toBeLessThan(1e-9);
    }
    const { probabilities } = finalModel('LR_none', x, train.labels);
    expect(furthest(probabilities.subarray(0, 5), model.lr_none.p_train_first5)).toBeLessThan(1e-9);
  });

  it.each(subsets)('linear support vector machine: %s', (_, model) => {
    const x = zScoresOf(train, Int32Array.from(model.features));
    const svc = machineFor(x, train.labels);
    expect(svc.solve()).toBe(true);
    const { w, primal, dual } = objectives(svc, x, train.labels);
    // libsvm holds its kernel in single precision, so that its w is about 1e-6 off and its primal objective up to 1.4e-5 above the optimum;
    // its dual objective is below the optimum, by less than 1e-6.
    expect(primal).toBeLessThan(model.svc_tol1e10.primal + 1e-9);
    expect(primal - model.svc_tol1e10.dual).toBeGreaterThan(-1e-9);
    expect(primal - model.svc_tol1e10.dual).toBeLessThan(1e-6);
    expect(primal - dual).toBeLessThan(1e-8);
    expect(furthest(w, model.svc_tol1e10.coef)).toBeLessThan(1e-5);
    const bounded = svc.dual.filter((d) => Math.abs(d) > 1 - 1e-9).length;
    expect(svc.dual.filter((d) => d !== 0)).toHaveLength(
      model.svc_tol1e10.n_support[0] + model.svc_tol1e10.n_support[1],
    );
    expect(bounded).toBe(model.svc_tol1e10.n_bounded);
    expect(Math.abs(svc.intercept - model.svc_tol1e10.intercept)).toBeLessThan(1e-5);
  });

  it.each(subsets)("Platt's probabilities without a random draw: %s", (_, model) => {
    const x = zScoresOf(train, Int32Array.from(model.features));
    const gram = new Float64Array(x.rows * x.rows);
    for (let at = 0; at < x.values.length; at += x.rows) addColumn(gram, x.values.subarray(at, at + x.rows));
    const platt = new CalibratedSvc(gram, train.labels, 1).fit();
    if (typeof platt === 'string') throw new Error(platt);
    expect(Math.abs(platt.A - model.platt_det.A)).toBeLessThan(1e-6);
    expect(Math.abs(platt.B - model.platt_det.B)).toBeLessThan(1e-6);
    const { coefficients, intercept, classifier, probabilities } = finalModel('SVM', x, train.labels);
    if (classifier.kind !== 'linearSVC') throw new Error(classifier.kind);
    const f = classifier.decision.coefficients.reduce(
      (sum, w, j) => sum + w * x.values[j * x.rows]!,
      classifier.decision.intercept,
    );
    const logOdds = coefficients.reduce((sum, w, j) => sum + w * x.values[j * x.rows]!, intercept);
    expect(logOdds).toBeCloseTo(-(classifier.platt.A * f + classifier.platt.B), 10);
    expect(probabilities[0]).toBeCloseTo(logistic(logOdds), 12);
  });

  it.each(['paper_like_single', 'cv_choice_max'] as const)('covariances of the optimum: %s', (name) => {
    const model = expected.evaluation[name];
    const x = zScoresOf(train, Int32Array.from(model.features));
    const fitted = { x, labels: train.labels, ...finalModel('LR_none', x, train.labels) };
    const patients = train.table.rows.map(({ patient }) => patient);
    for (const [ours, theirs] of [
      [inverseInformation(fitted), model.mle_covariance_coef_then_intercept],
      [clusterSandwich(fitted, patients), model.mle_covariance_cluster_sandwich],
    ] as const) {
      // Theirs has the intercept last.
      const order = [...ours.keys()].map((i) => (i + 1) % ours.length);
      expect(
        furthest(
          order.flatMap((i) => order.map((j) => ours[i]![j]!)),
          theirs.flat(),
        ),
      ).toBeLessThan(1e-9);
    }
  });

  it("Platt's two parameters of ten decision values", () => {
    const { f, y, A, B } = expected.unit.platt;
    const ours = plattOf(Float64Array.from(f), Uint8Array.from(y))!;
    expect(Math.abs(ours.A - A)).toBeLessThan(1e-9);
    expect(Math.abs(ours.B - B)).toBeLessThan(1e-9);
  });

  it('separated classes have no unpenalised optimum, but a penalised one', () => {
    const { x, y, l2_C1 } = expected.unit.logistic_separable;
    const regression = new LogisticRegression(4, 1);
    const targets = Float64Array.from(y);
    const why = regression.fit(Float64Array.from(x), targets, null, new Float64Array(2));
    expect(why).toBe('the classes are separated');
    const optimum = new Float64Array(2);
    expect(regression.fit(Float64Array.from(x), targets, 1, optimum)).toBeNull();
    expect(furthest(optimum, l2_C1)).toBeLessThan(1e-9);
  });
});

describe('where there is no model', () => {
  const column = (...list: number[]): Columns => ({ values: Float64Array.from(list), rows: 6 });
  const labels = Uint8Array.of(0, 0, 0, 1, 1, 1);

  it('separated, also when only all but a tie are, is refused by its code', async () => {
    const separated = () => finalModel('LR_none', column(-2, -1, -1, 1, 1, 2), labels);
    const quasi = () => finalModel('LR_none', column(-2, -1, 0, 0, 1, 2), labels);
    expect(await codeOf(separated)).toBe('CLASSES_SEPARATED');
    expect(await codeOf(quasi)).toBe('CLASSES_SEPARATED');
  });

  it('a column that is there twice is refused, not called separated', async () => {
    const one = [-1, 1, 2, -2, 1, -1];
    const twice = () =>
      finalModel('LR_none', { values: Float64Array.from([...one, ...one]), rows: 6 }, labels);
    expect(await codeOf(twice)).toBe('COHORT_INVALID');
    expect(twice).toThrow('linearly dependent');
  });

  it('a machine that ranks held-out cases the wrong way round has no probability', async () => {
    const noise = { values: Float64Array.from({ length: 20 }, (_, i) => ((i * 7) % 20) - 9.5), rows: 20 };
    const alternating = Uint8Array.from({ length: 20 }, (_, i) => Number(i % 4 < 2));
    const model = () => finalModel('SVM', noise, alternating);
    expect(await codeOf(model)).toBe('PROBABILITY_REVERSED');
  });

  it('a machine without a free row takes the middle of the interval its intercept may be in', () => {
    const x = { values: Float64Array.of(-3, -1, 2, 3), rows: 4 };
    const svc = machineFor(x, Uint8Array.of(0, 0, 1, 1), 0.001);
    expect(svc.solve()).toBe(true);
    expect([...svc.dual]).toEqual([-0.001, -0.001, 0.001, 0.001]);
    // w = 0.009: negatives ask for b >= -1 - w x, positives for b <= 1 - w x; all are inside the margin.
    const w = 0.009;
    const [low, high] = [Math.max(-1 + 3 * w, -1 + w), Math.min(1 - 2 * w, 1 - 3 * w)];
    expect(svc.intercept).toBeCloseTo((low + high) / 2, 12);
  });
});
