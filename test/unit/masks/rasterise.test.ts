import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fillPolygon, isInside } from '../../../src/masks/polygon.ts';
import { rasterise } from '../../../src/masks/rasterise.ts';
import type { Contour } from '../../../src/masks/rtstruct.ts';
import type { Grid } from '../../../src/volume/volume.ts';
import { codeOf } from '../../support/code-of.ts';

/** Spacings and origin are exact in binary, so that a shift by whole voxels is exact too. */
const GRID: Grid = {
  size: [16, 12, 6],
  spacing: [0.5, 0.25, 2],
  origin: [-8, 4, 10],
  direction: [1, 0, 0, 0, 1, 0, 0, 0, 1],
};
type Point = readonly [number, number];

/** A contour in index coordinates of one slice. */
const contour = (slice: number, points: readonly Point[], isXor = false): Contour => ({
  points: Float64Array.from(points.flatMap(([x, y]) => [-8 + 0.5 * x, 4 + 0.25 * y, 10 + 2 * slice])),
  isXor,
});
const square = (from: number, to: number): Point[] => [
  [from, from],
  [to, from],
  [to, to],
  [from, to],
];
/** One slice as rows of `#` and `.`. */
function picture(contours: readonly Contour[], slice = 0): string[] {
  const { voxels } = rasterise(contours, GRID).mask;
  const [columns, rows] = GRID.size;
  return Array.from({ length: rows }, (_, y) =>
    [...voxels.subarray((slice * rows + y) * columns, (slice * rows + y + 1) * columns)]
      .map((bit) => (bit ? '#' : '.'))
      .join(''),
  );
}
const count = (contours: readonly Contour[]): number =>
  rasterise(contours, GRID).mask.voxels.filter(Boolean).length;

const polygon = fc.array(fc.tuple(fc.integer({ min: -8, max: 72 }), fc.integer({ min: -8, max: 56 })), {
  minLength: 3,
  maxLength: 9,
});

