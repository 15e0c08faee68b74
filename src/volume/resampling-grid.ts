import { Fault } from '../fault.ts';
import type { Axis } from '../kernels/lines.ts';
import type { Box } from './box.ts';
import type { Grid, Triple } from './volume.ts';

/**
 * More than any lesion needs (a whole 512 x 512 chest in 1 mm slices has 8e7 voxels): a larger grid comes from a
 * header that lies about its spacing and would exhaust the memory.
 */
const MOST_VOXELS = 2 ** 28;

/** The new grid around a region of interest, and where its samples lie in the old one. */
export type Resampling = Readonly<{
  grid: Grid;
  /** per axis: continuous index in the old grid of each sample of the new grid */
  positions: readonly [Float64Array, Float64Array, Float64Array];
}>;

/**
 * The spacing that an image is resampled to, mm: 0 keeps the old spacing, and so does an axis on which the region
 * is one voxel thick. Undefined when the outcome equals the old spacing (relative 1e-5): nothing is interpolated.
 */
export function newSpacing(grid: Grid, roi: Box, asked: Triple): Triple | undefined {
  const spacing = asked.map((mm, axis) =>
    mm === 0 || roi.size[axis as Axis] === 1 ? grid.spacing[axis as Axis] : mm,
  ) as unknown as Triple;
  const isSame = spacing.every(
    (mm, axis) => Math.abs(grid.spacing[axis as Axis] - mm) <= 1e-8 + 1e-5 * Math.abs(mm),
  );
  return isSame ? undefined : spacing;
}

/**
 * The grid of `spacing` mm that covers the region and `padDistance` new voxels around it, within the image.
 * Both grids share the outer corner of the first voxel, not its centre. Positions are computed term by term as ITK's
 * ResampleImageFilter does on grids whose axes are the patient's; on oblique grids they agree to rounding.
 * @see IBSI reference manual, 2.4 (grids aligned by their centre differ from this: PyRadiomics aligns by corner)
 */
export function resamplingGrid(grid: Grid, roi: Box, spacing: Triple, padDistance: number): Resampling {
  const axes = ([0, 1, 2] as const).map((axis) => newAxis(grid, roi, spacing, padDistance, axis));
  const size = axes.map((a) => a.size) as unknown as Triple;
  if (!(size[0] * size[1] * size[2] <= MOST_VOXELS)) {
    throw new Fault('IMAGE_TOO_LARGE', `the resampled region would be ${size.join(' x ')} voxels`);
  }
  const start = axes.map((a) => a.start);
  const coordinate = (row: number) => {
    let sum = 0;
    for (let c = 0; c < 3; c++) sum += grid.direction[3 * row + c]! * grid.spacing[c as Axis] * start[c]!;
    return sum + grid.origin[row as Axis];
  };
  const origin: Triple = [coordinate(0), coordinate(1), coordinate(2)];
  const resampled: Grid = { size, spacing, origin, direction: grid.direction };
  return {
    grid: resampled,
    positions: [positions(grid, resampled, 0), positions(grid, resampled, 1), positions(grid, resampled, 2)],
  };
}

function newAxis(grid: Grid, roi: Box, spacing: Triple, padDistance: number, axis: Axis) {
  const ratio = grid.spacing[axis] / spacing[axis];
  const first = roi.start[axis];
  const lower = Math.max(0, Math.floor((first - 0.5) * ratio - padDistance));
  const upper = Math.min(
    Math.ceil((first + roi.size[axis] - 0.5) * ratio + padDistance),
    Math.ceil(grid.size[axis] * ratio) - 1,
  );
  const offset = (0.5 * (spacing[axis] - grid.spacing[axis])) / grid.spacing[axis];
  return { size: upper - lower + 1, start: offset + lower / ratio };
}

/** Along x ITK interpolates between the first sample and the one past the end; along y and z it goes by the point. */
function positions(from: Grid, to: Grid, axis: Axis): Float64Array {
  const n = to.size[axis];
  const index = indexAlong(from, to, axis);
  if (axis !== 0) return Float64Array.from({ length: n }, (_, i) => index(i));
  const start = index(0);
  const end = index(n);
  return Float64Array.from({ length: n }, (_, i) => start + (i / n) * (end - start));
}

/** The order of operations is ITK's: a sample that falls on a voxel centre must do so to the last bit. */
function indexAlong(from: Grid, to: Grid, axis: Axis): (i: number) => number {
  const column = [0, 1, 2].map((row) => from.direction[3 * row + axis]!);
  const row = column.findIndex((d) => Math.abs(d) === 1);
  if (row >= 0) {
    const step = column[row]! * to.spacing[axis];
    const perMm = 1 / (column[row]! * from.spacing[axis]);
    return (i) => (step * i + to.origin[row as Axis] - from.origin[row as Axis]) * perMm;
  }
  const shift = column.reduce((sum, d, r) => sum + d * (to.origin[r as Axis] - from.origin[r as Axis]), 0);
  return (i) => (to.spacing[axis] * i + shift) * (1 / from.spacing[axis]);
}
