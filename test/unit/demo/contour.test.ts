import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Corner, outlines } from '../../../src/demo/contour.ts';
import type { Mask } from '../../../src/volume/volume.ts';

/** SR.md 4.2 written out: half-open even-odd at the pixel centre, over all polygons of the slice. */
const isInside = (polygons: readonly Corner[][], x: number, y: number): boolean => {
  let inside = false;
  for (const polygon of polygons) {
    for (const [index, [x2, y2]] of polygon.entries()) {
      const [x1, y1] = polygon.at(index - 1)!;
      if (y1 > y !== y2 > y && x < ((x2 - x1) * (y - y1)) / (y2 - y1) + x1) inside = !inside;
    }
  }
  return inside;
};

const maskOf = (columns: number, rows: number, voxels: readonly number[]): Mask => ({
  size: [columns, rows, 1],
  spacing: [1, 1, 1],
  origin: [0, 0, 0],
  direction: [1, 0, 0, 0, 1, 0, 0, 0, 1],
  voxels: Uint8Array.from(voxels),
});

test('the outlines of any slice, holes, islands and touching corners included, give back its pixels by even-odd', () => {
  const anyMask = fc
    .tuple(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 9 }))
    .chain(([columns, rows]) =>
      fc
        .array(fc.integer({ min: 0, max: 1 }), { minLength: columns * rows, maxLength: columns * rows })
        .map((voxels) => maskOf(columns, rows, voxels)),
    );
  fc.assert(
    fc.property(anyMask, (mask) => {
      const polygons = outlines(mask, 0);
      const rasterised = mask.voxels.map((_, index) =>
        isInside(polygons, (index % mask.size[0]) + 0.5, Math.floor(index / mask.size[0]) + 0.5) ? 1 : 0,
      );
      expect(rasterised).toEqual(mask.voxels);
    }),
  );
});

test('a square of pixels is one outline of four corners', () => {
  expect(outlines(maskOf(3, 3, [0, 0, 0, 0, 1, 1, 0, 1, 1]), 0)).toEqual([
    [
      [1, 1],
      [3, 1],
      [3, 3],
      [1, 3],
    ],
  ]);
});

test('an empty slice has no outline', () => {
  expect(outlines(maskOf(2, 2, [0, 0, 0, 0]), 0)).toEqual([]);
});
