import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { digestOf } from '../../../src/dicom/uid.ts';
import { type ClassicInput, type ClassicNormalisation, classicScore } from '../../../src/model/classic.ts';
import { logistic } from '../../../src/model/interval.ts';
import { classicModelFileSchema } from '../../../src/model/model-file.ts';
import { score } from '../../../src/model/score.ts';
import { FEATURES } from '../../../src/radiomics/feature-table.ts';
import { EAR_2023 } from '../../../src/radiomics/profile.ts';
import { shippedModel } from '../../support/shipped-model.ts';

const text = readFileSync('models/ear-classic-2023.json', 'utf8');
const model = classicModelFileSchema.parse(JSON.parse(text));
const sha256 = digestOf(text);
const names = Object.keys(model.coefficients);

const supplied = (n = 134): ClassicNormalisation => ({
  kind: 'supplied',
  n,
  source: 'authors',
  features: Object.fromEntries(names.map((name, at) => [name, { mean: 10 * at - 20, sd: at + 0.5 }])),
});
/** Every feature at the same z of the supplied normalisation, unless another is given for it. */
const valuesAt = (z: number, others: Readonly<Record<string, number>> = {}) =>
  Object.fromEntries(
    names.map((name, at) => [name, 10 * at - 20 + (at + 0.5) * (others[name] ?? z)] as const),
  );
const at = (z: number, more: Partial<ClassicInput> = {}) =>
  classicScore({ model, sha256, followUpValues: valuesAt(z), normalisation: supplied(), ...more });
/** All z equal 1 add up to so much. */
const SUM = 0.738 - 0.016 - 0.038 - 0.318 + 0.179 - 0.442 + 0.804;

describe('the model file ear-classic-2023', () => {
  it('holds the published numbers of seven features, each of which the recipe measures', () => {
    expect(model).toMatchObject({
      definition: 'followUpAlone',
      intercept: 0.0173,
      cutOff: 0.4542,
      training: { n: 134, prevalence: 0.5 },
    });
    expect(Object.values(model.coefficients)).toEqual([0.738, -0.016, -0.038, -0.318, 0.179, -0.442, 0.804]);
    const images = [
      'original',
      ...EAR_2023.imageTypes.LoG!.map((mm) => `log-sigma-${mm.toFixed(1).replace('.', '-')}-mm-3D`),
    ];
    const measured = FEATURES.flatMap(({ family, feature }) =>
      images.map((image) => `${image}_${family}_${feature}`),
    );
    expect(names.filter((name) => !measured.includes(name))).toEqual([]);
  });

  it('was fitted to the recipe of the delta model', () => {
    const { recipe, recipeDigest } = shippedModel().model;
    expect(model).toMatchObject({ recipe, recipeDigest });
  });

  it.each<[string, Readonly<Record<string, unknown>>]>([
    ['no features', { coefficients: {} }],
    ['a coefficient of 0', { coefficients: { original_glcm_Contrast: 0 } }],
    ['a name that is no feature', { coefficients: { Contrast: 1 } }],
    ['the definition of the delta model', { definition: 'followUpMinusBaseline' }],
    ['an unknown key', { coefficient: 1 }],
  ])('%s is refused', (_, change) => {
    expect(classicModelFileSchema.safeParse({ ...model, ...change }).success).toBe(false);
  });
});

