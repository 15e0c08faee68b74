import { expect, it } from 'vitest';
import { slopeOf } from '../support/slope.ts';

it('the slope of a line is the line’s, and its interval that of a table by hand', () => {
  expect(slopeOf([3, 5, 7, 9])).toMatchObject({ perStep: 2, mean: 6 });
  // x 0..4, y 1, 3, 2, 5, 4: slope 0.8, residual sum of squares 3.6, t(0.975; 3) = 3.182446.
  const { perStep, low, high } = slopeOf([1, 3, 2, 5, 4]);
  expect(perStep).toBeCloseTo(0.8, 12);
  expect(high - perStep).toBeCloseTo(3.182446 * Math.sqrt(3.6 / 3 / 10), 5);
  expect(perStep - low).toBeCloseTo(high - perStep, 12);
});
