import { describe, expect, it } from 'vitest';
import { directions } from '../../../src/radiomics/neighbourhood.ts';

describe('directions to neighbours', () => {
  it('are the 13 of PyRadiomics, in its order (there written z, y, x)', () => {
    const zyx = directions([3, 3, 3]).map(([x, y, z]) => [z, y, x].join());
    expect(zyx).toEqual(
      '1,1,1 1,1,0 1,1,-1 1,0,1 1,0,0 1,0,-1 1,-1,1 1,-1,0 1,-1,-1 0,1,1 0,1,0 0,1,-1 0,0,1'.split(' '),
    );
  });
  it('of one slice stay in the slice', () => {
    expect(directions([3, 3, 1])).toHaveLength(4);
  });
  it('of one voxel do not exist', () => {
    expect(directions([1, 1, 1])).toEqual([]);
  });
});
