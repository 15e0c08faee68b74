import { Fault } from '../fault.ts';
import { alongThird, patientToIndex } from '../volume/geometry.ts';
import type { Grid, Mask, Triple } from '../volume/volume.ts';
import { fillPolygon, liesInside, type Patch, type Polygon } from './polygon.ts';
import type { Contour } from './rtstruct.ts';

export type Drawn = Readonly<{ mask: Mask; findings: readonly string[] }>;

/** Off the plane of the nearest slice by more than this part of the spacing: a finding; beyond a half: no such slice. */
const OFF_PLANE = 0.1;
const NO_PLANE = 0.5;

/** On one slice of one region; drawing tools that follow noise have some hundred. */
const MOST_ON_SLICE = 10_000;
/** Each contour is drawn for itself first: all of them together as large as so many images, or as this many pixels. */
const MOST_IMAGES = 4;
const LEAST_PIXELS = 2 ** 24;

type PlanarContour = Readonly<{ polygon: Polygon; patch: Patch; isXor: boolean }>;

/**
 * Closed contours (LPS mm) as a mask on the image grid: a voxel is in when its centre is inside by half-open even-odd
 * in index coordinates (`fillPolygon`). Contours go to the slice nearest along the normal; `slicePositionsMm` are the
 * slices' own positions there, equidistant unless given. On one slice they unite; one that lies wholly inside another is a hole, with a finding;
 * CLOSEDPLANAR_XOR contours combine by exclusive or. No contour: an empty mask.
 * Faults: MASK_OUTSIDE when a contour lies on a plane that the series does not have, or reaches beyond the image; MASK_UNREADABLE when
 * there are so many that drawing them has no end.
 * @see PS3.3 C.8.8.6.3
 */
export function rasterise(
  contours: readonly Contour[],
  grid: Grid,
  slicePositionsMm: readonly number[] = slicePositions(grid),
): Drawn {
  const { planes, findings } = assignPlanes(contours, grid, slicePositionsMm);
  const [columns, rows] = grid.size;
  const voxels = new Uint8Array(columns * rows * grid.size[2]);
  let holes = 0;
  for (const [slice, planar] of planes) {
    const target = voxels.subarray(slice * columns * rows, (slice + 1) * columns * rows);
    if (planar.some(({ isXor }) => isXor))
      for (const { patch } of planar) combine(target, columns, patch, 'xor');
    else holes += unite(target, columns, planar);
  }
  if (holes > 0) findings.push(`${holes} contours inside others were taken as holes`);
  const skipped = skippedSlices([...planes.keys()]);
  if (skipped > 0) findings.push(`${skipped} slices without contour between slices with contours`);
  const { size, spacing, origin, direction } = grid;
  return { mask: { size, spacing, origin, direction, voxels }, findings };
}

/** Positions of the slices of a grid along its third direction, mm. */
const slicePositions = (grid: Grid): number[] =>
  Array.from({ length: grid.size[2] }, (_, k) => alongThird(grid, grid.origin) + k * grid.spacing[2]);

function assignPlanes(contours: readonly Contour[], grid: Grid, slicePositionsMm: readonly number[]) {
  const planes = new Map<number, PlanarContour[]>();
  const [columns, rows, slices] = grid.size;
  const spacing = grid.spacing[2];
  let pixelsLeft = Math.max(LEAST_PIXELS, MOST_IMAGES * columns * rows * slices);
  let offPlane = 0;
  for (const { points, isXor } of contours) {
    const { polygon, alongMm } = toIndexPlane(points, grid);
    const slice = nearest(slicePositionsMm, mean(alongMm));
    const distance = greatestDistance(alongMm, slicePositionsMm[slice]!);
    if (distance > NO_PLANE * spacing)
      throw new Fault('MASK_OUTSIDE', `a contour lies on a plane that none of the ${slices} slices has`);
    if (distance > OFF_PLANE * spacing) offPlane++;
    if (reachesBeyond(polygon, grid)) throw new Fault('MASK_OUTSIDE', 'a contour reaches beyond the image');
    const planar = planes.get(slice) ?? [];
    const patch = fillPolygon(polygon, columns, rows);
    pixelsLeft -= patch.bits.length;
    planar.push({ polygon, patch, isXor });
    if (pixelsLeft < 0 || planar.length > MOST_ON_SLICE)
      throw new Fault('MASK_UNREADABLE', 'more contours than can be drawn');
    planes.set(slice, planar);
  }
  const findings: string[] = [];
  if (offPlane > 0) findings.push(`${offPlane} contours off the plane of their slice`);
  return { planes, findings };
}

