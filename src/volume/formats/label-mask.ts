import { Fault } from '../../fault.ts';
import { boundingBox } from '../box.ts';
import { type Grid, type Mask, sameType, type Triple, type Volume } from '../volume.ts';

type Tolerances = Readonly<{ correctMask: boolean; geometryTolerance: number; label: number }>;

/** 1 where the voxel is `label`. Throws MASK_EMPTY, and MASK_LABEL_MISSING with the labels that are there. */
export function labelMask({ voxels, ...grid }: Volume, label: number): Mask {
  const inside = new Uint8Array(voxels.length);
  let found = 0;
  for (let i = 0; i < voxels.length; i++) {
    if (voxels[i] !== label) continue;
    inside[i] = 1;
    found++;
  }
  if (found === 0) throw missing(voxels, label);
  return { ...grid, voxels: inside };
}

const MOST_NAMED = 10;

function missing(voxels: Volume['voxels'], label: number): Fault {
  const labels = new Set<number>();
  for (let i = 0; i < voxels.length && labels.size <= MOST_NAMED; i++)
    if (voxels[i] !== 0) labels.add(voxels[i]!);
  if (labels.size === 0) return new Fault('MASK_EMPTY');
  const named = [...labels]
    .slice(0, MOST_NAMED)
    .sort((a, b) => a - b)
    .join(', ');
  return new Fault(
    'MASK_LABEL_MISSING',
    `no voxel is ${label}; there is ${named}${labels.size > MOST_NAMED ? ', ...' : ''}`,
  );
}

/**
 * The label image on the image's grid: as it is when the grids agree (origin and spacing to `geometryTolerance` of the first
 * spacing, directions to `geometryTolerance`), else, if the mask may be corrected, its nearest labels.
 * Throws IMAGE_MASK_GEOMETRY with what differs, MASK_OUTSIDE when a voxel of `label` reaches beyond the image.
 */
export function onGridOf(
  image: Volume,
  labels: Volume,
  { correctMask, geometryTolerance, label }: Tolerances,
): Volume {
  const { size, spacing, origin, direction } = image;
  const grid: Grid = { size, spacing, origin, direction };
  const difference = differenceOf(image, labels, geometryTolerance);
  if (difference === undefined) return { ...grid, voxels: labels.voxels };
  if (!correctMask) throw new Fault('IMAGE_MASK_GEOMETRY', difference);
  refuseOutside(grid, labelMask(labels, label));
  return { ...grid, voxels: nearestLabels(grid, labels) };
}

/** Voxels by which a region may reach beyond the image: rounding of the headers. */
const BEYOND = 1e-3;

/** What lies outside would be missing from the lesion in silence. @see PyRadiomics, checkMask */
function refuseOutside(image: Grid, mask: Mask): void {
  const box = boundingBox(mask)!;
  const ends = ([0, 1, 2] as const).map((axis) => [
    box.start[axis] - 0.5,
    box.start[axis] + box.size[axis] - 0.5,
  ]);
  const [xs, ys, zs] = ends as [number[], number[], number[]];
  const corners = xs.flatMap((x) => ys.flatMap((y) => zs.map((z): Triple => [x, y, z])));
  for (const corner of corners) {
    const at = indexIn(image, pointOf(mask, corner));
    const isInside = at.every(
      (index, axis) => index >= -0.5 - BEYOND && index <= image.size[axis as 0]! - 0.5 + BEYOND,
    );
    if (!isInside) throw new Fault('MASK_OUTSIDE', 'the region reaches beyond the image');
  }
}

function pointOf({ origin, spacing, direction }: Grid, index: Triple): Triple {
  const along = (row: 0 | 1 | 2) =>
    origin[row] +
    direction[3 * row]! * spacing[0] * index[0] +
    direction[3 * row + 1]! * spacing[1] * index[1] +
    direction[3 * row + 2]! * spacing[2] * index[2];
  return [along(0), along(1), along(2)];
}

function differenceOf(image: Grid, mask: Grid, tolerance: number): string | undefined {
  const apart = (a: readonly number[], b: readonly number[]) =>
    Math.max(...a.map((value, k) => Math.abs(value - b[k]!)));
  const mm = tolerance * image.spacing[0];
  if (image.size.join() !== mask.size.join())
    return `${image.size.join(' x ')} against ${mask.size.join(' x ')} voxels`;
  if (!(apart(image.spacing, mask.spacing) <= mm))
    return `spacing ${image.spacing} against ${mask.spacing} mm`;
  if (!(apart(image.origin, mask.origin) <= mm)) return `origin ${image.origin} against ${mask.origin} mm`;
  if (!(apart(image.direction, mask.direction) <= tolerance)) return 'other directions of the axes';
  return undefined;
}

/** The label nearest to each voxel of the grid, 0 outside; halves go up. */
function nearestLabels(grid: Grid, labels: Volume): Volume['voxels'] {
  const voxels = sameType(labels.voxels, grid.size[0] * grid.size[1] * grid.size[2]);
  const start = indexIn(labels, grid.origin);
  const steps = [0, 1, 2].map((axis) => {
    const point = [0, 1, 2].map(
      (row) => grid.origin[row as 0]! + grid.direction[3 * row + axis]! * grid.spacing[axis as 0]!,
    );
    return indexIn(labels, point as unknown as Triple).map((at, k) => at - start[k]!);
  }) as [number[], number[], number[]];
  const at = (k: number, x: number, y: number, z: number) =>
    Math.floor(start[k]! + x * steps[0][k]! + y * steps[1][k]! + z * steps[2][k]! + 0.5);
  const [nx, ny, nz] = labels.size;
  for (let z = 0, to = 0; z < grid.size[2]; z++) {
    for (let y = 0; y < grid.size[1]; y++) {
      for (let x = 0; x < grid.size[0]; x++, to++) {
        const [i, j, k] = [at(0, x, y, z), at(1, x, y, z), at(2, x, y, z)];
        const isInside = i >= 0 && j >= 0 && k >= 0 && i < nx && j < ny && k < nz;
        if (isInside) voxels[to] = labels.voxels[(k * ny + j) * nx + i]!;
      }
    }
  }
  return voxels;
}

/** Continuous index of a point, LPS mm; the directions are orthonormal. */
function indexIn({ origin, direction, spacing }: Grid, point: Triple): number[] {
  return [0, 1, 2].map((axis) => {
    const along = [0, 1, 2].reduce(
      (sum, row) => sum + direction[3 * row + axis]! * (point[row as 0]! - origin[row as 0]!),
      0,
    );
    return along / spacing[axis as 0]!;
  });
}
