import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Box } from '../../../src/volume/box.ts';
import { newSpacing, resamplingGrid } from '../../../src/volume/resampling-grid.ts';
import type { Grid, Triple } from '../../../src/volume/volume.ts';

const straight = [1, 0, 0, 0, 1, 0, 0, 0, 1];
const grid: Grid = {
  size: [40, 30, 20],
  spacing: [0.8, 0.8, 2.5],
  origin: [-12.5, 33, -300],
  direction: straight,
};
const roi: Box = { start: [10, 9, 5], size: [12, 10, 6] };

describe('the spacing to resample to', () => {
  it('keeps the slice spacing where 0 is asked for', () => {
    expect(newSpacing(grid, roi, [0.702, 0.702, 0])).toEqual([0.702, 0.702, 2.5]);
  });
  it('keeps the spacing of an axis on which the region is one voxel thick', () => {
    expect(newSpacing(grid, { ...roi, size: [12, 10, 1] }, [0.702, 0.702, 1])).toEqual([0.702, 0.702, 2.5]);
  });
  it('is none when the image has it already, to five digits', () => {
    expect(newSpacing({ ...grid, spacing: [0.702, 0.702001, 2.5] }, roi, [0.702, 0.702, 0])).toBeUndefined();
    expect(newSpacing({ ...grid, spacing: [0.702, 0.70202, 2.5] }, roi, [0.702, 0.702, 0])).toBeDefined();
  });
});

describe('the grid to resample to', () => {
  it('shares the outer corner of the first voxel with the image', () => {
    const { grid: target } = resamplingGrid(grid, { start: [0, 0, 0], size: grid.size }, [0.5, 1.6, 2.5], 5);
    expect(target.origin[0] - 0.5 / 2).toBeCloseTo(-12.5 - 0.8 / 2, 12);
    expect(target.origin[1] - 1.6 / 2).toBeCloseTo(33 - 0.8 / 2, 12);
    expect(target.origin[2]).toBe(-300);
  });
  it('pads by voxels of the new grid', () => {
    const { grid: target } = resamplingGrid(grid, roi, [0.4, 0.8, 2.5], 5);
    expect(target.size).toEqual([35, 22, 17]);
  });
  it('refuses a grid that a false spacing would blow up', () => {
    expect(() => resamplingGrid({ ...grid, spacing: [900, 900, 2.5] }, roi, [0.702, 0.702, 2.5], 5)).toThrow(
      expect.objectContaining({ code: 'IMAGE_TOO_LARGE' }),
    );
  });

  const flips = fc.tuple(...[0, 1, 2].map(() => fc.constantFrom(1, -1)));
  const orders = fc.constantFrom([0, 1, 2], [1, 2, 0], [2, 0, 1], [0, 2, 1]);
  const spacings = fc.tuple(...[0, 1, 2].map(() => fc.double({ min: 0.3, max: 4, noNaN: true })));

  it('says for every sample which place of the image it has, however the image lies', () => {
    void fc.assert(
      fc.property(flips, orders, spacings, spacings, (flip, order, old, target) => {
        const direction = new Array<number>(9).fill(0);
        for (const axis of [0, 1, 2]) direction[3 * order[axis]! + axis] = flip[axis]!;
        const image: Grid = { ...grid, spacing: old as unknown as Triple, direction };
        const { grid: to, positions } = resamplingGrid(image, roi, target as unknown as Triple, 5);
        for (const axis of [0, 1, 2] as const) {
          const last = to.size[axis] - 1;
          const mmNew = to.origin[order[axis] as 0] + flip[axis]! * to.spacing[axis] * last;
          const mmOld = image.origin[order[axis] as 0] + flip[axis]! * old[axis]! * positions[axis][last]!;
          expect(mmNew).toBeCloseTo(mmOld, 9);
          expect(positions[axis]).toHaveLength(to.size[axis]);
        }
      }),
      { numRuns: 50 },
    );
  });
  it('does not change with the direction of the axes, also on an oblique image', () => {
    const [c, s] = [Math.cos(0.3), Math.sin(0.3)];
    const tilted = { ...grid, direction: [c, -s, 0, s, c, 0, 0, 0, 1] };
    const plain = resamplingGrid(grid, roi, [0.702, 0.702, 2.5], 5).positions;
    const { positions } = resamplingGrid(tilted, roi, [0.702, 0.702, 2.5], 5);
    for (const axis of [0, 1, 2] as const) {
      for (const [i, at] of positions[axis].entries()) expect(at).toBeCloseTo(plain[axis][i]!, 10);
    }
  });
});
