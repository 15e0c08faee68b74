import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Corner, outlines } from '../../../src/masks/outlines.ts';

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

const traced = (columns: number, pixels: readonly number[]) =>
  outlines(Uint8Array.from(pixels), columns, pixels.length / columns);
const signedArea = (polygon: readonly Corner[]): number =>
  polygon.reduce((sum, [x2, y2], index) => {
    const [x1, y1] = polygon.at(index - 1)!;
    return sum + (x1 * y2 - x2 * y1) / 2;
  }, 0);

test('the outlines of any slice, holes, islands and touching corners included, give back its pixels by even-odd', () => {
  const anyPlane = fc
    .tuple(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 9 }))
    .chain(([columns, rows]) =>
      fc
        .array(fc.integer({ min: 0, max: 1 }), { minLength: columns * rows, maxLength: columns * rows })
        .map((pixels) => ({ columns, pixels })),
    );
  fc.assert(
    fc.property(anyPlane, ({ columns, pixels }) => {
      const polygons = traced(columns, pixels);
      const rasterised = pixels.map((_, index) =>
        isInside(polygons, (index % columns) + 0.5, Math.floor(index / columns) + 0.5) ? 1 : 0,
      );
      expect(rasterised).toEqual(pixels);
      expect(polygons.reduce((sum, polygon) => sum + signedArea(polygon), 0)).toBe(
        pixels.filter((pixel) => pixel === 1).length,
      );
    }),
  );
});

test('a square of pixels is one outline of four corners, clockwise', () => {
  expect(traced(3, [0, 0, 0, 0, 1, 1, 0, 1, 1])).toEqual([
    [
      [1, 1],
      [3, 1],
      [3, 3],
      [1, 3],
    ],
  ]);
});

test('a single pixel, also in the corner of the image, has the four corners of that pixel', () => {
  expect(traced(1, [1])).toEqual([
    [
      [0, 0],
      [1, 0],
      [1, 1],
      [0, 1],
    ],
  ]);
  expect(traced(2, [0, 0, 0, 1])).toEqual([
    [
      [1, 1],
      [2, 1],
      [2, 2],
      [1, 2],
    ],
  ]);
});

test('a hole is a polygon of its own, the other way round', () => {
  const [outer, hole, ...others] = traced(3, [1, 1, 1, 1, 0, 1, 1, 1, 1]);
  expect(others).toEqual([]);
  expect([outer, hole].map((polygon) => signedArea(polygon!))).toEqual([9, -1]);
  expect(hole).toHaveLength(4);
});

test('pixels that touch at a corner only are two outlines, as are two holes', () => {
  expect(traced(2, [1, 0, 0, 1]).map(signedArea)).toEqual([1, 1]);
  expect(traced(2, [0, 1, 1, 0]).map(signedArea)).toEqual([1, 1]);
  const holes = traced(4, [1, 1, 1, 1, 1, 0, 1, 1, 1, 1, 0, 1, 1, 1, 1, 1]);
  expect(holes.reduce((sum, polygon) => sum + signedArea(polygon), 0)).toBe(14);
});

test('an empty plane has no outline', () => {
  expect(traced(2, [0, 0, 0, 0])).toEqual([]);
});
