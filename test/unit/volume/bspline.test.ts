import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fastestKernels } from '../../../src/kernels/fastest.ts';
import { plainKernels } from '../../../src/kernels/plain-kernels.ts';
import { bsplineCoefficients, exactSamples, samplesAt } from '../../../src/volume/bspline.ts';
import { bsplineTaps } from '../../../src/volume/bspline-taps.ts';
import type { Triple } from '../../../src/volume/volume.ts';
import { seededRandom } from '../../support/seeded-phantom.ts';

const noise = (size: Triple, seed: number): Int16Array => {
  const random = seededRandom(seed);
  return Int16Array.from({ length: size[0] * size[1] * size[2] }, () => Math.floor(random() * 4000) - 1000);
};
const bits = (values: Float64Array) => Buffer.from(values.buffer, values.byteOffset, values.byteLength);

describe('B-spline coefficients of a part of an image', () => {
  it('have the same bits as those of the whole image', () => {
    const size: Triple = [130, 101, 97];
    const voxels = noise(size, 7);
    const support = { start: [60, 45, 44], size: [9, 8, 7] } as const;
    const windowed = bsplineCoefficients(voxels, size, support, fastestKernels());
    const whole = bsplineCoefficients(voxels, size, support, fastestKernels(), Number.POSITIVE_INFINITY);
    expect(bits(windowed.values).equals(bits(whole.values))).toBe(true);
    expect(windowed.values).toHaveLength(9 * 8 * 7);
  });
  it('differ when the window is too narrow: the comparison can fail', () => {
    const size: Triple = [130, 3, 3];
    const voxels = noise(size, 8);
    const support = { start: [60, 0, 0], size: [9, 3, 3] } as const;
    const narrow = bsplineCoefficients(voxels, size, support, fastestKernels(), 6);
    const whole = bsplineCoefficients(voxels, size, support, fastestKernels(), Number.POSITIVE_INFINITY);
    expect(bits(narrow.values).equals(bits(whole.values))).toBe(false);
  });
});

describe('cubic B-spline interpolation', () => {
  it('gives the voxels back at their centres, also on axes of one, two and few voxels', () => {
    void fc.assert(
      fc.property(
        fc.tuple(
          fc.integer({ min: 1, max: 24 }),
          fc.integer({ min: 1, max: 20 }),
          fc.integer({ min: 1, max: 3 }),
        ),
        fc.integer({ min: 0, max: 1e6 }),
        (dimensions, seed) => {
          const size = dimensions as unknown as Triple;
          const voxels = noise(size, seed);
          const taps = size.map((n) =>
            bsplineTaps(
              Float64Array.from({ length: n }, (_, i) => i),
              n,
            ),
          ) as [
            ReturnType<typeof bsplineTaps>,
            ReturnType<typeof bsplineTaps>,
            ReturnType<typeof bsplineTaps>,
          ];
          const coefficients = bsplineCoefficients(
            voxels,
            size,
            { start: [0, 0, 0], size },
            fastestKernels(),
          );
          const samples = samplesAt(Int32Array.from(voxels.keys()), size);
          const values = exactSamples(coefficients, taps, samples, fastestKernels());
          for (const [i, value] of values.entries()) {
            expect(Math.abs(value - voxels[i]!)).toBeLessThan(1e-5);
          }
          const plain = exactSamples(coefficients, taps, samples, plainKernels);
          expect(Buffer.from(values.buffer).equals(Buffer.from(plain.buffer))).toBe(true);
        },
      ),
      { numRuns: 25 },
    );
  });
});

describe('what a sample reads', () => {
  it('is mirrored at the ends of the axis', () => {
    expect([...bsplineTaps(Float64Array.of(-0.25, 8.75), 10).index]).toEqual([2, 1, 0, 1, 7, 8, 9, 8]);
  });
  it('is nothing outside the image: half a voxel beyond the first centre is in, beyond the last is out', () => {
    const { weight, nearest } = bsplineTaps(Float64Array.of(-0.5, -0.51, 9.49, 9.5, Number.NaN), 10);
    expect([...nearest]).toEqual([0, -1, 9, -1, -1]);
    expect([...weight.subarray(4, 8), ...weight.subarray(12)]).toEqual(new Array(12).fill(0));
  });
  it('has weights that add up to one', () => {
    void fc.assert(
      fc.property(fc.double({ min: -0.5, max: 40, noNaN: true }), (at) => {
        const { weight } = bsplineTaps(Float64Array.of(at), 41);
        expect(weight.reduce((sum, w) => sum + w, 0)).toBeCloseTo(1, 12);
      }),
    );
  });
});
