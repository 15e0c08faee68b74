import { expect, it } from 'vitest';
import { slopeOf } from '../support/slope.ts';

it('the slope of a line is the line’s, whatever a few outliers are, and its interval that of a table by hand', () => {
  expect(slopeOf([3, 5, 7, 9])).toEqual({ perStep: 2, low: 2, high: 2, median: 6 });
  expect(slopeOf([0, 1, 2, 300, 4, 5, 6, 7]).perStep).toBe(1);
  // 1, 3, 2, 5, 4: of ten pairs the slopes are -1 twice, 1/2, 2/3, 3/4, 1 twice, 4/3, 2 and 3; Kendall's 1.96 s is 8.002.
  const { perStep, low, high, median } = slopeOf([1, 3, 2, 5, 4]);
  expect([perStep, low, high, median]).toEqual([(3 / 4 + 1) / 2, -1, 3, 3]);
});
