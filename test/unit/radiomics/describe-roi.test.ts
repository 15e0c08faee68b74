import { describe, expect, it } from 'vitest';
import { describeRoi } from '../../../src/radiomics/describe-roi.ts';
import type { CtVolume } from '../../../src/volume/from-instances.ts';
import type { Mask } from '../../../src/volume/volume.ts';

const size = [8, 6, 3] as const;
const grid = {
  size,
  spacing: [0.5, 0.5, 2] as const,
  origin: [0, 0, 0] as const,
  direction: [1, 0, 0, 0, 1, 0, 0, 0, 1],
};
const n = size[0] * size[1] * size[2];

/** A CT of 40 HU with a region of the given voxels (x, y, z), some of which have a value of their own. */
function roi(voxels: readonly (readonly [number, number, number, number?])[], padding?: [number, number]) {
  const hu = new Int16Array(n).fill(40);
  const inside = new Uint8Array(n);
  for (const [x, y, z, value] of voxels) {
    const place = (z * size[1] + y) * size[0] + x;
    inside[place] = 1;
    if (value !== undefined) hu[place] = value;
  }
  const ct = { volume: { ...grid, voxels: hu }, paddingHu: () => padding } as unknown as CtVolume;
  const mask: Mask = { ...grid, voxels: inside };
  return describeRoi(ct, mask);
}

describe('what is told of a region as it was drawn', () => {
  it('counts, volume and slices', () => {
    expect(
      roi([
        [1, 1, 0],
        [2, 1, 0],
        [2, 2, 2],
      ]),
    ).toMatchObject({
      voxels: 3,
      volumeMm3: 1.5,
      slices: [0, 2],
      hasPadding: false,
    });
  });

  it('the longest diameter within one slice, between the outer edges of voxels, whatever other slices hold', () => {
    // A row of five voxels of 0.5 mm is 2.5 mm long; through the slices the region is longer.
    const { longestInPlaneDiameterMm, maximum3DDiameterMm } = roi([
      ...[1, 2, 3, 4, 5].map((x) => [x, 2, 1] as const),
      [1, 2, 0],
      [5, 2, 2],
    ]);
    expect(longestInPlaneDiameterMm).toBeCloseTo(2.5, 12);
    expect(maximum3DDiameterMm).toBeGreaterThan(5);
  });

  it('the shares of air and of fluid, both ends of their ranges included', () => {
    const { airFraction, fluidFraction } = roi([
      [0, 0, 0, -1000],
      [1, 0, 0, -900],
      [2, 0, 0, -899],
      [3, 0, 0, -10],
      [4, 0, 0, 20],
      [5, 0, 0, 21],
      [6, 0, 0, -11],
      [7, 0, 0, 0],
    ]);
    expect(airFraction).toBe(2 / 8);
    expect(fluidFraction).toBe(3 / 8);
  });

  it('a voxel of the region that is pixel padding', () => {
    expect(roi([[1, 1, 1, -2000]], [-2000, -1500]).hasPadding).toBe(true);
    expect(roi([[1, 1, 1, -1000]], [-2000, -1500]).hasPadding).toBe(false);
  });
});