describe('without a usable normalisation the values stand alone', () => {
  it('none is configured', () => {
    const result = at(1, { normalisation: { kind: 'none' } });
    expect(result).toMatchObject({
      values: valuesAt(1),
      probability: null,
      interval: null,
      category: null,
      reason: { kind: 'noNormalisation' },
      normalisation: { kind: 'none', isProvisional: false },
    });
    expect(Object.values(result.z)).toEqual(names.map(() => null));
    expect(result.because).toMatch(/no normalisation \(mean and SD of each feature/);
  });

  it('it rests on fewer than 20 cases', () => {
    const result = at(1, { normalisation: supplied(19) });
    expect(result).toMatchObject({ probability: null, category: null });
    expect(result.reason).toEqual({ kind: 'tooFewCases', n: 19, needed: 20 });
    expect(Object.values(result.z)).toEqual(names.map(() => null));
  });

  it('one feature has no spread, or no mean and SD at all', () => {
    const [first, second, ...others] = names as [string, string, ...string[]];
    const given = supplied() as Extract<ClassicNormalisation, { kind: 'supplied' }>;
    const { [second]: _, ...features } = given.features;
    const normalisation = { ...given, features: { ...features, [first]: { mean: 0, sd: 0 } } };
    const result = at(1, { normalisation });
    expect(result).toMatchObject({ probability: null, category: null });
    expect(result.reason).toEqual({ kind: 'noSpread', features: [first, second] });
    expect(result.because).toContain(second);
    for (const name of others) expect(result.z[name]).toBeCloseTo(1, 12);
  });
});

describe('a feature that is undefined at follow-up', () => {
  it.each([null, Number.NaN, Number.POSITIVE_INFINITY])('such as %d is not evaluable, and named', (value) => {
    const [name] = names as [string];
    for (const normalisation of [supplied(), { kind: 'none' } as const]) {
      const result = at(0, { normalisation, followUpValues: { ...valuesAt(0), [name]: value } });
      expect(result).toMatchObject({ category: 'notEvaluable', probability: null, interval: null });
      expect(result.values[name]).toBeNull();
      expect(result.z[name]).toBeNull();
      expect(result.reason).toEqual({ kind: 'featuresUndefined', features: [name] });
      expect(result.because).toContain(name);
    }
  });

  it('may be any number of them; absent is undefined', () => {
    const result = at(0, { followUpValues: {} });
    expect(result.reason).toEqual({ kind: 'featuresUndefined', features: names });
  });
});

describe('probability and category', () => {
  it.each([-2, 0, 1])('every feature at z = %d: the logit is the intercept and z times the sum', (z) => {
    const result = at(z);
    for (const name of names) expect(result.z[name]).toBeCloseTo(z, 12);
    expect(result.probability).toBeCloseTo(logistic(0.0173 + SUM * z), 12);
  });

  it('each feature weighs with its own coefficient, and others are ignored', () => {
    for (const name of names) {
      const followUpValues = { ...valuesAt(0, { [name]: 1 }), original_glcm_Contrast: 99 };
      const expected = logistic(0.0173 + model.coefficients[name]!);
      expect(at(0, { followUpValues }).probability).toBeCloseTo(expected, 12);
    }
  });

  it('a category is given only where the whole interval lies on one side of 0.4542', () => {
    const seen = new Set<string>();
    for (let z = -8; z <= 8; z += 0.5) {
      const { category, interval, probability, because, reason } = at(z);
      const [low, high] = interval!;
      expect(low).toBeLessThan(probability!);
      expect(probability).toBeLessThan(high);
      const expected = low >= 0.4542 ? 'positive' : high < 0.4542 ? 'negative' : 'indeterminate';
      expect([category, reason]).toEqual([expected, { kind: 'decided' }]);
      expect(because).toMatch(
        { positive: /at or above/, negative: /is below/, indeterminate: /straddles/ }[expected],
      );
      seen.add(category!);
    }
    // Along all z alike the seven coefficients leave so much doubt that few z are clear; along their own direction more are.
    expect(seen).toContain('indeterminate');
    const along = (sign: number) =>
      at(0, {
        followUpValues: valuesAt(
          0,
          Object.fromEntries(names.map((name) => [name, sign * 3 * model.coefficients[name]!])),
        ),
      }).category;
    expect([along(1), along(-1)]).toEqual(['positive', 'negative']);
  });

  it('20 to 49 cases are provisional, 50 are not', () => {
    for (const n of [20, 49]) {
      const { normalisation, because } = at(0, { normalisation: supplied(n) });
      expect(normalisation.isProvisional).toBe(true);
      expect(because).toMatch(/Provisional: the supplied normalisation rests on \d+ cases, fewer than 50/);
    }
    const enough = at(0, { normalisation: supplied(50) });
    expect(enough.normalisation.isProvisional).toBe(false);
    expect(enough.because).not.toMatch(/Provisional/);
  });

  it('one feature with the numbers of the delta model has the interval of the delta model', () => {
    const delta = shippedModel();
    const only: ClassicInput['model'] = {
      ...model,
      intercept: delta.model.intercept,
      cutOff: delta.model.cutOff,
      coefficients: { [delta.model.feature]: delta.model.coefficient },
    };
    const known = { kind: 'supplied', n: 134, source: 'authors' } as const;
    const ours = classicScore({
      model: only,
      sha256,
      followUpValues: { [delta.model.feature]: 1 },
      normalisation: { ...known, features: { [delta.model.feature]: { mean: 0, sd: 1 } } },
    });
    const theirs = score({
      ...delta,
      baselineValue: 0,
      followUpValue: 1,
      normalisation: { ...known, mean: 0, sd: 1 },
    });
    expect(ours.probability).toBe(theirs.probability);
    // other inputs, other draws: equal within Monte Carlo error
    for (const side of [0, 1] as const)
      expect(Math.abs(ours.interval![side] - theirs.interval![side])).toBeLessThan(0.01);
  });
});

describe('the same inputs', () => {
  it('give the same result, bit for bit, in whatever order; other inputs give other draws', () => {
    const reversed = Object.fromEntries(Object.entries(valuesAt(0.3)).reverse());
    expect(at(0.3)).toEqual(at(0.3, { followUpValues: reversed }));
    expect(at(0.3, { sha256: 'other' }).interval).not.toEqual(at(0.3).interval);
  });
});
