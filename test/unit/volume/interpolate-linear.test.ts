import { describe, expect, it } from 'vitest';
import { linear, nearest } from '../../../src/volume/interpolate-linear.ts';

const at = (...positions: number[]) => Float64Array.from(positions);
const zero = at(0);

describe('linear interpolation', () => {
  it('lies on the line between two voxels, and is truncated for integers', () => {
    const positions = [at(0, 0.25, 0.9), zero, zero] as const;
    expect([...linear(Float32Array.of(10, 20), [2, 1, 1], positions, [3, 1, 1])]).toEqual([10, 12.5, 19]);
    expect([...linear(Int16Array.of(-10, -20), [2, 1, 1], positions, [3, 1, 1])]).toEqual([-10, -12, -19]);
  });
  it('in the outer half of a border voxel has its value, beyond it is 0', () => {
    const positions = [at(-0.6, -0.5, 1.4, 1.5), zero, zero] as const;
    expect([...linear(Float32Array.of(10, 20), [2, 1, 1], positions, [4, 1, 1])]).toEqual([0, 10, 20, 0]);
  });
  it('takes all three axes', () => {
    const cube = Float64Array.of(0, 1, 2, 3, 4, 5, 6, 7);
    const half = at(0.5);
    expect([...linear(cube, [2, 2, 2], [half, half, half], [1, 1, 1])]).toEqual([3.5]);
  });
});

describe('the nearest voxel', () => {
  it('halves go up; outside is 0', () => {
    const positions = [at(-0.6, 0.49, 0.5, 1.49, 1.5), zero, zero] as const;
    expect([...nearest(Int16Array.of(10, 20), [2, 1, 1], positions, [5, 1, 1])]).toEqual([0, 10, 20, 20, 0]);
  });
});
