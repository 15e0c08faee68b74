import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { orderStatistics } from '../../../../src/radiomics/families/order-statistics.ts';

const values = fc.oneof(
  fc.array(fc.double({ noNaN: true, noDefaultInfinity: true }), { minLength: 1, maxLength: 300 }),
  fc.array(fc.integer({ min: -3, max: 3 }), { minLength: 1, maxLength: 300 }),
  // one far away, the others in one bucket
  fc
    .array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 300 })
    .map((many) => [...many, 1e9]),
);

it('gives what a sorted array has at each rank', () => {
  void fc.assert(
    fc.property(values, fc.array(fc.nat(), { minLength: 1, maxLength: 8 }), (list, seeds) => {
      const given = Float64Array.from(list);
      const ranks = seeds.map((seed) => seed % list.length);
      const sorted = given.slice().sort();
      const found = orderStatistics(given, ranks);
      for (const rank of ranks) expect(found.get(rank)).toBe(sorted[rank]);
      expect(Array.from(given)).toEqual(list);
    }),
  );
});
