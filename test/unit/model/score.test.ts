import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { digestOf } from '../../../src/dicom/uid.ts';
import { parseModelFile } from '../../../src/model/model-file.ts';
import { seededRandom } from '../../../src/model/random.ts';
import { type ScoreInput, score } from '../../../src/model/score.ts';
import type { Normalisation } from '../../../src/model/score-result.ts';

const { model, sha256 } = parseModelFile(readFileSync('models/ear-delta-2023.json', 'utf8'));

const supplied = (n = 134): Normalisation => ({ kind: 'supplied', mean: 0.1, sd: 0.5, n, source: 'authors' });
const local = (n: number, mix = { early: n / 2, late: n / 2, unknown: 0 }): Normalisation => {
  const random = seededRandom(digestOf(`local ${n}`));
  return { kind: 'local', deltas: Array.from({ length: n }, () => random.normal() / 10), version: 'v1', mix };
};
/** The result at a z of the supplied normalisation. */
const at = (z: number, more: Partial<ScoreInput> = {}) =>
  score({
    model,
    sha256,
    baselineValue: 2,
    followUpValue: 2.1 + 0.5 * z,
    normalisation: supplied(),
    ...more,
  });

describe('no normalisation, no probability', () => {
  it('without a normalisation the delta stands alone, with no category', () => {
    const result = at(0, { normalisation: { kind: 'none' } });
    expect(result.delta).toBeCloseTo(0.1, 12);
    expect(result).toMatchObject({
      z: null,
      probability: null,
      interval: null,
      category: null,
      priorShifted: null,
    });
    expect(result.because).toMatch(/no normalisation/);
  });

  it.each([
    ['local', local(19)],
    ['supplied', supplied(19)],
  ] as const)('fewer than 20 cases behind a %s normalisation give the delta only', (_, normalisation) => {
    const result = at(0, { normalisation });
    expect(result).toMatchObject({ probability: null, category: null, normalisation: { n: 19 } });
    expect(result.because).toMatch(/19 cases, fewer than 20/);
  });

  it('the rank among local deltas is given at any n', () => {
    const normalisation = { ...local(4), deltas: [-1, 0.05, 0.2, 3] } as Normalisation;
    expect(at(0, { normalisation })).toMatchObject({ probability: null, rank: { below: 2, of: 4 } });
    expect(at(0).rank).toBeNull();
  });

  it.each([0, -1, Number.NaN, Number.POSITIVE_INFINITY])('an SD of %d gives the delta only', (sd) => {
    const normalisation: Normalisation = { kind: 'supplied', mean: 0, sd, n: 134, source: 'x' };
    expect(at(0, { normalisation })).toMatchObject({ probability: null, category: null });
    const equal = { ...local(60), deltas: new Array(60).fill(0.25) } as Normalisation;
    expect(at(0, { normalisation: equal })).toMatchObject({ probability: null, category: null });
  });
});

describe('provisional', () => {
  it.each([
    ['20 local cases', local(20), true],
    ['49 local cases', local(49), true],
    ['50 local cases', local(50), false],
    ['50 supplied cases', supplied(50), false],
    ['49 supplied cases', supplied(49), true],
    ['a mix of unknown visits', local(60, { early: 0, late: 0, unknown: 60 }), true],
    ['early visits only', local(60, { early: 60, late: 0, unknown: 0 }), true],
    ['19 late of 60', local(60, { early: 41, late: 19, unknown: 0 }), true],
    ['20 late of 60', local(60, { early: 40, late: 20, unknown: 0 }), false],
    ['a mix hidden by unknown visits', local(60, { early: 19, late: 19, unknown: 22 }), true],
  ] as const)('%s: provisional is %s', (_, normalisation, isProvisional) => {
    const result = at(0, { normalisation });
    expect(result.probability).not.toBeNull();
    expect(result.normalisation.isProvisional).toBe(isProvisional);
    expect(/Provisional/.test(result.because)).toBe(isProvisional);
  });
});

