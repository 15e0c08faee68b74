import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  chiSquaredTail,
  fisherExact,
  fQuantile,
  fTail,
  normalQuantile,
  normalTail,
  studentTwoSided,
} from '../../../../src/lab/statistics/distributions.ts';
import { proportion, wilson } from '../../../../src/lab/statistics/wilson.ts';
import { expectedOf } from '../../../support/lab-evaluation.ts';
import { describeWithReference } from '../../../support/reference.ts';

const near = (value: number, expected: number): void =>
  expect(Math.abs(value - expected) / Math.max(Math.abs(expected), 1e-300)).toBeLessThan(1e-9);

describeWithReference('tails and quantiles equal scipy to nine digits', (folder) => {
  const unit = () => expectedOf(folder).unit;

  it('chi-squared, F and normal', () => {
    for (const [x, p] of unit().chi2_sf_df1) near(chiSquaredTail(x, 1), p);
    for (const [x, p] of unit().f_sf_1_132) near(fTail(x, 1, 132), p);
    for (const [p, x] of unit().norm_ppf) {
      if (x === 0) expect(normalQuantile(p)).toBeCloseTo(0, 9);
      else near(normalQuantile(p), x);
    }
  });
});

describe('distributions', () => {
  it.each([
    ['chi-squared 3.2, df 8', chiSquaredTail(3.2, 8), 0.921_186_512_770_281_1],
    ['chi-squared 40, df 8', chiSquaredTail(40, 8), 3.203_719_780_476_998e-6],
    ['F 2.2, df 3 and 40', fTail(2.2, 3, 40), 0.103_018_335_122_636_03],
    ['F quantile .975, df 5 and 15', fQuantile(0.975, 5, 15), 3.576_415_349_279_060_7],
    ['F quantile .975, df 3.7 and 5', fQuantile(0.975, 3.7, 5), 7.482_187_800_098_079],
    ['F quantile .025, df 12 and 2.5', fQuantile(0.025, 12, 2.5), 0.211_213_289_064_758_67],
    ["Student's t 2.1, df 17.3", studentTwoSided(2.1, 17.3), 0.050_688_223_022_867_55],
    ["Student's t -0.3, df 1", studentTwoSided(-0.3, 1), 0.814_452_841_844_515_4],
    ["Student's t 8, df 130", studentTwoSided(8, 130), 5.993_799_088_556_348e-13],
    ['normal 6', normalTail(6), 9.865_876_450_376_946e-10],
    ['normal -1.3', normalTail(-1.3), 0.903_199_515_414_389_7],
    ['Fisher 8 2 1 5', fisherExact(8, 2, 1, 5), 0.034_965_034_965_034_975],
    ['Fisher 30 37 12 17', fisherExact(30, 37, 12, 17), 0.824_953_190_696_339_7],
    ['Fisher 0 5 5 0', fisherExact(0, 5, 5, 0), 0.007_936_507_936_507_938],
    ['Fisher 3 3 3 3', fisherExact(3, 3, 3, 3), 1],
  ])('%s equals scipy', (_, value, expected) => near(value, expected));

  it('F quantiles undo F tails', () => {
    const degrees = fc.double({ min: 1, max: 60, noNaN: true });
    fc.assert(
      fc.property(fc.double({ min: 0.01, max: 0.99, noNaN: true }), degrees, degrees, (p, d1, d2) => {
        near(fTail(fQuantile(p, d1, d2), d1, d2), 1 - p);
      }),
    );
  });
});

describe('the Wilson interval', () => {
  it('lies in 0 to 1, holds the proportion, and mirrors', () => {
    fc.assert(
      fc.property(fc.nat(200), fc.nat(200), (x, rest) => {
        const n = x + rest;
        fc.pre(n > 0);
        const [low, high] = wilson(x, n);
        expect(low).toBeGreaterThanOrEqual(0);
        expect(high).toBeLessThanOrEqual(1);
        expect(low).toBeLessThanOrEqual(x / n);
        expect(high).toBeGreaterThanOrEqual(x / n);
        expect(wilson(rest, n)[0]).toBeCloseTo(1 - high, 12);
      }),
    );
  });

  it('has its bounds where the score test of the bound is just significant', () => {
    const [low] = wilson(21, 29);
    expect((21 / 29 - low) / Math.sqrt((low * (1 - low)) / 29)).toBeCloseTo(normalQuantile(0.975), 9);
  });

  it('is none without a denominator', () => expect(proportion(0, 0)).toBeNull());
});
