import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fisherExact } from '../../../../src/lab/statistics/distributions.ts';
import {
  type Counts,
  fisherEffort,
  fisherFreemanHalton,
  leastExpected,
  mannWhitney,
  normality,
  pearsonChiSquared,
  welch,
} from '../../../../src/lab/statistics/two-groups.ts';

// Expected p are scipy 1.10.1's.
const A = [
  54.8, 50.1, 59.8, 65.8, 72.2, 63.0, 57.0, 54.9, 68.7, 76.7, 64.5, 50.9, 53.4, 76.4, 63.8, 46.4, 61.2, 51.5,
  56.3, 57.6, 55.6, 67.0, 61.4, 56.7, 65.7, 69.5, 47.2, 59.7, 53.2, 60.4,
];
const B = [
  45.8, 60.2, 59.6, 56.7, 48.5, 55.6, 48.0, 45.1, 62.5, 47.8, 72.9, 67.9, 38.0, 63.0, 47.9, 60.4, 60.5, 38.1,
  57.4, 57.2, 70.6,
];
const C = [1, 1, 2, 2, 3, 5, 8, 13, 40, 2, 3, 3, 4, 9, 1];
const D = [2, 4, 4, 6, 8, 8, 11, 30, 55, 3];

describe('tests of two groups', () => {
  it('equal scipy', () => {
    expect(welch(A, B)).toBeCloseTo(0.08101753396716876, 10);
    expect(mannWhitney(C, D)).toBeCloseTo(0.07872053535000456, 10);
    expect(normality(A)).toBeCloseTo(0.6375580927069153, 10);
    expect(normality(B)).toBeCloseTo(0.8031955742249326, 10);
    expect(normality([...C, ...D])).toBeCloseTo(5.546644329978035e-7, 15);
    expect(
      pearsonChiSquared([
        [30, 12],
        [20, 10],
        [17, 7],
      ]),
    ).toBeCloseTo(0.9027176848784588, 10);
    expect(
      fisherFreemanHalton([
        [8, 2],
        [1, 5],
      ]),
    ).toBeCloseTo(0.034965034965034975, 12);
  });

  it('adds up every table of several categories, as an enumeration in exact integers does', () => {
    expect(
      fisherFreemanHalton([
        [5, 1],
        [3, 4],
        [1, 4],
        [2, 0],
      ]),
    ).toBeCloseTo(0.10395332221957605, 12);
  });

  it('has no p where nothing can be compared', () => {
    expect(welch([1], [2, 3])).toBeNull();
    expect(welch([1, 1], [1, 1])).toBeNull();
    expect(mannWhitney([], [1])).toBeNull();
    expect(mannWhitney([2, 2], [2])).toBeNull();
    expect(normality(C)).toBeNull();
    expect(normality(new Array(30).fill(4))).toBeNull();
  });

  it('knows the least expected count and the number of tables', () => {
    expect(
      leastExpected([
        [8, 2],
        [1, 5],
      ]),
    ).toBe((6 * 7) / 16);
    expect(
      fisherEffort([
        [8, 2],
        [1, 5],
      ]),
    ).toBe(7);
  });

  it('equals the exact test of two categories, and does not mind the order', () => {
    const count = fc.integer({ min: 0, max: 15 });
    fc.assert(
      fc.property(count, count, count, count, (a, b, c, d) => {
        fc.pre(a + b > 0 && c + d > 0 && a + c > 0 && b + d > 0);
        expect(
          fisherFreemanHalton([
            [a, b],
            [c, d],
          ]),
        ).toBeCloseTo(fisherExact(a, b, c, d), 10);
        const counts: Counts = [
          [a, b],
          [c, d],
          [b + 1, a],
        ];
        const p = fisherFreemanHalton(counts);
        expect(p).toBeGreaterThan(0);
        expect(p).toBeLessThanOrEqual(1);
        expect(fisherFreemanHalton(counts.toReversed())).toBeCloseTo(p, 10);
        expect(fisherFreemanHalton(counts.map(([one, other]) => [other, one] as const))).toBeCloseTo(p, 10);
      }),
    );
  });

  it('is the same with the groups changed round', () => {
    const values = fc.array(fc.integer({ min: -20, max: 20 }), { minLength: 2, maxLength: 20 });
    fc.assert(
      fc.property(values, values, (a, b) => {
        for (const test of [welch, mannWhitney]) {
          const p = test(a, b);
          expect(p === null || (p >= 0 && p <= 1)).toBe(true);
          expect(test(b, a) ?? -1).toBeCloseTo(p ?? -1, 10);
        }
      }),
    );
  });
});
