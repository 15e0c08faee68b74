import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { inverse, Matrix } from 'ml-matrix';
import { describe, expect, test } from 'vitest';
import { probabilitiesOf } from '../../../../src/lab/evaluate/probabilities.ts';
import { recalibrate } from '../../../../src/lab/normalise/recalibrate.ts';
import { withRows } from '../../../../src/lab/table/feature-table.ts';
import { readFeatureTable } from '../../../../src/lab/table/read-feature-table.ts';
import { type FittedModel, parseFittedModel } from '../../../../src/model/fitted-model.ts';
import { meanAndSd } from '../../../../src/model/interval.ts';
import { servedModel } from '../../../../src/model/served-model.ts';
import { fittedFile } from '../../../support/fitted-file.ts';
import { describeWithReference } from '../../../support/reference.ts';

const sha256 = 'ab'.repeat(32);
const AFTER = { id: 'after', version: '2' };

type Expected = {
  feature_names: string[];
  coef: number[];
  intercept: number;
  train: { youden_own: { cutoff: number } };
  test: { p: number[] };
  recalibration_on_test: {
    intercept_only: number;
    slope: number;
    intercept: number;
    p_first5_slope: number[];
  };
};

describeWithReference('recalibration on the test set of expected.json', (folder) => {
  const lab = join(folder, 'model-lab');
  const read = (name: string) => readFileSync(join(lab, name), 'utf8');
  const outcomes = readFeatureTable(read('test.csv'));
  const training = readFeatureTable(read('train.csv'));
  const { evaluation } = JSON.parse(read('expected.json')) as { evaluation: Record<string, Expected> };
  const modelOf = (expected: Expected): FittedModel => {
    const size = expected.coef.length + 1;
    const features = expected.feature_names.map((name, at) => {
      const j = training.features.indexOf(name);
      const n = training.rows.length;
      return {
        name,
        ...meanAndSd(training.values.subarray(j * n, (j + 1) * n)),
        coefficient: expected.coef[at]!,
      };
    });
    return fittedFile({
      features,
      intercept: expected.intercept,
      cutOff: expected.train.youden_own.cutoff,
      covariance: { method: 'inverseInformation', matrix: Matrix.eye(size).mul(0.04).to2DArray() },
    });
  };

  test.each(['paper_like_single', 'cv_choice_max'])(
    '%s: intercept alone, and slope with intercept',
    (name) => {
      const expected = evaluation[name]!;
      const model = modelOf(expected);
      const p = probabilitiesOf(model, outcomes);
      for (const [i, value] of expected.test.p.entries()) expect(p[i]).toBeCloseTo(value, 9);
      const { intercept_only, slope, intercept, p_first5_slope } = expected.recalibration_on_test;
      const byIntercept = recalibrate(model, sha256, outcomes, { ...AFTER, method: 'intercept' });
      expect(byIntercept.intercept - model.intercept).toBeCloseTo(intercept_only, 6);
      const bySlope = recalibrate(model, sha256, outcomes, { ...AFTER, method: 'slope' });
      expect(bySlope.lab['recalibration']).toMatchObject({
        slope: expect.closeTo(slope, 6),
        intercept: expect.closeTo(intercept, 6),
      });
      const after = probabilitiesOf(bySlope, outcomes);
      for (const [i, value] of p_first5_slope.entries()) expect(after[i]).toBeCloseTo(value, 6);
      // The cut-off goes with the log odds: nobody changes sides.
      expect([...after].map((value) => value >= bySlope.cutOff)).toEqual(
        [...p].map((value) => value >= model.cutOff),
      );
      expect(servedModel(parseFittedModel(JSON.stringify(bySlope)).model)).toMatchObject({
        id: 'after',
        version: '2',
      });
    },
  );

  test('of one feature, the covariance is the inverse information of the outcomes alone', () => {
    const model = modelOf(evaluation['paper_like_single']!);
    const after = recalibrate(model, sha256, outcomes, { ...AFTER, method: 'slope' });
    const [{ mean, sd, name }] = after.features as [FittedModel['features'][0]];
    const column = outcomes.features.indexOf(name!) * outcomes.rows.length;
    const information = Matrix.zeros(2, 2);
    probabilitiesOf(after, outcomes).forEach((p, i) => {
      const x = Matrix.columnVector([1, (outcomes.values[column + i]! - mean) / sd]);
      information.add(x.mmul(x.transpose()).mul(p * (1 - p)));
    });
    const expected = inverse(information).to2DArray();
    for (const [i, row] of expected.entries())
      for (const [k, value] of row.entries()) expect(after.covariance!.matrix[i]![k]).toBeCloseTo(value, 9);
    const unknown = recalibrate({ ...model, covariance: null }, sha256, outcomes, {
      ...AFTER,
      method: 'slope',
    });
    expect(unknown.covariance).toEqual(after.covariance);
    const alone = recalibrate({ ...model, covariance: null }, sha256, outcomes, {
      ...AFTER,
      method: 'intercept',
    });
    expect(alone.covariance).toBeNull();
  });

  test('of what was recalibrated on the same outcomes changes nothing', () => {
    const once = recalibrate(modelOf(evaluation['cv_choice_max']!), sha256, outcomes, {
      ...AFTER,
      method: 'slope',
    });
    const { lab } = recalibrate(once, sha256, outcomes, { ...AFTER, method: 'slope' });
    expect(lab['recalibration']).toMatchObject({
      slope: expect.closeTo(1, 6),
      intercept: expect.closeTo(0, 6),
    });
  });

  test('says where it comes from, and names no patient', () => {
    const after = recalibrate(modelOf(evaluation['paper_like_single']!), sha256, outcomes, {
      ...AFTER,
      method: 'slope',
    });
    expect(after.provenance).toMatch(/Recalibrated from site-fit 1 \(SHA-256 abababababab\) on 58 rows/);
    expect(after.training).toMatchObject({ n: 58, events: 29, prevalence: 0.5 });
    for (const { caseName } of outcomes.rows) expect(JSON.stringify(after)).not.toContain(`"${caseName}"`);
  });

  test('is refused below 20 with the outcome or 20 without, without a label, and against the outcomes', () => {
    const model = modelOf(evaluation['paper_like_single']!);
    const refused =
      (table: typeof outcomes, of = model) =>
      () =>
        recalibrate(of, sha256, table, { ...AFTER, method: 'slope' });
    for (const label of [0, 1]) {
      let kept = 0;
      const few = withRows(outcomes, (row) => row.label !== label || ++kept <= 19);
      expect(refused(few)).toThrow(/TOO_FEW_EVENTS.*19/);
    }
    const unknown = {
      ...outcomes,
      rows: outcomes.rows.map((row, i) => (i === 3 ? { ...row, label: null } : row)),
    };
    expect(refused(unknown)).toThrow(/TABLE_INVALID.*row 5, column label/);
    const upsideDown = {
      ...model,
      features: model.features.map((each) => ({ ...each, coefficient: -each.coefficient })),
    };
    expect(refused(outcomes, upsideDown)).toThrow(/COHORT_INVALID.*wrong way round/);
    expect(refused({ ...outcomes, features: [] })).toThrow(/TABLE_INVALID/);
  });
});

