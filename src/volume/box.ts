import { type Grid, type Mask, sameType, type Triple, type Volume, type Voxels } from './volume.ts';

/** An axis-aligned part of a grid in index coordinates: first voxel and number of voxels along x, y, z. */
export type Box = Readonly<{ start: Triple; size: Triple }>;

/** The whole of a grid of `size` voxels. */
export function wholeBox(size: Triple): Box {
  return { start: [0, 0, 0], size };
}

/** The smallest box that holds every voxel of the mask; undefined when the mask holds none. */
export function boundingBox(mask: Mask): Box | undefined {
  const [nx, ny] = mask.size;
  // a Buffer looks for a byte many at a time
  const bytes = Buffer.from(mask.voxels.buffer, mask.voxels.byteOffset, mask.voxels.length);
  const first = bytes.indexOf(1);
  if (first < 0) return undefined;
  const startZ = Math.floor(first / (nx * ny));
  const endZ = Math.floor(bytes.lastIndexOf(1) / (nx * ny)) + 1;
  let startX = nx;
  let startY = ny;
  let endX = 0;
  let endY = 0;
  // from the first voxel of a row that has one to that of the next: what is empty is skipped by native code
  for (let at = first; at >= 0; ) {
    const row = Math.floor(at / nx);
    const y = row % ny;
    startX = Math.min(startX, at - row * nx);
    startY = Math.min(startY, y);
    endY = Math.max(endY, y + 1);
    const next = (row + 1) * nx;
    let last = next - 1;
    while (last >= row * nx + endX && bytes[last] !== 1) last--;
    endX = Math.max(endX, last + 1 - row * nx);
    at = next < bytes.length ? bytes.indexOf(1, next) : -1;
  }
  return { start: [startX, startY, startZ], size: [endX - startX, endY - startY, endZ - startZ] };
}

/** Where voxels of a mask are set, ascending. */
export function placesOf(voxels: Uint8Array): Int32Array {
  const places = new Int32Array(voxels.length);
  let found = 0;
  for (let i = 0; i < voxels.length; i++) if (voxels[i] !== 0) places[found++] = i;
  return places.slice(0, found);
}

/** The box with `margin` more voxels on every side, clipped to a grid of `size` voxels. */
export function widened(box: Box, margin: number, size: Triple): Box {
  const span = (axis: 0 | 1 | 2): readonly [number, number] => {
    const start = Math.max(0, box.start[axis] - margin);
    const end = Math.min(size[axis], box.start[axis] + box.size[axis] + margin);
    return [start, end - start];
  };
  const [x, y, z] = [span(0), span(1), span(2)];
  return { start: [x[0], y[0], z[0]], size: [x[1], y[1], z[1]] };
}

/** The part of a volume inside `box`, on its own grid: origin moved along the directions, values untouched. */
export function croppedVolume(volume: Volume, box: Box): Volume {
  const { voxels } = volume;
  const kept = sameType(voxels, count(box));
  copyBox(voxels, volume.size, box, kept);
  return { ...croppedGrid(volume, box), voxels: kept };
}

/** The part of a mask inside `box`, on its own grid. */
export function croppedMask(mask: Mask, box: Box): Mask {
  const kept = new Uint8Array(count(box));
  copyBox(mask.voxels, mask.size, box, kept);
  return { ...croppedGrid(mask, box), voxels: kept };
}

/** Copies the voxels of `box`, x fastest, into `target`, converting to its number type. */
export function copyBox(voxels: Voxels, size: Triple, box: Box, target: Voxels): void {
  const [sx, sy, sz] = box.start;
  const [bx, by, bz] = box.size;
  for (let z = 0, to = 0; z < bz; z++) {
    for (let y = 0; y < by; y++, to += bx) {
      const from = ((z + sz) * size[1] + y + sy) * size[0] + sx;
      target.set(voxels.subarray(from, from + bx), to);
    }
  }
}

function croppedGrid(grid: Grid, { start, size }: Box): Grid {
  const { spacing, direction } = grid;
  const along = (row: number) =>
    grid.origin[row as 0]! +
    direction[3 * row]! * spacing[0] * start[0] +
    direction[3 * row + 1]! * spacing[1] * start[1] +
    direction[3 * row + 2]! * spacing[2] * start[2];
  return { size, spacing, direction, origin: [along(0), along(1), along(2)] };
}

/** The voxels of plane `z`, row by row, as a view. */
export function plane<V extends Voxels>(voxels: V, [nx, ny]: Triple, z: number): V {
  return voxels.subarray(z * nx * ny, (z + 1) * nx * ny) as V;
}

/** Number of voxels in a box. */
export function count({ size }: Box): number {
  return size[0] * size[1] * size[2];
}
