import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { recursiveGaussian } from '../../../src/kernels/plain-gaussian.ts';
import { laplacianOfGaussian, whyNoLog } from '../../../src/radiomics/log-filter.ts';
import { secondDerivative, smoothing } from '../../../src/radiomics/recursive-gaussian.ts';
import type { Triple, Volume } from '../../../src/volume/volume.ts';
import { seededPhantom } from '../../support/seeded-phantom.ts';

const filtered = (filter: ReturnType<typeof smoothing>, line: readonly number[]) => {
  const output = new Float64Array(line.length);
  recursiveGaussian(filter, line.length, [0, line.length]).apply(Float64Array.from(line), 1, output);
  return output;
};
const parts = {
  sigma: fc.double({ min: 0.8, max: 6, noNaN: true }),
  mm: fc.double({ min: 0.4, max: 3, noNaN: true }),
};

describe('the recursive Gaussian', () => {
  it('leaves a constant line as it is, up to its edges', () => {
    void fc.assert(
      fc.property(parts.sigma, parts.mm, fc.integer({ min: 4, max: 60 }), (sigma, mm, n) => {
        for (const v of filtered(smoothing(sigma, mm), new Array(n).fill(-812)))
          expect(v).toBeCloseTo(-812, 7);
      }),
    );
  });
  it('has no second derivative on a constant line', () => {
    void fc.assert(
      fc.property(parts.sigma, parts.mm, fc.integer({ min: 4, max: 60 }), (sigma, mm, n) => {
        for (const v of filtered(secondDerivative(sigma, mm), new Array(n).fill(40)))
          expect(v).toBeCloseTo(0, 7);
      }),
    );
  });
  it('gives sigma squared times 2 for a parabola, far from the edges', () => {
    const line = Array.from({ length: 401 }, (_, i) => ((i - 200) * 0.7) ** 2);
    // The derivative is per voxel: a parabola of 0.7 mm voxels has 2 * 0.7 ^ 2.
    expect(filtered(secondDerivative(3, 0.7), line)[200]).toBeCloseTo(9 * 2 * 0.49, 4);
  });
  it('treats a line and its mirror image alike', () => {
    const line = [3, -7, 12, 4, 4, 90, -30, 2, 8];
    const there = filtered(smoothing(1.5, 0.702), line);
    const back = filtered(smoothing(1.5, 0.702), line.toReversed()).toReversed();
    for (const [i, v] of there.entries()) expect(v).toBeCloseTo(back[i]!, 4);
  });
});

describe('the Laplacian of Gaussian', () => {
  const { volume } = seededPhantom(5);

  it('inside a box has the same bits as of the whole image', () => {
    const box = { start: [7, 3, 2], size: [11, 20, 9] } as const;
    const whole = laplacianOfGaussian(volume, 3);
    const part = laplacianOfGaussian(volume, 3, box);
    const [nx, ny] = volume.size;
    let i = 0;
    for (let z = 2; z < 11; z++) {
      for (let y = 3; y < 23; y++)
        for (let x = 7; x < 18; x++, i++) expect(part[i]).toBe(whole[(z * ny + y) * nx + x]);
    }
    expect(part).toHaveLength(i);
  });
  it('of a double image starts from the doubles: what float32 cannot hold is seen', () => {
    const steps = Float64Array.from({ length: 1000 }, (_, i) => 2 ** 25 + (i % 10) ** 2);
    const cube: Volume = { ...volume, size: [10, 10, 10], spacing: [1, 1, 1], voxels: steps };
    const lower = { ...cube, voxels: steps.map((value) => value - 2 ** 25) };
    const [high, low] = [laplacianOfGaussian(cube, 2), laplacianOfGaussian(lower, 2)];
    const middle = 5 + 10 * (5 + 10 * 5);
    // the later passes round to float32, but the first one is of a line without its mean
    expect(high[middle]).toBeCloseTo(low[middle]!, 3);
    const rounded = laplacianOfGaussian({ ...cube, voxels: Float32Array.from(steps) }, 2);
    expect(Math.abs(rounded[middle]! - low[middle]!)).toBeGreaterThan(0.01);
    expect(laplacianOfGaussian({ ...cube, voxels: Int32Array.from(steps) }, 2)).toEqual(high);
  });
  it('of a bright ball is negative in its middle', () => {
    const size: Triple = [25, 25, 25];
    const voxels = Int16Array.from({ length: 25 ** 3 }, (_, i) => {
      const at = [i % 25, Math.floor(i / 25) % 25, Math.floor(i / 625)];
      return Math.hypot(...at.map((v) => v - 12)) < 4 ? 100 : -800;
    });
    const ball: Volume = { ...volume, size, spacing: [1, 1, 1], voxels };
    expect(laplacianOfGaussian(ball, 3)[(12 * 25 + 12) * 25 + 12]).toBeLessThan(-100);
  });
  it('does not exist on fewer than 4 voxels, nor for a sigma that does not fit', () => {
    expect(whyNoLog([20, 20, 3], [1, 1, 5], 1.5)).toMatch(/fewer than 4/);
    expect(whyNoLog([20, 20, 5], [1, 1, 1], 5)).toMatch(/too small for sigma 5/);
    expect(whyNoLog([20, 20, 6], [1, 1, 1], 5)).toBeUndefined();
    expect(whyNoLog([20, 20, 20], [1, 1, 1], 0)).toMatch(/not positive/);
  });
});
