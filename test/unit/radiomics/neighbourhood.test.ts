import { describe, expect, it } from 'vitest';
import { directions } from '../../../src/radiomics/neighbourhood.ts';

const NEAR = { distances: [1], force2D: false, force2Ddimension: 0 } as const;

describe('directions to neighbours', () => {
  it('are the 13 of PyRadiomics, in its order (there written z, y, x)', () => {
    const zyx = directions([3, 3, 3], NEAR).map(([x, y, z]) => [z, y, x].join());
    expect(zyx).toEqual(
      '1,1,1 1,1,0 1,1,-1 1,0,1 1,0,0 1,0,-1 1,-1,1 1,-1,0 1,-1,-1 0,1,1 0,1,0 0,1,-1 0,0,1'.split(' '),
    );
  });
  it('of one slice stay in the slice', () => {
    expect(directions([3, 3, 1], NEAR)).toHaveLength(4);
  });
  it('at distance 2 are 49, those nearer left out', () => {
    const far = directions([9, 9, 9], { ...NEAR, distances: [2] });
    expect(far).toHaveLength((5 ** 3 - 3 ** 3) / 2);
    expect(far.every((offset) => Math.max(...offset.map(Math.abs)) === 2)).toBe(true);
    expect(directions([9, 9, 9], { ...NEAR, distances: [1, 2] })).toHaveLength(62);
  });
  it('in two dimensions stay in the plane across the array axis named (0: z)', () => {
    expect(directions([5, 5, 5], { ...NEAR, force2D: true })).toEqual(directions([5, 5, 1], NEAR));
    expect(
      directions([5, 5, 5], { ...NEAR, force2D: true, force2Ddimension: 2 }).every(([x]) => x === 0),
    ).toBe(true);
  });
  it('of one voxel do not exist', () => {
    expect(directions([1, 1, 1], NEAR)).toEqual([]);
  });
});
