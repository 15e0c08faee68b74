import { describe, expect, test } from 'vitest';
import { classicScore } from '../../../src/model/classic.ts';
import { logistic } from '../../../src/model/interval.ts';
import { score, valuesFor } from '../../../src/model/score.ts';
import {
  ownScale,
  type ServedClassic,
  type ServedModel,
  servedModel,
} from '../../../src/model/served-model.ts';
import { modelOf, normalisationOf } from '../../../src/startup/load-model.ts';
import { fittedFile, TWO_FEATURES } from '../../support/fitted-file.ts';
import { shippedModel } from '../../support/shipped-model.ts';

const [first, lead] = TWO_FEATURES as unknown as readonly [
  (typeof TWO_FEATURES)[0],
  (typeof TWO_FEATURES)[0],
];
const served = (changes = {}) => servedModel(fittedFile(changes)) as ServedModel;
const sha256 = 'ab'.repeat(32);
const BASELINE = { [first!.name]: 3, [lead!.name]: 10 };
const FOLLOW_UP = { [first!.name]: 3.25, [lead!.name]: 14.1 };
const scored = (model: ServedModel, followUp: Record<string, number | null> = FOLLOW_UP) =>
  score({
    model,
    sha256,
    ...valuesFor(model, BASELINE, followUp),
    normalisation: normalisationOf(model, undefined, 'model.normalisation'),
  });

describe('a fitted model of two features', () => {
  test('gives the probability of its log odds, on its own scale, with its leading feature in front', () => {
    const result = scored(served());
    const z = [(0.25 - 0.05) / 0.4, (14.1 - 10 - 1.2) / 2.9] as const;
    expect(result.probability).toBeCloseTo(logistic(0.1 - 0.3 * z[0] + 0.8 * z[1]), 12);
    expect(result).toMatchObject({ feature: lead!.name, cutOff: 0.4637281 });
    expect(result.z).toBeCloseTo(z[1], 12);
    expect(result.others).toEqual([
      {
        feature: first!.name,
        baselineValue: 3,
        followUpValue: 3.25,
        delta: 0.25,
        z: expect.closeTo(z[0], 12),
      },
    ]);
    expect(result.normalisation).toEqual({
      kind: 'supplied',
      mean: 1.2,
      sd: 2.9,
      n: 120,
      source: 'training rows of site-fit 1',
      others: { [first!.name]: { mean: 0.05, sd: 0.4 } },
      isProvisional: false,
    });
  });

  test('has the interval of the covariance in its file', () => {
    const { interval, z, others } = scored(served());
    const x = [1, others![0]!.z!, z!];
    const { matrix } = fittedFile().covariance!;
    const variance = x.reduce(
      (sum, a, i) => sum + x.reduce((row, b, j) => row + a * b * matrix[i]![j]!, 0),
      0,
    );
    const centre = 0.1 - 0.3 * x[1]! + 0.8 * x[2]!;
    const [low, high] = [-1, 1].map((side) => logistic(centre + side * 1.959964 * Math.sqrt(variance)));
    // Four standard errors of a percentile of 10,000 draws of a normal: sqrt(q (1 - q) / N) / f(q), in log odds.
    const inLogOdds = (4 * Math.sqrt((0.025 * 0.975) / 10_000) * Math.sqrt(variance)) / 0.058445;
    const steepest = 0.25;
    expect(Math.abs(interval![0] - low!)).toBeLessThan(inLogOdds * steepest);
    expect(Math.abs(interval![1] - high!)).toBeLessThan(inLogOdds * steepest);
    expect(scored(served()).interval).toEqual(interval);
  });

  test('is not evaluable where one of them is undefined, and says which', () => {
    const result = scored(served(), { ...FOLLOW_UP, [first!.name]: null });
    expect(result).toMatchObject({
      category: 'notEvaluable',
      probability: null,
      delta: expect.closeTo(4.1, 12),
      reason: { kind: 'featureUndefined', at: ['followUp'], features: [first!.name] },
    });
    expect(result.because).toContain(first!.name);
  });

  test('takes a configured normalisation of every feature, and no other', () => {
    const model = served();
    const scale = { mean: 0, sd: 1 };
    const behind = { n: 60, source: 'site' };
    const both = { [first!.name]: scale, [lead!.name]: { mean: 2, sd: 3 } };
    expect(normalisationOf(model, { ...behind, features: both }, 'k')).toEqual({
      kind: 'supplied',
      ...{ mean: 2, sd: 3, ...behind },
      others: { [first!.name]: scale },
    });
    expect(() => normalisationOf(model, { ...behind, ...scale }, 'k')).toThrow(
      new RegExp(`CONFIG_INVALID.*${first!.name} is missing`),
    );
    expect(() => normalisationOf(model, { ...behind, features: { ...both, x: scale } }, 'k')).toThrow(
      /CONFIG_INVALID.*x is no feature of site-fit/,
    );
  });
});