test('a harmonised model is recalibrated on what it scores, batch by batch', () => {
  const { features } = fittedFile();
  const batches = { north: { gamma: 0.4, delta: 2 }, south: { gamma: -0.3, delta: 0.6 } };
  const model = fittedFile({
    harmonisation: {
      method: 'ComBat',
      batch: 'site',
      features: features.map(({ name }) => ({ name, mean: 1, sd: 2, batches })),
    },
  });
  const rows = Array.from({ length: 80 }, (_, i) => {
    const [label, site] = [i % 2, i % 3 ? 'north' : 'south'];
    return `c${i},${label},${site},${(0.4 * Math.sin(i) - 0.2 * label).toFixed(6)},${(3 * Math.cos(i * 1.7) + label).toFixed(6)}`;
  });
  const tableOf = (lines: string[]) =>
    readFeatureTable(
      [`CaseName,label,site,${features.map(({ name }) => name).join(',')}`, ...lines].join('\n'),
    );
  const table = tableOf(rows);
  const after = recalibrate(model, sha256, table, { ...AFTER, method: 'slope' });
  expect(after.harmonisation).toEqual(model.harmonisation);
  const { slope, intercept } = after.lab['recalibration'] as { slope: number; intercept: number };
  const before = probabilitiesOf(model, table);
  probabilitiesOf(after, table).forEach((p, i) => {
    const logOdds = Math.log(before[i]! / (1 - before[i]!));
    expect(p).toBeCloseTo(1 / (1 + Math.exp(-(intercept + slope * logOdds))), 10);
  });
  const elsewhere = tableOf(rows.map((row) => row.replace('north', 'east')));
  expect(() => recalibrate(model, sha256, elsewhere, { ...AFTER, method: 'slope' })).toThrow(/BATCH_UNKNOWN/);
});

describe('a support vector machine', () => {
  test('keeps its decision; Platt’s numbers take up the recalibration', () => {
    const features = fittedFile().features;
    const [w1, w2] = [0.2, 0.5];
    const platt = { A: -1.5, B: 0.2 };
    const model = fittedFile({
      classifier: { kind: 'linearSVC', C: 1, decision: { coefficients: [w1, w2], intercept: 0.3 }, platt },
      features: features.map((each, at) => ({ ...each, coefficient: -platt.A * [w1, w2][at]! })),
      intercept: -(platt.A * 0.3 + platt.B),
    });
    const rows = Array.from({ length: 60 }, (_, i) => {
      const label = i % 2;
      return `c${i},${label},${(0.4 * Math.sin(i) + 0.1 * label).toFixed(6)},${(3 * Math.cos(i * 1.7) + label).toFixed(6)}`;
    });
    const table = readFeatureTable(
      [`CaseName,label,${features.map(({ name }) => name).join(',')}`, ...rows].join('\n'),
    );
    const after = recalibrate(model, sha256, table, { ...AFTER, method: 'slope' });
    const { classifier } = after;
    if (classifier.kind !== 'linearSVC') throw new Error('it is one');
    expect(after.intercept).toBeCloseTo(-(classifier.platt.A * 0.3 + classifier.platt.B), 12);
    for (const [at, { coefficient }] of after.features.entries())
      expect(coefficient).toBeCloseTo(-classifier.platt.A * [w1, w2][at]!, 12);
  });
});