describe('probability and category', () => {
  // PAPER_CHECK 2: p(z = -1, 0, 1) and the z of p = .3, .5, .82
  it.each([
    [-1, '0.302'],
    [0, '0.516'],
    [1, '0.725'],
    [-1.008, '0.300'],
    [-0.072, '0.500'],
    [1.604, '0.820'],
  ])('z = %d is p = %s', (z, p) => {
    const result = at(z);
    expect(result.z).toBeCloseTo(z, 12);
    expect(result.probability?.toFixed(3)).toBe(p);
  });

  it('the cut-off lies at z = -0.3211, where the interval straddles it', () => {
    expect(at(-0.3211).probability).toBeCloseTo(0.4438, 4);
    expect(at(-0.3211).category).toBe('indeterminate');
  });

  it('a category is given only where the whole interval lies on one side', () => {
    for (let z = -3; z <= 3; z += 0.25) {
      const { category, interval } = at(z);
      const [low, high] = interval!;
      const expected = low >= 0.4438 ? 'positive' : high < 0.4438 ? 'negative' : 'indeterminate';
      expect(category).toBe(expected);
    }
    expect([at(-2).category, at(2).category]).toEqual(['negative', 'positive']);
  });

  it('is evaluated on unrounded values: at the cut-off itself is positive when nothing is uncertain', () => {
    const certain = { ...model, training: { ...model.training, n: 1e15 } };
    const z = (Math.log(0.6 / 0.4) - model.intercept) / model.coefficient;
    const cutOff = at(z, { model: certain }).probability!;
    expect(at(z + 1e-5, { model: { ...certain, cutOff } }).category).toBe('positive');
    expect(at(z - 1e-5, { model: { ...certain, cutOff } }).category).toBe('negative');
  });

  it("a local normalisation widens the interval beyond the coefficients' own", () => {
    const normalisation = local(20);
    const { normalisation: state } = at(0, { normalisation });
    const same: Normalisation = { kind: 'supplied', mean: state.mean!, sd: state.sd!, n: 20, source: 'x' };
    const width = (given: Normalisation) => {
      const [low, high] = at(0, { normalisation: given }).interval!;
      return high - low;
    };
    expect(width(normalisation)).toBeGreaterThan(1.1 * width(same));
  });
});

describe('not evaluable', () => {
  it.each([
    [null, 1, /at baseline/],
    [1, null, /at follow-up/],
    [Number.NaN, Number.POSITIVE_INFINITY, /at baseline and at follow-up/],
  ])('values %d and %d have no delta', (baselineValue, followUpValue, sentence) => {
    for (const normalisation of [supplied(), { kind: 'none' } as const]) {
      const result = score({ model, sha256, baselineValue, followUpValue, normalisation });
      expect(result).toMatchObject({ category: 'notEvaluable', delta: null, probability: null });
      expect(result.because).toMatch(sentence);
    }
  });
});

describe("the site's own prevalence", () => {
  it('shifts the logit, stands beside the published number and never changes it', () => {
    const plain = at(0.5);
    const shifted = at(0.5, { prevalence: 0.2 });
    expect(plain.priorShifted).toBeNull();
    expect({ ...shifted, priorShifted: null }).toEqual(plain);
    const odds = (p: number) => p / (1 - p);
    expect(odds(shifted.priorShifted!.probability)).toBeCloseTo(odds(plain.probability!) * 0.25, 12);
    expect(at(0.5, { prevalence: 0.5 }).priorShifted?.probability).toBeCloseTo(plain.probability!, 12);
  });
});

describe('the same inputs', () => {
  it('give the same result, bit for bit; other inputs give other draws', () => {
    const normalisation = local(30);
    expect(at(0.2, { normalisation })).toEqual(at(0.2, { normalisation }));
    expect(at(0.2, { sha256: 'other' }).interval).not.toEqual(at(0.2).interval);
  });
});
