import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  gridOf,
  indexToPatient,
  patientToIndex,
  type Slice,
  seriesGeometry,
  sliceAxes,
  sliceOrder,
} from '../../../src/volume/geometry.ts';
import type { Grid, Triple } from '../../../src/volume/volume.ts';

const AXIAL = sliceAxes([1, 0, 0, 0, 1, 0])!;
const slice = (position: Triple, more: Partial<Slice> = {}): Slice => ({
  position,
  axes: AXIAL,
  pixelSpacing: [0.7, 0.7],
  FrameOfReferenceUID: '2.25.1',
  sliceThicknessMm: 3,
  gantryTiltDegrees: null,
  ...more,
});
const stack = (...z: number[]): Slice[] => z.map((mm) => slice([1, 2, mm]));

const oblique = fc.tuple(
  fc.double({ min: -3, max: 3, noNaN: true }),
  fc.double({ min: -1.5, max: 1.5, noNaN: true }),
);
/** Rotation about z, then about x. */
const axesOf = ([a, b]: readonly [number, number]) =>
  sliceAxes([
    Math.cos(a),
    Math.sin(a),
    0,
    -Math.sin(a) * Math.cos(b),
    Math.cos(a) * Math.cos(b),
    Math.sin(b),
  ])!;
const coordinate = fc.double({ min: -500, max: 500, noNaN: true });
const spacing = fc.double({ min: 0.2, max: 6, noNaN: true });

describe('geometry of a series', () => {
  it('index to patient and back is the identity on any oblique grid', () => {
    fc.assert(
      fc.property(
        oblique,
        fc.tuple(spacing, spacing, spacing),
        fc.tuple(coordinate, coordinate, coordinate),
        fc.tuple(coordinate, coordinate, coordinate),
        (angles, mm, origin, index) => {
          const axes = axesOf(angles);
          const grid = gridOf([slice(origin, { axes, pixelSpacing: [mm[1], mm[0]] })], 9, 8, mm[2]);
          const back = patientToIndex(grid, indexToPatient(grid, index));
          for (const axis of [0, 1, 2] as const) expect(back[axis]).toBeCloseTo(index[axis], 8);
        },
      ),
    );
  });

  it('columns run along the row cosines, rows along the column cosines, slices along their cross product', () => {
    // A coronal grid: rows point to the left, columns to the feet, so slices go to the front... of LPS: +y is back.
    const axes = sliceAxes([1, 0, 0, 0, 0, -1])!;
    const grid: Grid = gridOf([slice([10, 20, 30], { axes, pixelSpacing: [3, 2] })], 4, 5, 7);
    expect(indexToPatient(grid, [1, 0, 0])).toEqual([12, 20, 30]);
    expect(indexToPatient(grid, [0, 1, 0])).toEqual([10, 20, 27]);
    expect(indexToPatient(grid, [0, 0, 1])).toEqual([10, 27, 30]);
  });

  it('slices are sorted along the normal, whatever order they came in', () => {
    expect(sliceOrder(stack(9, 3, 6))).toEqual([1, 2, 0]);
    const feetFirst = { axes: sliceAxes([1, 0, 0, 0, -1, 0])! };
    expect(sliceOrder([9, 3, 6].map((z) => slice([0, 0, z], feetFirst)))).toEqual([0, 2, 1]);
  });

  it('slice spacing is (last - first) / (n - 1); a missing slice is a gap and not an irregular step', () => {
    const geometry = seriesGeometry(stack(0, 2, 4, 10, 12));
    expect(geometry.sliceSpacingMm).toBe(3);
    expect(geometry.gaps).toEqual([{ afterSlice: 2, missing: 2 }]);
    expect(geometry.stepDeviationMm).toBe(0);
  });

  it('uneven steps and doubled positions are told apart', () => {
    const geometry = seriesGeometry(stack(0, 2, 4.1, 6, 6, 8));
    expect(geometry.gaps).toEqual([]);
    expect(geometry.duplicatePositions).toBe(1);
    expect(geometry.stepDeviationMm).toBeCloseTo(0.1, 9);
  });

  it('a gantry tilt shows as shear', () => {
    const tilted = [0, 1, 2, 3].map((k) => slice([0, k * 3 * Math.tan(Math.PI / 12), k * 3]));
    expect(seriesGeometry(tilted).shearDegrees).toBeCloseTo(15, 9);
    expect(seriesGeometry(stack(0, 3, 6)).shearDegrees).toBe(0);
  });

  it('orientation, spread and uniformity', () => {
    const axes = axesOf([0, Math.PI / 18]);
    expect(seriesGeometry([slice([0, 0, 0], { axes })]).normalToZDegrees).toBeCloseTo(10, 9);
    const mixed = seriesGeometry([slice([0, 0, 0]), slice([0, 0, 3], { axes })]);
    expect(mixed.orientationSpreadDegrees).toBeCloseTo(10, 9);
    expect(mixed.isUniform).toBe(false);
    expect(
      seriesGeometry([slice([0, 0, 0]), slice([0, 0, 3], { FrameOfReferenceUID: '2.25.9' })]).isUniform,
    ).toBe(false);
    expect(seriesGeometry(stack(0, 3)).isUniform).toBe(true);
  });

  it('one slice takes its thickness as spacing, or 1 mm', () => {
    expect(seriesGeometry(stack(5)).sliceSpacingMm).toBe(3);
    expect(seriesGeometry([slice([0, 0, 0], { sliceThicknessMm: null })]).sliceSpacingMm).toBe(1);
  });

  it('orientations that are no axes are refused', () => {
    for (const values of [
      undefined,
      [1, 0, 0],
      [0, 0, 0, 0, 1, 0],
      [1, 0, 0, 1, 0, 0],
      [1, 0, 0, 0, Number.NaN, 0],
    ])
      expect(sliceAxes(values), String(values)).toBeUndefined();
  });
});