function toIndexPlane(points: Float64Array, grid: Grid): { polygon: Polygon; alongMm: Float64Array } {
  const count = points.length / 3;
  const polygon = new Float64Array(count * 2);
  const alongMm = new Float64Array(count);
  for (let i = 0; i < count; i++) {
    const point: Triple = [points[3 * i]!, points[3 * i + 1]!, points[3 * i + 2]!];
    const index = patientToIndex(grid, point);
    polygon[2 * i] = index[0];
    polygon[2 * i + 1] = index[1];
    alongMm[i] = alongThird(grid, point);
  }
  return { polygon, alongMm };
}

const mean = (values: Float64Array): number => values.reduce((sum, value) => sum + value, 0) / values.length;

const greatestDistance = (values: Float64Array, from: number): number =>
  values.reduce((worst, value) => Math.max(worst, Math.abs(value - from)), 0);

function nearest(positions: readonly number[], mm: number): number {
  let best = 0;
  for (const [k, position] of positions.entries())
    if (Math.abs(position - mm) < Math.abs(positions[best]! - mm)) best = k;
  return best;
}

/** Rounding of coordinates that were written with few decimals, mm. */
const ROUNDING_MM = 0.01;

/** True when a corner lies outside the outer borders of the image's voxels. */
const reachesBeyond = (polygon: Polygon, { size, spacing }: Grid): boolean =>
  polygon.some((value, i) => {
    const axis = i % 2 === 0 ? 0 : 1;
    const border = 0.5 + ROUNDING_MM / spacing[axis];
    return value < -border || value > size[axis] - 1 + border;
  });

/** Largest first, so that what lies inside comes after what it lies in; the number of holes. */
function unite(target: Uint8Array, columns: number, planar: readonly PlanarContour[]): number {
  const sorted = [...planar].sort((a, b) => b.patch.count - a.patch.count);
  let holes = 0;
  for (const [i, contour] of sorted.entries()) {
    const depth = contour.patch.count === 0 ? 0 : depthIn(sorted, i);
    const isHole = depth % 2 === 1;
    if (isHole) holes++;
    combine(target, columns, contour.patch, isHole ? 'subtract' : 'unite');
  }
  return holes;
}

/** Larger contours that this one lies in. */
function depthIn(sorted: readonly PlanarContour[], at: number): number {
  const contour = sorted[at]!;
  let depth = 0;
  for (let i = 0; i < at; i++) if (liesInside(contour, sorted[i]!)) depth++;
  return depth;
}

function combine(target: Uint8Array, columns: number, patch: Patch, how: 'unite' | 'subtract' | 'xor'): void {
  const { x0, y0, width, height, bits } = patch;
  for (let y = 0; y < height; y++) {
    const start = (y + y0) * columns + x0;
    for (let x = 0; x < width; x++) {
      if (bits[y * width + x] === 0) continue;
      target[start + x] = how === 'xor' ? 1 - target[start + x]! : how === 'unite' ? 1 : 0;
    }
  }
}

/** Slices without contours between the first and the last one that has some. */
function skippedSlices(slices: readonly number[]): number {
  if (slices.length === 0) return 0;
  return Math.max(...slices) - Math.min(...slices) + 1 - slices.length;
}
