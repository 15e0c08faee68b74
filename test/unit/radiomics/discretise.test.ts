import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  binEdges,
  discretise,
  type Levels,
  levelsGiven,
  rangeOf,
  withBorder,
} from '../../../src/radiomics/discretise.ts';

const levelsInside = ({ voxels, inside }: Levels) => [...inside].map((place) => voxels[place]);
const line = (values: ArrayLike<number>, edges: Float64Array) =>
  levelsInside(
    discretise(
      Float64Array.from(values),
      withBorder(
        Int32Array.from(values, (_, i) => i),
        [values.length, 1, 1],
      ),
      edges,
    ),
  );

describe('50 bins', () => {
  it('put minimum into the first and maximum into the last, and each edge into the bin above it', () => {
    const edges = binEdges({ minimum: 0, maximum: 100 }, { binCount: 50 }, false);
    expect(edges.slice(0, 3)).toEqual(Float64Array.of(0, 2, 4));
    expect(edges.at(-1)).toBe(101);
    expect(line(Int16Array.of(0, 1, 2, 3, 97, 98, 100), edges)).toEqual([1, 1, 2, 2, 49, 50, 50]);
  });
  it('give a flat region level 26', () => {
    const range = rangeOf([40, 40])!;
    expect(line(Int16Array.of(40, 40), binEdges(range, { binCount: 50 }, false))).toEqual([26, 26]);
  });
  it('have float32 edges on a float32 image', () => {
    const edges = binEdges({ minimum: Math.fround(-1.1), maximum: Math.fround(7.3) }, { binCount: 50 }, true);
    expect(Float64Array.from(edges, Math.fround)).toEqual(edges);
    expect(edges[50]).toBe(Math.fround(Math.fround(7.3) + 1));
  });
  it('give every voxel the number of edges that are not above it', () => {
    void fc.assert(
      fc.property(
        fc.float32Array({ minLength: 2, maxLength: 40, min: -3000, max: 3000, noNaN: true }),
        (values) => {
          const edges = binEdges(rangeOf(values)!, { binCount: 50 }, true);
          expect(line(values, edges)).toEqual(
            [...values].map((v) => edges.filter((edge) => edge <= v).length),
          );
        },
      ),
    );
  });
});

describe('bins of a fixed width', () => {
  it('lie at multiples of the width, also below zero', () => {
    const edges = binEdges({ minimum: -30, maximum: 26 }, { binWidth: 25 }, false);
    expect([...edges]).toEqual([-50, -25, 0, 25, 50, 75]);
    expect(line(Int16Array.of(-30, -25, 0, 24, 26), edges)).toEqual([1, 2, 3, 3, 4]);
  });
  it('are those of numpy.arange for a width that is no binary fraction, in double precision for float32 too', () => {
    const edges = binEdges({ minimum: -7, maximum: -3 }, { binWidth: 0.7 }, true);
    // numpy.arange(-7 - (-7 % 0.7), -3 + 2 * 0.7, 0.7)
    expect([...edges]).toEqual([
      -7.699999999999999, -6.999999999999999, -6.299999999999999, -5.599999999999999, -4.899999999999999,
      -4.199999999999998, -3.4999999999999982, -2.799999999999998, -2.099999999999998,
    ]);
  });
  it('can be more than a byte counts', () => {
    const values = Int16Array.of(-1000, 0, 3000);
    const edges = binEdges({ minimum: -1000, maximum: 3000 }, { binWidth: 1 }, false);
    expect(line(values, edges)).toEqual([1, 1001, 4001]);
  });
});

it.each([253, 254, 255, 256])(
  'a maximum above every edge has a level of its own, of %i bins too',
  (binCount) => {
    const edges = binEdges({ minimum: 0, maximum: 2 ** 25 }, { binCount }, true);
    expect(line([0, 2 ** 25], edges)).toEqual([1, binCount + 1]);
  },
);

describe('a region', () => {
  it('without voxels has no range and no levels', () => {
    expect(rangeOf([])).toBeUndefined();
    const edges = binEdges({ minimum: 1, maximum: 2 }, { binCount: 50 }, false);
    expect(discretise(new Float64Array(0), withBorder(new Int32Array(0), [2, 1, 1]), edges)).toMatchObject({
      highest: 0,
    });
  });
  it('keeps voxels outside it at level 0', () => {
    const levels = levelsGiven([1, 0, 3, 2], [2, 2, 1]);
    expect(levelsInside(levels)).toEqual([1, 3, 2]);
    expect(levels.highest).toBe(3);
    expect(levels.voxels.filter((v) => v > 0)).toHaveLength(3);
  });
});
