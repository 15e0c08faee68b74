import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Axis, type LineTransform, transformLines } from '../../../src/kernels/lines.ts';
import type { Triple } from '../../../src/volume/volume.ts';

/** Running sums of each line, of which every sample from `first` on comes out: order and direction show. */
const runningSums = (length: number, first: number): LineTransform => ({
  length: length - first,
  apply(input, lanes, output) {
    for (let i = lanes; i < length * lanes; i++) input[i] = input[i]! + input[i - lanes]!;
    output.set(input.subarray(first * lanes, length * lanes));
  },
});

/** The same, voxel by voxel. */
function sumUpTo(source: Float64Array, size: Triple, axis: Axis, at: readonly number[]): number {
  let sum = 0;
  for (let i = 0; i <= at[axis]!; i++) {
    const [x, y, z] = at.with(axis, i) as [number, number, number];
    sum += source[(z * size[1] + y) * size[0] + x]!;
  }
  return sum;
}

describe('a transform along an axis', () => {
  const side = fc.integer({ min: 1, max: 40 });
  const small = fc.integer({ min: 1, max: 6 });

  it('meets every line that crosses the box, in order, whichever the axis', () => {
    void fc.assert(
      fc.property(
        fc.constantFrom<Axis>(0, 1, 2),
        fc.oneof(fc.tuple(side, small, small), fc.tuple(small, side, small), fc.tuple(small, small, side)),
        fc.tuple(fc.nat(5), fc.nat(5), fc.nat(5)),
        (axis, size, cut) => {
          const source = Float64Array.from({ length: size[0] * size[1] * size[2] }, (_, i) => i);
          const start = cut.map((n, a) => n % size[a]!) as unknown as Triple;
          const out = size.map((n, a) => n - start[a]!) as unknown as Triple;
          const target = transformLines(
            source,
            size,
            axis,
            { start, size: out },
            runningSums(size[axis], start[axis]),
            new Float64Array(out[0] * out[1] * out[2]),
          );
          for (const [i, value] of target.entries()) {
            const row = Math.floor(i / out[0]);
            const at = [i % out[0], row % out[1], Math.floor(row / out[1])].map((n, a) => n + start[a]!);
            expect(value).toBe(sumUpTo(source, size, axis, at));
          }
        },
      ),
      { numRuns: 60 },
    );
  });
});
