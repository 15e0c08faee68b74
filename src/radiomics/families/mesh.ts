import type { Triple } from '../../volume/volume.ts';
import { CORNERS, TRIANGLES_OF_CASE, type Triangle } from './marching-cubes-table.ts';

/** A region over its bounding box, x fastest: 1 inside. Spacing in mm. */
export type RegionShape = Readonly<{ inside: Uint8Array; size: Triple; spacing: Triple }>;

/** The region with a border of one voxel outside it: size + 2 along each axis. */
export function bordered({ inside, size }: Pick<RegionShape, 'inside' | 'size'>): Uint8Array {
  const [nx, ny, nz] = size;
  const voxels = new Uint8Array((nx + 2) * (ny + 2) * (nz + 2));
  for (let row = 0; row < ny * nz; row++) {
    const y = row % ny;
    const z = (row - y) / ny;
    voxels.set(inside.subarray(row * nx, (row + 1) * nx), ((z + 1) * (ny + 2) + y + 1) * (nx + 2) + 1);
  }
  return voxels;
}

/** How often each of the 256 cases occurs, and the sums of the indices x, y, z of its cubes. */
type Cases = Readonly<{ counts: Float64Array; sums: readonly [Float64Array, Float64Array, Float64Array] }>;

/**
 * Surface (mm2) and volume (mm3) of the mesh around a region. The triangles of a case have one area wherever the cube is, and
 * their part of the volume is linear in its place: cubes need only be counted by case.
 * @see IBSI C0JK (surface area), RNU0 (volume)
 */
export function meshOf(region: RegionShape): Readonly<{ surface: number; volume: number }> {
  const { counts, sums } = casesOf(bordered(region), region.size);
  let [surface, volume] = [0, 0];
  for (let code = 1; code < 255; code++) {
    if (counts[code] === 0) continue;
    const isComplement = code > 127;
    const sign = isComplement ? -1 : 1;
    for (const triangle of TRIANGLES_OF_CASE[isComplement ? 255 - code : code]!) {
      const { normal, product } = measures(triangle, region.spacing);
      surface += (counts[code]! * Math.hypot(...normal)) / 2;
      const along = [0, 1, 2].reduce(
        (sum, axis) => sum + sums[axis as 0]![code]! * region.spacing[axis as 0]! * normal[axis]!,
        0,
      );
      volume += (sign * (counts[code]! * product + along)) / 6;
    }
  }
  return { surface, volume: Math.abs(volume) };
}

function casesOf(voxels: Uint8Array, [nx, ny, nz]: Triple): Cases {
  const width = nx + 2;
  const area = width * (ny + 2);
  const counts = new Float64Array(256);
  const sums = [new Float64Array(256), new Float64Array(256), new Float64Array(256)] as const;
  const [sx, sy, sz] = sums;
  for (let z = 0; z <= nz; z++) {
    for (let y = 0; y <= ny; y++) {
      let place = z * area + y * width;
      let left = sideOf(voxels, place, width, area);
      for (let x = 0; x <= nx; x++) {
        place++;
        const right = sideOf(voxels, place, width, area);
        const sides = left + right;
        if (sides > 0 && sides < ALL_INSIDE) {
          const code = LEFT[left]! | RIGHT[right]!;
          counts[code] = counts[code]! + 1;
          sx[code] = sx[code]! + x;
          sy[code] = sy[code]! + y;
          sz[code] = sz[code]! + z;
        }
        left = right;
      }
    }
  }
  return { counts, sums };
}

/** Both sides of a cube full. */
const ALL_INSIDE = 30;

/** The four voxels of a cube's side across x as bits: y, z = 00, 10, 01, 11. */
function sideOf(voxels: Uint8Array, place: number, width: number, area: number): number {
  return (
    voxels[place]! |
    (voxels[place + width]! << 1) |
    (voxels[place + area]! << 2) |
    (voxels[place + area + width]! << 3)
  );
}

/** The case's bits of a cube's left and right side. */
const LEFT = caseBits(0);
const RIGHT = caseBits(1);

function caseBits(x: number): Uint8Array {
  return Uint8Array.from({ length: 16 }, (_, side) =>
    CORNERS.reduce((code, corner, k) => {
      const bit = corner[1] + 2 * corner[2];
      return corner[0] === x && (side >> bit) & 1 ? code | (1 << k) : code;
    }, 0),
  );
}

/** Twice the area vector, and the triple product about the cube's first corner. */
function measures(triangle: Triangle, spacing: Triple) {
  const [a, b, c] = triangle.map((point) =>
    point.map((step, axis) => step * spacing[axis as 0]!),
  ) as number[][];
  const [ab, bc, ca] = [cross(a!, b!), cross(b!, c!), cross(c!, a!)];
  const normal = [0, 1, 2].map((axis) => ab[axis]! + bc[axis]! + ca[axis]!);
  return { normal, product: ab[0]! * c![0]! + ab[1]! * c![1]! + ab[2]! * c![2]! };
}

function cross(a: readonly number[], b: readonly number[]): number[] {
  return [a[1]! * b[2]! - a[2]! * b[1]!, a[2]! * b[0]! - a[0]! * b[2]!, a[0]! * b[1]! - a[1]! * b[0]!];
}
