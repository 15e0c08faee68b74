import { sameType, type Triple, type Voxels } from './volume.ts';

type Positions = readonly [Float64Array, Float64Array, Float64Array];

/** Where a sample lies on one axis: the voxel below it and the way to the next; below -1: outside the image. */
type Places = Readonly<{ below: Int32Array; way: Float64Array }>;

/**
 * Trilinear interpolation at `positions` (continuous indices along x, y, z) into a grid of `target` voxels. Samples in the outer
 * half of a border voxel have its value, samples outside the image are 0; integer images are truncated toward zero.
 */
export function linear<V extends Voxels>(voxels: V, size: Triple, positions: Positions, target: Triple): V {
  const [px, py, pz] = positions.map((at, axis) => placesOn(at, size[axis as 0]!)) as [
    Places,
    Places,
    Places,
  ];
  const values = sameType(voxels, target[0] * target[1] * target[2]);
  const [row, slice] = [size[0], size[0] * size[1]];
  for (let z = 0, to = 0; z < target[2]; z++) {
    for (let y = 0; y < target[1]; y++) {
      const [k, j] = [pz.below[z]!, py.below[y]!];
      for (let x = 0; x < target[0]; x++, to++) {
        const i = px.below[x]!;
        if (i < 0 || j < 0 || k < 0) continue;
        const [wx, wy, wz] = [px.way[x]!, py.way[y]!, pz.way[z]!];
        const from = k * slice + j * row + i;
        const plane = alongPlane(voxels, from, row, wx, wy);
        values[to] = wz > 0 ? plane + (alongPlane(voxels, from + slice, row, wx, wy) - plane) * wz : plane;
      }
    }
  }
  return values;
}

function alongPlane(voxels: Voxels, from: number, row: number, wx: number, wy: number): number {
  const line = alongLine(voxels, from, wx);
  return wy > 0 ? line + (alongLine(voxels, from + row, wx) - line) * wy : line;
}

function alongLine(voxels: Voxels, from: number, wx: number): number {
  const value = voxels[from]!;
  return wx > 0 ? value + (voxels[from + 1]! - value) * wx : value;
}

function placesOn(positions: Float64Array, n: number): Places {
  const below = new Int32Array(positions.length);
  const way = new Float64Array(positions.length);
  for (const [i, at] of positions.entries()) {
    if (!(at >= -0.5 && at < n - 0.5)) {
      below[i] = -1;
      continue;
    }
    below[i] = Math.max(0, Math.floor(at));
    way[i] = below[i]! < n - 1 ? Math.max(0, at - below[i]!) : 0;
  }
  return { below, way };
}

/** The nearest voxel (halves go up) at `positions`; 0 outside the image. */
export function nearest<V extends Voxels>(voxels: V, size: Triple, positions: Positions, target: Triple): V {
  const [nx, ny, nz] = positions.map((at, axis) =>
    Int32Array.from(at, (c) => (c >= -0.5 && c < size[axis as 0]! - 0.5 ? Math.floor(c + 0.5) : -1)),
  ) as [Int32Array, Int32Array, Int32Array];
  const values = sameType(voxels, target[0] * target[1] * target[2]);
  for (let z = 0, to = 0; z < target[2]; z++) {
    for (let y = 0; y < target[1]; y++) {
      for (let x = 0; x < target[0]; x++, to++) {
        const [i, j, k] = [nx[x]!, ny[y]!, nz[z]!];
        if (i >= 0 && j >= 0 && k >= 0) values[to] = voxels[(k * size[1] + j) * size[0] + i]!;
      }
    }
  }
  return values;
}
