import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fastestKernels } from '../../../src/kernels/fastest.ts';
import type { SplineStep } from '../../../src/kernels/kernels.ts';
import { plainKernels } from '../../../src/kernels/plain-kernels.ts';
import { secondDerivative, smoothing } from '../../../src/radiomics/recursive-gaussian.ts';
import type { Triple } from '../../../src/volume/volume.ts';
import { seededRandom } from '../../support/seeded-phantom.ts';

const compiled = fastestKernels();
const bits = (values: Float32Array | Float64Array) =>
  Buffer.from(values.buffer, values.byteOffset, values.byteLength);
const axis = (least: number) => fc.integer({ min: least, max: 40 });
const sizes = (least: number) => fc.tuple(axis(least), axis(least), axis(least));
const seeds = fc.integer({ min: 0, max: 1e6 });

function noise(size: Triple, seed: number): Float64Array {
  const random = seededRandom(seed);
  return Float64Array.from({ length: size[0] * size[1] * size[2] }, () => random() * 4000 - 1000);
}

/** A seeded part of the grid, never empty. */
function partOf(size: Triple, seed: number): { start: Triple; size: Triple } {
  const random = seededRandom(seed + 1);
  const spans = size.map((n) => {
    const start = Math.floor(random() * n);
    return [start, 1 + Math.floor(random() * (n - start))];
  });
  return {
    start: spans.map(([s]) => s) as unknown as Triple,
    size: spans.map(([, n]) => n) as unknown as Triple,
  };
}

/** In the pixel type that the seed picks. */
function asTyped(values: Float64Array, seed: number) {
  const types = [Int16Array, Float32Array, Uint8Array, Int8Array, Uint16Array, Float64Array] as const;
  return types[seed % types.length]!.from(values);
}

/** Of steps one after the other: within slices first, across them first, across them alone. */
const ORDERS: readonly (readonly (0 | 1 | 2)[])[] = [
  [0, 1, 2],
  [0, 1],
  [1, 0],
  [2, 1, 0],
  [0, 2, 1],
  [2, 0, 1],
  [0],
  [2],
  [],
];

describe('compiled kernels against the plain ones, which are their oracle', () => {
  it('are not the plain ones: there is something to compare', () => {
    expect(compiled).not.toBe(plainKernels);
  });

  it('give the same bits of a Laplacian of Gaussian, inside any box of any image', () => {
    void fc.assert(
      fc.property(sizes(4), seeds, fc.double({ min: 0.8, max: 6, noNaN: true }), (dims, seed, sigma) => {
        const size = dims as Triple;
        const source = asTyped(noise(size, seed), seed);
        const mm: Triple = [0.7, 0.9, 2.5];
        const of = <T>(make: (each: number) => T) => mm.map(make) as unknown as readonly [T, T, T];
        const filters = {
          smoothing: of((each) => smoothing(sigma, each)),
          secondDerivative: of((each) => secondDerivative(sigma, each)),
          factor: of((each) => 1 / (each * each)),
        };
        const box = partOf(size, seed);
        const expected = plainKernels.laplacian(source, size, filters, box);
        expect(bits(compiled.laplacian(source, size, filters, box)).equals(bits(expected))).toBe(true);
        const places = Int32Array.from(expected.keys()).filter((place) => place % 3 === seed % 3);
        for (const kernels of [compiled, plainKernels]) {
          const some = kernels.laplacian(source, size, filters, box, places);
          expect(some).toEqual(Float32Array.from(places, (place) => expected[place]!));
        }
      }),
      { numRuns: 40 },
    );
  });

  it('give the same bits of B-spline coefficients and of what is interpolated from them, whatever the order of axes', () => {
    void fc.assert(
      fc.property(
        sizes(1),
        seeds,
        fc.boolean(),
        fc.constantFrom(...ORDERS),
        (dims, seed, isPrefiltered, axes) => {
          const size = dims as Triple;
          const part = partOf(size, seed);
          const random = seededRandom(seed + 2);
          const steps = axes.map((each, i): SplineStep => {
            if (i === 0 && seed % 2 === 0)
              return { axis: each, isPrefiltered, take: [part.start[each], part.size[each]] };
            const n = 1 + Math.floor(random() * 50);
            const index = Int32Array.from({ length: 4 * n }, () => Math.floor(random() * size[each]));
            const weight = Float64Array.from(index, () => random());
            return { axis: each, isPrefiltered, take: { index, weight } };
          });
          const whole = size.map((n) => n + 3) as unknown as Triple;
          const window = { start: [1, 2, 0], size } as const;
          const voxels = asTyped(noise(whole, seed), seed);
          const expected = plainKernels.spline(voxels, whole, window, steps);
          expect(bits(compiled.spline(voxels, whole, window, steps)).equals(bits(expected))).toBe(true);
        },
      ),
      { numRuns: 150 },
    );
  });
});
