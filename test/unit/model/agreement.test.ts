import { expect, test } from 'vitest';
import { agreementOf } from '../../../src/model/agreement.ts';
import { binsOf } from '../../../src/model/bins.ts';
import { modelCard } from '../../../src/model/model-card.ts';
import { seededRandom } from '../../../src/model/random.ts';
import { score } from '../../../src/model/score.ts';
import { shippedModel } from '../../support/shipped-model.ts';

const { model, sha256 } = shippedModel();
const scored = (delta: number, mean: number, feature = model.feature) =>
  score({
    model: { ...model, feature },
    sha256,
    baselineValue: 0,
    followUpValue: delta,
    normalisation: { kind: 'supplied', mean, sd: 1, n: 1000, source: 'test' },
  });

test('agreement counts what both say, and how far their probabilities are apart', () => {
  const pair = (delta: number) => ({ active: scored(delta, 0), shadow: scored(delta, 2) });
  const found = agreementOf([pair(-3), pair(2.5), pair(2.5)]);
  expect(found).toMatchObject({ n: 3, delta: { n: 3, mean: 0, sd: 0, largest: 0 } });
  const { active, shadow } = pair(2.5);
  expect(found.categories[0]).toEqual({ active: active.category, shadow: shadow.category, n: 2 });
  expect(found.probability?.n).toBe(3);
  expect(found.probability?.largest).toBeCloseTo(shadow.probability! - active.probability!, 12);
});

test('a positive of one that is a negative of the other is opposed; deltas of two features are not compared', () => {
  const found = agreementOf([{ active: scored(2, 0), shadow: scored(2, 5, 'original_glcm_Contrast') }]);
  expect(found).toMatchObject({ n: 1, same: 0, opposed: 1, delta: null });
  expect(agreementOf([])).toEqual({
    n: 0,
    categories: [],
    same: 0,
    opposed: 0,
    probability: null,
    delta: null,
  });
});

test('bins hold every value once, from the smallest to the largest', () => {
  const random = seededRandom('b1'.repeat(32));
  const values = Array.from({ length: 500 }, () => random.normal());
  const bins = binsOf(values);
  expect(bins.reduce((sum, { count }) => sum + count, 0)).toBe(500);
  expect(bins[0]?.from).toBe(Math.min(...values));
  expect(bins.at(-1)?.to).toBe(Math.max(...values));
  expect(binsOf([])).toEqual([]);
  expect(binsOf([2, 2, Number.NaN])).toEqual([{ from: 2, to: 2, count: 2 }]);
  expect(binsOf([0, 0, 0, 0, 1e9])).toHaveLength(30);
});

test('the card of the shipped model tells the figures of the paper; a model of another site does not borrow them', () => {
  const card = modelCard(model, sha256);
  expect(card.features).toEqual([{ name: model.feature, coefficient: 0.90483 }]);
  expect(card.published.map(({ auc }) => auc)).toEqual([0.73, 0.704, 0.661]);
  expect(modelCard({ ...model, intercept: 0.1 }, sha256).published).toEqual([]);
});
