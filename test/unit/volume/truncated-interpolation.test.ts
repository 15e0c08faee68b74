import { describe, expect, it } from 'vitest';
import { fastestKernels } from '../../../src/kernels/fastest.ts';
import { plainKernels } from '../../../src/kernels/plain-kernels.ts';
import { bsplineCoefficients, exactSamples, samplesAt } from '../../../src/volume/bspline.ts';
import { bsplineTaps, type Taps } from '../../../src/volume/bspline-taps.ts';
import { resamplingGrid } from '../../../src/volume/resampling-grid.ts';
import { truncatedBspline } from '../../../src/volume/truncated-interpolation.ts';
import type { Grid, Triple } from '../../../src/volume/volume.ts';
import { seededRandom } from '../../support/seeded-phantom.ts';

const size: Triple = [34, 29, 23];
const grid: Grid = {
  size,
  spacing: [0.8, 0.9, 2.5],
  origin: [-120.3, 81.7, -310.5],
  direction: [1, 0, 0, 0, 1, 0, 0, 0, 1],
};

/** Axis-by-axis values against the 64-term sum from the whole image, truncated; returns how many differ. */
function differences(voxels: Int16Array, spacing: Triple, image: Grid = grid): number {
  const roi = { start: [8, 7, 0], size: [26, 12, 9] } as const;
  const resampling = resamplingGrid(image, roi, spacing, 5);
  const taps = resampling.positions.map((p, axis) => bsplineTaps(p, image.size[axis as 0])) as [
    Taps,
    Taps,
    Taps,
  ];
  const fast = truncatedBspline(voxels, image.size, resampling, taps, fastestKernels());
  const whole = bsplineCoefficients(
    voxels,
    image.size,
    { start: [0, 0, 0], size: image.size },
    fastestKernels(),
  );
  const [nx, ny, nz] = resampling.grid.size;
  expect(fast).toHaveLength(nx * ny * nz);
  const samples = samplesAt(Int32Array.from(fast.keys()), resampling.grid.size);
  const exact = exactSamples(whole, taps, samples, plainKernels);
  let different = 0;
  for (const [i, value] of exact.entries()) {
    if (fast[i] !== Math.max(-32768, Math.min(32767, Math.trunc(value)))) different++;
  }
  return different;
}

const filled = (value: (i: number) => number) =>
  Int16Array.from({ length: size[0] * size[1] * size[2] }, (_, i) => value(i));

describe('truncated interpolation, axis by axis, equals the 64-term sum bit for bit', () => {
  const random = seededRandom(11);
  const noisy = filled(() => Math.floor(random() * 3000) - 1000);

  it('on noise, with the slices kept', () => {
    expect(differences(noisy, [0.702, 0.702, 2.5])).toBe(0);
  });
  it('on noise, with all three axes interpolated', () => {
    expect(differences(noisy, [0.702, 1.3, 1.1])).toBe(0);
  });
  it('where samples coincide with voxels and every result is an integer', () => {
    expect(differences(noisy, [0.8, 0.3, 2.5])).toBe(0);
  });
  it('on flat areas, where the order of adding decides', () => {
    expect(
      differences(
        filled((i) => (i % 34 < 17 ? -1000 : 40)),
        [0.702, 0.702, 2.5],
      ),
    ).toBe(0);
    expect(
      differences(
        filled(() => 40),
        [0.702, 0.702, 2.5],
      ),
    ).toBe(0);
  });
  it('on values that overshoot the range of int16', () => {
    expect(
      differences(
        filled((i) => (Math.floor(i / 3) % 2 ? 32767 : -32768)),
        [0.3, 0.702, 2.5],
      ),
    ).toBe(0);
  });
  it('on flipped axes', () => {
    const flipped = { ...grid, direction: [-1, 0, 0, 0, -1, 0, 0, 0, 1] };
    expect(differences(noisy, [0.65, 0.702, 2.5], flipped)).toBe(0);
  });
});
