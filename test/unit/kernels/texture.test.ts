import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fastestKernels } from '../../../src/kernels/fastest.ts';
import { plainTexture } from '../../../src/kernels/plain-texture.ts';
import { type Levels, levelsGiven, presentLevels } from '../../../src/radiomics/discretise.ts';
import { directions, neighbours, stepsOf, touching } from '../../../src/radiomics/neighbourhood.ts';
import type { Triple } from '../../../src/volume/volume.ts';
import { seededRandom } from '../../support/seeded-phantom.ts';

const compiled = fastestKernels().texture;
const SETTINGS = { distances: [1], force2D: false, force2Ddimension: 0 } as const;

/** A seeded region: few levels make long runs and large zones, many make small ones; some voxels are outside. */
function lesion(size: Triple, seed: number, highest: number, border = 1) {
  const random = seededRandom(seed);
  const share = random();
  const levels = Array.from({ length: size[0] * size[1] * size[2] }, () =>
    random() < share * 0.5 ? 0 : 1 + Math.floor(random() * highest),
  );
  return levelsGiven(levels, size, border);
}
const side = fc.integer({ min: 1, max: 22 });
const anything = fc.tuple(
  fc.tuple(side, side, side),
  fc.integer({ min: 0, max: 1e6 }),
  fc.constantFrom(1, 2, 5, 50, 200),
);
type Numbers = Int32Array | Float64Array;
const bytes = (values: Numbers) => Buffer.from(values.buffer, values.byteOffset, values.byteLength);
/** Long arrays, compared as bytes. */
function expectSame(found: readonly Numbers[], expected: readonly Numbers[]): void {
  expect(found).toHaveLength(expected.length);
  for (const [k, values] of found.entries()) expect(bytes(values).equals(bytes(expected[k]!))).toBe(true);
}
function expectSameZones(levels: Levels): void {
  for (const flat of [{}, ...[0, 1, 2].map((force2Ddimension) => ({ force2D: true, force2Ddimension }))]) {
    const offsets = neighbours(levels.size, { ...SETTINGS, ...flat });
    const steps = stepsOf(offsets, levels.size, 1);
    const [found, expected] = [compiled, plainTexture].map((kernels) =>
      kernels.zones(levels, steps, touching(offsets)),
    );
    expectSame([found!.levels, found!.sizes], [expected!.levels, expected!.sizes]);
  }
}
function expectSamePairs(levels: Levels, steps: Int32Array): void {
  const present = presentLevels(levels);
  for (const isSymmetric of [false, true]) {
    const [found, expected] = [compiled, plainTexture].map((kernels) =>
      kernels.pairs(levels, steps, present, isSymmetric).flatMap(({ cells, ranges }) => [cells, ranges]),
    );
    expectSame(found!, expected!);
  }
}

describe('compiled counts against the plain ones, which are their oracle', () => {
  it('are not the plain ones: there is something to compare', () => {
    expect(compiled).not.toBe(plainTexture);
  });
  it('pairs and runs are the same in every direction', () => {
    void fc.assert(
      fc.property(anything, ([dims, seed, highest]) => {
        const levels = lesion(dims, seed, highest);
        const steps = stepsOf(directions(levels.size, SETTINGS), levels.size, 1);
        expectSamePairs(levels, steps);
        const longest = Math.max(...dims);
        const expected = plainTexture.runs(levels, steps, longest);
        for (const [d, runs] of compiled.runs(levels, steps, longest).entries()) {
          expect(runs.longest).toBe(expected[d]!.longest);
          expect(runs.hasNeighbours).toBe(expected[d]!.hasNeighbours);
          expectSame([runs.counts], [expected[d]!.counts.subarray(0, runs.counts.length)]);
        }
      }),
      { numRuns: 60 },
    );
  });
  it('neighbourhoods are the same at any distance and tolerance', () => {
    void fc.assert(
      fc.property(
        anything,
        fc.constantFrom([1], [2], [1, 2]),
        fc.constantFrom(0, 1, 7),
        ([dims, seed, highest], distances, most) => {
          const border = Math.max(...distances);
          const levels = lesion(dims, seed, highest, border);
          const steps = stepsOf(neighbours(levels.size, { ...SETTINGS, distances }), levels.size, border);
          const found = compiled.neighbourhood(levels, steps, most);
          const expected = plainTexture.neighbourhood(levels, steps, most);
          expectSame([found.similar, found.differences], [expected.similar, expected.differences]);
        },
      ),
      { numRuns: 60 },
    );
  });
  it('zones are the same, in the same order', () => {
    void fc.assert(
      fc.property(anything, ([dims, seed, highest]) => {
        const levels = lesion(dims, seed, highest);
        expectSameZones(levels);
      }),
      { numRuns: 60 },
    );
  });
  it('more than 255 levels are counted as well', () => {
    const levels = lesion([9, 8, 7], 3, 900);
    expect(levels.voxels).toBeInstanceOf(Uint16Array);
    const steps = stepsOf(directions(levels.size, SETTINGS), levels.size, 1);
    expectSamePairs(levels, steps);
    expectSameZones(levels);
  });
});