describe('rasterise', () => {
  it('a centre on the left or upper edge is in, on the right or lower edge out', () => {
    expect(picture([contour(0, square(2, 5))])).toEqual([
      '................',
      '................',
      '..###...........',
      '..###...........',
      '..###...........',
      ...Array(7).fill('................'),
    ]);
  });

  it('fills exactly the centres that the half-open even-odd rule puts inside, for any polygon', () => {
    fc.assert(
      fc.property(polygon, (quarters) => {
        const points = Float64Array.from(quarters.flatMap(([x, y]) => [x / 4, y / 4]));
        const { x0, y0, width, height, bits } = fillPolygon(points, 16, 12);
        for (let y = 0; y < 12; y++)
          for (let x = 0; x < 16; x++) {
            const isWithin = x >= x0 && x < x0 + width && y >= y0 && y < y0 + height;
            const filled = isWithin && bits[(y - y0) * width + x - x0] === 1;
            expect(filled).toBe(isInside(points, x, y));
          }
      }),
    );
  });

  it('moving the contours by whole voxels moves the mask by as many', () => {
    const small = fc.array(fc.tuple(fc.integer({ min: 12, max: 40 }), fc.integer({ min: 12, max: 32 })), {
      minLength: 3,
      maxLength: 8,
    });
    const shift = fc.tuple(
      fc.integer({ min: -3, max: 5 }),
      fc.integer({ min: -3, max: 3 }),
      fc.integer({ min: 0, max: 3 }),
    );
    fc.assert(
      fc.property(fc.array(small, { minLength: 1, maxLength: 3 }), shift, (polygons, [dx, dy, dz]) => {
        const draw = (mx: number, my: number, mz: number): Uint8Array =>
          rasterise(
            polygons.map((points, i) =>
              contour(
                (i % 2) + mz,
                points.map(([x, y]) => [x / 4 + mx, y / 4 + my]),
              ),
            ),
            GRID,
          ).mask.voxels;
        const [columns, rows, slices] = GRID.size;
        const [still, moved] = [draw(0, 0, 0), draw(dx, dy, dz)];
        for (let z = 0; z + dz < slices; z++)
          for (let y = Math.max(0, -dy); y < rows && y + dy < rows; y++)
            for (let x = Math.max(0, -dx); x < columns && x + dx < columns; x++)
              expect(moved[((z + dz) * rows + y + dy) * columns + x + dx]).toBe(
                still[(z * rows + y) * columns + x],
              );
      }),
    );
  });

  it('a keyhole contour leaves its hole open', () => {
    const keyhole = contour(0, [...square(1, 9), [1, 1], [3, 3], [3, 6], [6, 6], [6, 3], [3, 3], [1, 1]]);
    expect(count([keyhole])).toBe(64 - 9);
  });

  it('overlapping contours of one slice unite', () => {
    const { mask, findings } = rasterise([contour(0, square(1, 6)), contour(0, square(4, 8))], GRID);
    expect(mask.voxels.filter(Boolean)).toHaveLength(25 + 16 - 4);
    expect(findings).toEqual([]);
  });

  it('a contour wholly inside another is a hole, one inside that is solid again, and it is said', () => {
    const nested = [contour(0, square(1, 10)), contour(0, square(3, 8)), contour(0, square(4, 6))];
    const { mask, findings } = rasterise(nested, GRID);
    expect(mask.voxels.filter(Boolean)).toHaveLength(81 - 25 + 4);
    expect(findings).toEqual(['1 contours inside others were taken as holes']);
  });

  it('CLOSEDPLANAR_XOR contours combine by exclusive or, in any order', () => {
    const xor = [contour(0, square(1, 6), true), contour(0, square(4, 8), true)];
    expect(count(xor)).toBe(25 + 16 - 8);
    expect(count(xor.toReversed())).toBe(25 + 16 - 8);
  });

  it('goes to the slice by position: a little off the plane is taken, more is said, between slices is refused', () => {
    const at = (z: number) => rasterise([contour(z, square(1, 4))], GRID);
    expect(at(2.04).findings).toEqual([]);
    expect(at(2.04).mask.voxels.indexOf(1)).toBe((2 * 12 + 1) * 16 + 1);
    expect(at(2.2).findings).toEqual(['1 contours off the plane of their slice']);
    expect(codeOf(() => at(-0.6))).toBe('MASK_OUTSIDE');
    expect(codeOf(() => at(5.6))).toBe('MASK_OUTSIDE');
  });

  it('a series with a missing slice is asked for its own positions', () => {
    const positions = [10, 12, 16, 18, 20, 22];
    const drawn = rasterise([contour(3, square(1, 4))], GRID, positions);
    expect(drawn.mask.voxels.indexOf(1)).toBe((2 * 12 + 1) * 16 + 1);
    expect(
      codeOf(() => rasterise([contour(2, square(1, 4))], { ...GRID, spacing: [0.5, 0.25, 1.9] }, positions)),
    ).toBe('MASK_OUTSIDE');
  });

  it('a slice without contour between others is said, not filled', () => {
    const { mask, findings } = rasterise([contour(1, square(1, 4)), contour(3, square(1, 4))], GRID);
    expect(mask.voxels.filter(Boolean)).toHaveLength(18);
    expect(findings).toEqual(['1 slices without contour between slices with contours']);
  });

  it('what reaches beyond the image is refused: a part of the lesion would be missing', () => {
    const [columns, rows] = GRID.size;
    expect(codeOf(() => rasterise([contour(0, square(-5, 3))], GRID))).toBe('MASK_OUTSIDE');
    expect(codeOf(() => rasterise([contour(0, square(rows - 3, rows))], GRID))).toBe('MASK_OUTSIDE');
    const atTheBorder = [contour(0, square(-0.5, rows - 0.5))];
    expect(columns).toBeGreaterThan(rows);
    expect(rasterise(atTheBorder, GRID).mask.voxels.filter(Boolean)).toHaveLength(rows * rows);
  });
});