test('a fitted model of the published feature, on the published numbers, says what the published model says', () => {
  const { model: published } = shippedModel();
  const { coefficient, intercept, cutOff, feature } = published;
  const features = [{ name: feature, mean: 1.19, sd: 2.91, coefficient }];
  const covariance = {
    method: 'inverseInformation',
    matrix: [
      [0.03, 0],
      [0, 0.05],
    ],
  } as const;
  const fitted = served({ features, intercept, cutOff, covariance });
  const values = { sha256, baselineValue: 10, followUpValue: 12.5 };
  const normalisation = { kind: 'supplied', mean: 1.19, sd: 2.91, n: 134, source: 'x' } as const;
  const theirs = score({ model: published, ...values, normalisation });
  const ours = score({ model: fitted, ...values, normalisation: normalisationOf(fitted, undefined, 'k') });
  expect([ours.probability, ours.z, ours.delta]).toEqual([theirs.probability, theirs.z, theirs.delta]);
  expect(ours.others).toBeUndefined();
});

test('a fitted model of the follow-up alone is a comparison model, on its own scale', () => {
  const model = servedModel(fittedFile({ definition: 'followUpAlone' })) as ServedClassic;
  const normalisation = { kind: 'supplied', ...ownScale(model)! } as const;
  const result = classicScore({
    model,
    sha256,
    normalisation,
    followUpValues: { [first!.name]: 0.45, [lead!.name]: 1.2 },
  });
  expect(result.probability).toBeCloseTo(logistic(0.1 - 0.3), 12);
  expect(result.z).toEqual({ [first!.name]: expect.closeTo(1, 12), [lead!.name]: 0 });
});

describe('no service takes', () => {
  const square = (...matrix: number[][]) => ({
    covariance: { method: 'inverseInformation', matrix } as const,
  });
  const by = (batch: 'site' | 'scanner') => ({
    harmonisation: { method: 'ComBat', batch, features: [] } as const,
  });
  test.each([
    ['a model without covariance', { covariance: null }, /fit with covariance/],
    ['a covariance that is not symmetric', square([1, 0, 0.5], [0, 1, 0], [0, 0, 1]), /not symmetric/],
    ['a covariance of no distribution', square([1, 2, 0], [2, 1, 0], [0, 0, 1]), /not positive definite/],
    [
      'a change per month',
      { definition: 'changePerMonth' },
      /changePerMonth against baseline is not computed/,
    ],
    ['a change since the nadir', { reference: 'nadir' }, /against nadir is not computed/],
    ['a model without recipe', { recipe: null }, /does not say by which recipe/],
    ['a model without recipe digest', { recipeDigest: null }, /does not say by which recipe/],
    ['a model harmonised by site', by('site'), /--combat scanner or kernel, or without/],
    ['a harmonisation without a feature', by('scanner'), /has no parameters/],
    [
      'a harmonised model of the follow-up alone',
      { ...by('scanner'), definition: 'followUpAlone' },
      /follow-up alone is not harmonised/,
    ],
  ] as const)('%s', (_, changes, why) => {
    const refused = () => modelOf(JSON.stringify(fittedFile(changes as object)), 'site-fit.json');
    expect(refused).toThrow(/MODEL_INVALID/);
    expect(refused).toThrow(why);
  });

  test('numbers of another recipe, an unknown feature, a file that is not whole', () => {
    const parsed = (changes: object) =>
      modelOf(JSON.stringify({ ...fittedFile(), ...changes }), 'site-fit.json');
    expect(() => parsed({ recipeDigest: 'cd'.repeat(32) })).toThrow(/RECIPES_MIXED/);
    const unknown = TWO_FEATURES.map((each) => ({ ...each, name: `${each.name}X` }));
    expect(() => parsed({ features: unknown })).toThrow(/FEATURE_UNKNOWN/);
    expect(() => parsed({ training: undefined })).toThrow(/MODEL_INVALID.*site-fit.json.*training/);
    expect(parsed({}).value).toMatchObject({ id: 'site-fit', feature: lead!.name, coefficient: 0.8 });
  });
});
