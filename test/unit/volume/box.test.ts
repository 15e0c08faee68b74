import { describe, expect, it } from 'vitest';
import { boundingBox, croppedMask, croppedVolume, widened } from '../../../src/volume/box.ts';
import type { Grid, Mask, Volume } from '../../../src/volume/volume.ts';

const grid: Grid = {
  size: [5, 4, 3],
  spacing: [0.5, 2, 3],
  origin: [10, 20, 30],
  direction: [-1, 0, 0, 0, 1, 0, 0, 0, 1],
};
const maskAt = (...places: (readonly [number, number, number])[]): Mask => {
  const voxels = new Uint8Array(60);
  for (const [x, y, z] of places) voxels[(z * 4 + y) * 5 + x] = 1;
  return { ...grid, voxels };
};

describe('the box around a region', () => {
  it('touches the outermost voxels on every axis', () => {
    expect(boundingBox(maskAt([1, 3, 0], [4, 2, 2]))).toEqual({ start: [1, 2, 0], size: [4, 2, 3] });
  });
  it('of one voxel is one voxel', () => {
    expect(boundingBox(maskAt([4, 3, 2]))).toEqual({ start: [4, 3, 2], size: [1, 1, 1] });
  });
  it('of an empty mask does not exist', () => {
    expect(boundingBox(maskAt())).toBeUndefined();
  });
  it('is widened only as far as the image goes', () => {
    expect(widened({ start: [1, 2, 0], size: [2, 1, 1] }, 2, grid.size)).toEqual({
      start: [0, 0, 0],
      size: [5, 4, 3],
    });
  });
});

describe('a cropped image', () => {
  const volume: Volume = { ...grid, voxels: Int16Array.from({ length: 60 }, (_, i) => i) };
  const box = { start: [1, 2, 1], size: [2, 2, 2] } as const;

  it('keeps its voxels where they were in the patient, also on a flipped axis', () => {
    const cropped = croppedVolume(volume, box);
    expect(cropped.origin).toEqual([9.5, 24, 33]);
    expect([...cropped.voxels]).toEqual([31, 32, 36, 37, 51, 52, 56, 57]);
  });
  it('keeps its number type', () => {
    expect(croppedVolume({ ...volume, voxels: new Float32Array(60) }, box).voxels).toBeInstanceOf(
      Float32Array,
    );
  });
  it('lies on the grid of its mask', () => {
    const cropped = croppedMask(maskAt([1, 2, 1]), box);
    expect(cropped.origin).toEqual([9.5, 24, 33]);
    expect([...cropped.voxels]).toEqual([1, 0, 0, 0, 0, 0, 0, 0]);
  });
});
