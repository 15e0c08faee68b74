import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { delong } from '../../../src/lab/statistics/delong.ts';
import { midRanks } from '../../../src/lab/statistics/mid-ranks.ts';
import { readFeatureTable } from '../../../src/lab/table/read-feature-table.ts';
import { describeWithReference } from '../../support/reference.ts';
import { readJson } from '../../support/reference-cases.ts';

/** By the definition: every pair of a positive and a negative. */
function byPairs(labels: Uint8Array, scores: Float64Array) {
  const positives = [...scores].filter((_, i) => labels[i] === 1);
  const negatives = [...scores].filter((_, i) => labels[i] === 0);
  const psi = (x: number, y: number) => (x > y ? 1 : x === y ? 0.5 : 0);
  const mean = (list: number[]) => list.reduce((sum, each) => sum + each, 0) / list.length;
  const variance = (list: number[]) =>
    list.reduce((sum, each) => sum + (each - mean(list)) ** 2, 0) / (list.length - 1);
  const ofPositives = positives.map((x) => mean(negatives.map((y) => psi(x, y))));
  const ofNegatives = negatives.map((y) => mean(positives.map((x) => psi(x, y))));
  return {
    auc: mean(ofPositives),
    variance: variance(ofPositives) / positives.length + variance(ofNegatives) / negatives.length,
  };
}

it('equal values share the mean of their ranks', () => {
  expect([...midRanks(Float64Array.of(3, 1, 3, -2, 3, 1))]).toEqual([5, 2.5, 5, 1, 5, 2.5]);
  expect([...midRanks(new Float64Array(0))]).toEqual([]);
});

it('area and variance are those of all pairs, ties included', () => {
  let seed = 5;
  const next = () => {
    seed = (seed * 16807) % 2147483647;
    return seed / 2147483647;
  };
  for (let round = 0; round < 50; round++) {
    const n = 6 + Math.floor(next() * 40);
    const labels = Uint8Array.from({ length: n }, (_, i) => (i < 2 ? 1 : i < 4 ? 0 : Number(next() < 0.4)));
    const scores = Float64Array.from({ length: n }, () => Math.floor(next() * 12) / 7);
    const expected = byPairs(labels, scores);
    expect(delong(labels, scores).auc).toBeCloseTo(expected.auc, 12);
    expect(delong(labels, scores).variance).toBeCloseTo(expected.variance, 12);
  }
});

it('one class has no area', () => {
  expect(delong(Uint8Array.of(1, 1), Float64Array.of(1, 2)).auc).toBeNaN();
});

describeWithReference('DeLong against the reference', (folder) => {
  it('the area of a model on the training set and its standard error', () => {
    const { evaluation } = readJson<{
      evaluation: { cv_choice_max: { train: { p: number[]; auc: number; delong: { se: number } } } };
    }>(folder, 'model-lab', 'expected.json');
    const { p, auc, delong: theirs } = evaluation.cv_choice_max.train;
    const table = readFeatureTable(readFileSync(join(folder, 'model-lab/train.csv'), 'utf8'));
    const ours = delong(
      Uint8Array.from(table.rows, ({ label }) => label!),
      Float64Array.from(p),
    );
    expect(Math.abs(ours.auc - auc)).toBeLessThan(1e-12);
    expect(Math.abs(Math.sqrt(ours.variance) - theirs.se)).toBeLessThan(1e-12);
  });
});
