import { describe, expect, it } from 'vitest';
import { labelMask, onGridOf } from '../../../../src/volume/formats/label-mask.ts';
import type { Volume } from '../../../../src/volume/volume.ts';

const image: Volume = {
  size: [4, 4, 2],
  spacing: [1, 1, 2],
  origin: [0, 0, 0],
  direction: [1, 0, 0, 0, 1, 0, 0, 0, 1],
  voxels: new Int16Array(32),
};
const labels = {
  ...image,
  voxels: Uint8Array.from({ length: 32 }, (_, i) => (i === 5 ? 1 : i === 6 ? 3 : 0)),
};
const STRICT = { correctMask: false, geometryTolerance: 1e-6, label: 1 };
const fault = (code: string, text = '') =>
  expect.objectContaining({ code, detail: expect.stringContaining(text) });

describe('a label of a mask file', () => {
  it('is 1 where the voxel is it', () => {
    expect(labelMask(labels, 3).voxels.indexOf(1)).toBe(6);
    expect(labelMask({ ...labels, voxels: Float32Array.from(labels.voxels) }, 3).voxels.indexOf(1)).toBe(6);
  });
  it('that is missing is refused with those that are there', () => {
    expect(() => labelMask(labels, 2)).toThrow(fault('MASK_LABEL_MISSING', 'there is 1, 3'));
    expect(() => labelMask(image, 1)).toThrow(fault('MASK_EMPTY'));
  });
});

describe('a mask on the grid of the image', () => {
  it('is taken as it is, within the tolerance', () => {
    const near = { ...labels, origin: [1e-7, 0, 0] as const };
    expect(onGridOf(image, near, STRICT).voxels).toBe(labels.voxels);
  });
  it.each([
    ['size', { ...labels, size: [4, 2, 4] as const }, 'voxels'],
    ['spacing', { ...labels, spacing: [1, 1, 2.1] as const }, 'spacing'],
    ['origin', { ...labels, origin: [0, 0.1, 0] as const }, 'origin'],
    ['direction', { ...labels, direction: [-1, 0, 0, 0, -1, 0, 0, 0, 1] }, 'directions'],
  ])('of another %s is refused and told why', (_, mask, text) => {
    expect(() => onGridOf(image, mask, STRICT)).toThrow(fault('IMAGE_MASK_GEOMETRY', text));
  });
  it('is resampled where the settings allow it: nearest label, flipped axes too', () => {
    const flipped = { ...labels, origin: [3, 3, 0] as const, direction: [-1, 0, 0, 0, -1, 0, 0, 0, 1] };
    const { voxels } = onGridOf(image, flipped, { ...STRICT, correctMask: true });
    expect(voxels[2 + 4 * 2]).toBe(1);
    expect(voxels[1 + 4 * 2]).toBe(3);
    const shifted = { ...labels, origin: [1, 0, 0] as const };
    expect(onGridOf(image, shifted, { ...STRICT, correctMask: true }).voxels[6]).toBe(1);
  });
  it('of which a part lies outside the image is refused, not cut', () => {
    const half = { ...labels, origin: [2.2, 0, 0] as const };
    expect(() => onGridOf(image, half, { ...STRICT, correctMask: true })).toThrow(
      fault('MASK_OUTSIDE', 'beyond'),
    );
  });
  it('without the label that was asked for is refused, whatever other labels do', () => {
    const shifted = { ...labels, origin: [0.1, 0, 0] as const };
    expect(() => onGridOf(image, shifted, { ...STRICT, correctMask: true, label: 2 })).toThrow(
      fault('MASK_LABEL_MISSING', 'there is 1, 3'),
    );
  });
  it('that lies outside the image is refused', () => {
    const far = { ...labels, origin: [500, 0, 0] as const };
    expect(() => onGridOf(image, far, { ...STRICT, correctMask: true })).toThrow(fault('MASK_OUTSIDE'));
  });
});
