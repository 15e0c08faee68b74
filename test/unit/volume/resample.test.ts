import { describe, expect, it } from 'vitest';
import { boundingBox } from '../../../src/volume/box.ts';
import { type ResampleSettings, resample } from '../../../src/volume/resample.ts';
import type { Mask, Triple, Volume } from '../../../src/volume/volume.ts';
import { seededPhantom } from '../../support/seeded-phantom.ts';

const { volume, mask } = seededPhantom(3);
const by = (resampledPixelSpacing: Triple, padDistance: number): ResampleSettings => ({
  resampledPixelSpacing,
  padDistance,
  interpolator: 'sitkBSpline',
});
const asFloat: Volume = { ...volume, voxels: Float32Array.from(volume.voxels) };

describe('resampling', () => {
  it('truncates an int16 image toward zero and leaves a float32 image as interpolated', () => {
    const whole = resample(volume, mask, boundingBox(mask)!, by([0.702, 0.702, 0], 5)).volume.voxels;
    const float = resample(asFloat, mask, boundingBox(mask)!, by([0.702, 0.702, 0], 5)).volume.voxels;
    expect(whole).toBeInstanceOf(Int16Array);
    expect(float).toBeInstanceOf(Float32Array);
    // A value within float32 rounding of an integer may lie on either side of it.
    const wrong = [...float].filter(
      (v, i) => Math.abs(v - Math.round(v)) > 1e-3 && Math.trunc(v) !== whole[i],
    );
    expect(wrong).toEqual([]);
    expect(float.some((v) => v !== Math.trunc(v))).toBe(true);
  });
  it('puts image and mask on one grid around the region', () => {
    const {
      volume: image,
      mask: region,
      isInterpolated,
    } = resample(volume, mask, boundingBox(mask)!, by([0.702, 0.702, 0], 5));
    expect(isInterpolated).toBe(true);
    expect(region.size).toEqual(image.size);
    expect(region.origin).toEqual(image.origin);
    expect(image.spacing).toEqual([0.702, 0.702, 2.25]);
    expect(image.voxels).toHaveLength(image.size[0] * image.size[1] * image.size[2]);
  });
  it('only crops an image that has the spacing already', () => {
    const done = resample(volume, mask, boundingBox(mask)!, by([0.9, 0.8, 0], 2));
    expect(done.isInterpolated).toBe(false);
    expect(done.mask.voxels.reduce((n, v) => n + v, 0)).toBe(mask.voxels.reduce((n, v) => n + v, 0));
    expect(done.volume.size.every((n, axis) => n <= volume.size[axis]!)).toBe(true);
  });
  it('gives 0 beyond the last voxel, not the value next to it', () => {
    // 10 voxels of 0.65 mm make 9.26 of 0.702 mm: the tenth sample is centred past the edge.
    const grid = {
      size: [10, 10, 4],
      spacing: [0.65, 0.65, 5],
      origin: [0, 0, 0],
      direction: volume.direction,
    } as const;
    const image: Volume = { ...grid, voxels: new Int16Array(400).fill(-500) };
    const all: Mask = { ...grid, voxels: new Uint8Array(400).fill(1) };
    const done = resample(image, all, boundingBox(all)!, by([0.702, 0.702, 0], 5));
    expect(done.volume.size).toEqual([10, 10, 4]);
    expect(done.volume.voxels[9]).toBe(0);
    expect(done.mask.voxels[9]).toBe(0);
    expect(done.mask.voxels[8]).toBe(1);
  });
});
