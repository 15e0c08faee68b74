import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { diameters } from '../../../../src/radiomics/families/diameters.ts';
import { meshOf } from '../../../../src/radiomics/families/mesh.ts';
import { shapeFeatures } from '../../../../src/radiomics/families/shape.ts';
import { shape2DFeatures } from '../../../../src/radiomics/families/shape2d.ts';
import type { Triple } from '../../../../src/volume/volume.ts';
import { seededRandom } from '../../../support/seeded-phantom.ts';

const block = (size: Triple, spacing: Triple = [1, 1, 1]) => ({
  inside: new Uint8Array(size[0] * size[1] * size[2]).fill(1),
  size,
  spacing,
});
const shape = (region: ReturnType<typeof block>, name: string) => shapeFeatures(region, [name]).get(name)!;

/** Middles between voxels inside and outside, and the largest distance between any two, without any cleverness. */
function slowDiameters({ inside, size, spacing }: ReturnType<typeof block>) {
  const at = (x: number, y: number, z: number) =>
    x >= 0 && y >= 0 && z >= 0 && x < size[0] && y < size[1] && z < size[2]
      ? inside[(z * size[1] + y) * size[0] + x]!
      : 0;
  const [wide, high, deep] = size.map((n) => n + 2) as [number, number, number];
  const vertices = Array.from(
    { length: wide * high * deep },
    (_, i): Triple => [(i % wide) - 1, (Math.floor(i / wide) % high) - 1, Math.floor(i / (wide * high)) - 1],
  ).flatMap(([x, y, z]): Triple[] => [
    ...(at(x, y, z) === at(x + 1, y, z) ? [] : [[x + 0.5, y, z] as const]),
    ...(at(x, y, z) === at(x, y + 1, z) ? [] : [[x, y + 0.5, z] as const]),
    ...(at(x, y, z) === at(x, y, z + 1) ? [] : [[x, y, z + 0.5] as const]),
  ]);
  const apart = (a: Triple, b: Triple) => Math.hypot(...a.map((v, k) => (v - b[k]!) * spacing[k]!));
  const most = (isPair: (a: Triple, b: Triple) => boolean) =>
    Math.max(
      0,
      ...vertices.map((a) => Math.max(...vertices.filter((b) => isPair(a, b)).map((b) => apart(a, b)))),
    );
  return { inSpace: most(() => true), across: [0, 1, 2].map((axis) => most((a, b) => a[axis] === b[axis])) };
}

describe('the mesh', () => {
  it('of one voxel is an octahedron', () => {
    expect(meshOf(block([1, 1, 1])).volume).toBeCloseTo(1 / 6, 14);
    expect(meshOf(block([1, 1, 1])).surface).toBeCloseTo(Math.sqrt(3), 14);
  });
  it('of a block is the block without its edges and corners', () => {
    // half a voxel out of every face; along an edge an eighth of its square is cut off, and each corner is cut once more
    const { volume } = meshOf(block([10, 10, 10]));
    expect(volume).toBeGreaterThan(0.95 * 1000);
    expect(volume).toBeLessThan(1000);
  });
  it('grows with the cube of the spacing, and its surface with the square', () => {
    const [one, two] = [meshOf(block([4, 3, 5])), meshOf(block([4, 3, 5], [2, 2, 2]))];
    expect(two.volume / one.volume).toBeCloseTo(8, 12);
    expect(two.surface / one.surface).toBeCloseTo(4, 12);
  });
  it('of a ball has nearly its volume', () => {
    const n = 41;
    const inside = Uint8Array.from({ length: n ** 3 }, (_, i) =>
      Number(Math.hypot((i % n) - 20, (Math.floor(i / n) % n) - 20, Math.floor(i / n ** 2) - 20) <= 18),
    );
    const region = { inside, size: [n, n, n] as const, spacing: [1, 1, 1] as const };
    expect(meshOf(region).volume / ((4 / 3) * Math.PI * 18 ** 3)).toBeCloseTo(1, 1);
    expect(shape(region, 'Sphericity')).toBeGreaterThan(0.9);
    expect(shape(region, 'Elongation')).toBeCloseTo(1, 12);
  });
});

describe('diameters', () => {
  it('are those of all pairs of vertices, of any region', () => {
    const side = fc.integer({ min: 1, max: 7 });
    void fc.assert(
      fc.property(fc.tuple(side, side, side), fc.integer({ min: 0, max: 1e6 }), (size, seed) => {
        const random = seededRandom(seed);
        const share = random();
        const region = {
          ...block(size, [0.7, 0.9, 2.5]),
          inside: new Uint8Array(size[0] * size[1] * size[2]),
        };
        for (let i = 0; i < region.inside.length; i++) region.inside[i] = Number(random() < share);
        const [fast, slow] = [diameters(region), slowDiameters(region)];
        expect(fast.inSpace()).toBeCloseTo(slow.inSpace, 10);
        for (const axis of [0, 1, 2] as const) expect(fast.across(axis)).toBeCloseTo(slow.across[axis]!, 10);
      }),
      { numRuns: 60 },
    );
  });
});

describe('axes', () => {
  it('of a row of voxels: 4 times the population deviation of the centres', () => {
    // centres 0, 2, 4, 6 mm: variance 5
    expect(shape(block([4, 1, 1], [2, 1, 1]), 'MajorAxisLength')).toBeCloseTo(4 * Math.sqrt(5), 12);
    expect(shape(block([4, 1, 1], [2, 1, 1]), 'LeastAxisLength')).toBe(0);
    expect(shape(block([4, 1, 1], [2, 1, 1]), 'Flatness')).toBe(0);
  });
  it('VoxelVolume counts voxels', () => {
    expect(shape(block([4, 3, 2], [0.5, 2, 3]), 'VoxelVolume')).toBe(72);
  });
});

describe('the shape in one slice', () => {
  const of = (region: ReturnType<typeof block>, force2Ddimension: 0 | 1 | 2, name: string) =>
    shape2DFeatures({ ...region, force2Ddimension }, [name]).get(name)!;

  it('of one pixel is a diamond', () => {
    expect(of(block([1, 1, 1]), 0, 'MeshSurface')).toBeCloseTo(0.5, 14);
    expect(of(block([1, 1, 1]), 0, 'Perimeter')).toBeCloseTo(4 * Math.SQRT1_2, 14);
    expect(of(block([1, 1, 1]), 0, 'PixelSurface')).toBe(1);
    expect(of(block([1, 1, 1]), 0, 'MaximumDiameter')).toBe(1);
  });
  it('of a rectangle loses an eighth of a pixel at each corner', () => {
    const rectangle = block([6, 4, 1], [1, 1, 9]);
    expect(of(rectangle, 0, 'MeshSurface')).toBeCloseTo(24 - 4 / 8, 12);
    expect(of(rectangle, 0, 'Perimeter')).toBeCloseTo(2 * (5 + 3) + 4 * Math.SQRT1_2, 12);
    expect(of(rectangle, 0, 'MajorAxisLength')).toBeCloseTo(4 * Math.sqrt(35 / 12), 12);
  });
  it('is the same whichever axis the slice lies across', () => {
    for (const name of ['MeshSurface', 'Perimeter', 'MaximumDiameter', 'Elongation', 'Sphericity']) {
      const expected = of(block([6, 4, 1], [2, 3, 1]), 0, name);
      expect(of(block([6, 1, 4], [2, 1, 3]), 1, name)).toBeCloseTo(expected, 12);
      expect(of(block([1, 6, 4], [1, 2, 3]), 2, name)).toBeCloseTo(expected, 12);
    }
  });
});
