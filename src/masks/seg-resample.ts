import { Fault } from '../fault.ts';
import { alongThird, dot, indexToPatient, minus, patientToIndex } from '../volume/geometry.ts';
import type { Grid, Triple } from '../volume/volume.ts';
import type { Drawn } from './rasterise.ts';
import type { PlacedFrame, Segment } from './seg-frames.ts';

/** Frames whose planes are this close lie on one plane, mm. */
const SAME_PLANE_MM = 0.01;

/** Rounding of positions that were written with few decimals, mm. */
const ROUNDING_MM = 0.01;

/**
 * A segment on a grid other than its own: each voxel centre, on its slice's own position along the normal, takes the
 * nearest pixel of the nearest frame, none when it lies more than half a pixel or half a frame distance outside. Frames
 * are taken as parallel to the first. Faults: MASK_OUTSIDE when the centre of a pixel that is in lies in no voxel.
 */
export function resampleSegment(segment: Segment, grid: Grid, slicePositionsMm: readonly number[]): Drawn {
  const { size, spacing, origin, direction } = grid;
  refuseOutside(pixelsOutside(segment, grid, slicePositionsMm));
  const voxels = new Uint8Array(size[0] * size[1] * size[2]);
  const own = ownLattice(segment);
  const findings = ['segmentation has another geometry than the image: nearest pixel taken'];
  const [from, to] = touchedBox(segment, own, grid);
  for (const [z, mm] of slicePositionsMm.entries()) {
    const level = (mm - alongThird(grid, origin)) / spacing[2];
    if (level < from[2] || level > to[2]) continue;
    for (let y = from[1]; y <= to[1]; y++)
      for (let x = from[0]; x <= to[0]; x++)
        if (isInAt(segment, own, indexToPatient(grid, [x, y, level])))
          voxels[(z * size[1] + y) * size[0] + x] = 1;
  }
  return { mask: { size, spacing, origin, direction, voxels }, findings };
}

/** What has no voxel would be missing from the lesion in silence. */
export function refuseOutside(pixels: number): void {
  if (pixels > 0)
    throw new Fault('MASK_OUTSIDE', `${pixels} pixels of the segment lie where the image has no voxel`);
}

/** The pixels of the segment whose centre lies in no voxel of the image: beside it, or where it has no slice. */
function pixelsOutside(segment: Segment, grid: Grid, slicePositionsMm: readonly number[]): number {
  let outside = 0;
  for (const { index, position, axes, pixelSpacing } of segment.frames) {
    for (let pixel = 0; pixel < segment.rows * segment.columns; pixel++) {
      if (!segment.isIn(index, pixel)) continue;
      const right = (pixel % segment.columns) * pixelSpacing[1];
      const down = Math.floor(pixel / segment.columns) * pixelSpacing[0];
      const at = (i: 0 | 1 | 2): number => position[i] + axes.row[i] * right + axes.column[i] * down;
      if (!hasVoxel(grid, slicePositionsMm, [at(0), at(1), at(2)])) outside++;
    }
  }
  return outside;
}

function hasVoxel(grid: Grid, slicePositionsMm: readonly number[], point: Triple): boolean {
  const index = patientToIndex(grid, point);
  const isBeside = ([0, 1] as const).some((axis) => {
    const border = 0.5 + ROUNDING_MM / grid.spacing[axis];
    return index[axis] < -border || index[axis] > grid.size[axis] - 1 + border;
  });
  const mm = alongThird(grid, point);
  const reach = grid.spacing[2] / 2 + ROUNDING_MM;
  return !isBeside && slicePositionsMm.some((slice) => Math.abs(slice - mm) <= reach);
}

type Lattice = Readonly<{ grid: Grid; frames: ReadonlyMap<number, readonly PlacedFrame[]>; planes: Range }>;
type Range = readonly [first: number, last: number];

/** The grid of the first frame, its planes numbered by their distance from it; several frames may share a plane. */
function ownLattice({ frames, rows, columns }: Segment): Lattice {
  const first = frames[0]!;
  const { row, column, normal } = first.axes;
  const distances = frames.map(({ position }) => dot(normal, minus(position, first.position)));
  const step = planeStep(first, distances);
  const byPlane = new Map<number, PlacedFrame[]>();
  for (const [i, frame] of frames.entries()) {
    const plane = Math.round(distances[i]! / step);
    byPlane.set(plane, [...(byPlane.get(plane) ?? []), frame]);
  }
  const planes = [...byPlane.keys()];
  return {
    grid: {
      size: [columns, rows, frames.length],
      spacing: [first.pixelSpacing[1], first.pixelSpacing[0], step],
      origin: first.position,
      direction: [0, 1, 2].flatMap((i) => [row[i]!, column[i]!, normal[i]!]),
    },
    frames: byPlane,
    planes: [Math.min(...planes), Math.max(...planes)],
  };
}

/**
 * The distance of planes: what the object says when its planes fit that lattice (they may be sparse), else the smallest
 * distance between two planes; 1 mm for one plane without a word about it.
 */
function planeStep({ sliceSpacingMm }: PlacedFrame, distances: readonly number[]): number {
  const sorted = [...distances].sort((a, b) => a - b);
  const steps = sorted.slice(1).map((distance, i) => distance - sorted[i]!);
  const real = steps.filter((step) => step > SAME_PLANE_MM);
  const smallest = real.length > 0 ? Math.min(...real) : (sliceSpacingMm ?? 1);
  const fits = sliceSpacingMm !== undefined && real.every((step) => isMultiple(step, sliceSpacingMm));
  return fits ? sliceSpacingMm : smallest;
}

const isMultiple = (step: number, of: number): boolean =>
  step > of - SAME_PLANE_MM && Math.abs(step / of - Math.round(step / of)) * of <= SAME_PLANE_MM;

function isInAt(segment: Segment, { grid, frames }: Lattice, point: Triple): boolean {
  const index = patientToIndex(grid, point);
  const [x, y, plane] = [nearest(index[0]), nearest(index[1]), nearest(index[2])];
  if (x < 0 || x >= segment.columns || y < 0 || y >= segment.rows) return false;
  return (frames.get(plane) ?? []).some((frame) => segment.isIn(frame.index, y * segment.columns + x));
}

const nearest = (index: number): number => Math.floor(index + 0.5);

/** The box of image indices that the frames can touch, both ends included; empty when from > to. Within the image in plane. */
function touchedBox(
  { rows, columns }: Segment,
  { grid: own, planes }: Lattice,
  grid: Grid,
): readonly [Triple, Triple] {
  const corners = [-1, columns].flatMap((x) =>
    [-1, rows].flatMap((y) =>
      [planes[0] - 1, planes[1] + 1].map((z) => patientToIndex(grid, indexToPatient(own, [x, y, z]))),
    ),
  );
  const low = (axis: 0 | 1 | 2): number => Math.floor(Math.min(...corners.map((corner) => corner[axis])));
  const high = (axis: 0 | 1 | 2): number => Math.ceil(Math.max(...corners.map((corner) => corner[axis])));
  return [
    [Math.max(0, low(0)), Math.max(0, low(1)), low(2)],
    [Math.min(grid.size[0] - 1, high(0)), Math.min(grid.size[1] - 1, high(1)), high(2)],
  ];
}
