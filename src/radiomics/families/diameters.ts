import type { Triple } from '../../volume/volume.ts';
import { once } from '../once.ts';
import { bordered, type RegionShape } from './mesh.ts';

/** Points in half voxels: x, y, z one after the other. */
type Points = Int32Array;
type Axis = 0 | 1 | 2;

/**
 * The largest distance, mm, between two vertices of the mesh: of all, and of those in one plane across each axis (x, y, z).
 * Vertices are the middles between a voxel inside and a neighbour outside. Only corners of convex hulls can be ends of the
 * largest distance: in a plane those of the lines' ends, in space those of the planes' hulls.
 */
export function diameters({ inside, size, spacing }: RegionShape): Readonly<{
  inSpace: () => number;
  across: (axis: Axis) => number;
}> {
  const voxels = bordered({ inside, size });
  const slices = once(() => planarHulls(lineEnds(voxels, size, 2), 2));
  const hulls = (axis: Axis) => (axis === 2 ? slices() : planarHulls(lineEnds(voxels, size, axis), axis));
  return {
    inSpace: () => {
      let points = joined(slices());
      for (const axis of [1, 0] as const) points = joined(planarHulls(points, axis));
      return Math.sqrt(largestSquare(points, spacing));
    },
    across: (axis) =>
      Math.sqrt(hulls(axis).reduce((most, hull) => Math.max(most, largestSquare(hull, spacing)), 0)),
  };
}

/** The first and the last vertex of every line that has one, of lines in the planes across `axis`. */
function lineEnds(voxels: Uint8Array, size: Triple, axis: Axis): Points {
  const steps = [1, size[0] + 2, (size[0] + 2) * (size[1] + 2)] as const;
  const line: Axis = axis === 0 ? 1 : 0;
  const row = (3 - axis - line) as Axis;
  const ends: number[] = [];
  const [n, step] = [size[line] + 2, steps[line]];
  const add = (at: number, plane: number, alongRow: number): void => {
    const point = [0, 0, 0];
    [point[axis], point[row], point[line]] = [plane, alongRow, at];
    ends.push(...point);
  };
  /** vertices between two neighbouring lines, where one is inside and the other is not */
  const between = (first: number, second: number, plane: number, alongRow: number): void => {
    let from = 0;
    while (from < n && voxels[first + from * step] === voxels[second + from * step]) from++;
    if (from === n) return;
    let to = n - 1;
    while (voxels[first + to * step] === voxels[second + to * step]) to--;
    add(2 * from, plane, alongRow);
    if (to > from) add(2 * to, plane, alongRow);
  };
  for (let p = 0; p <= size[axis]; p++) {
    for (let r = 0; r <= size[row]; r++) {
      const start = p * steps[axis] + r * steps[row];
      between(start, start + steps[row], 2 * p, 2 * r + 1);
      between(start, start + steps[axis], 2 * p + 1, 2 * r);
      let from = 0;
      while (from < n && voxels[start + from * step] === 0) from++;
      if (from === n) continue;
      let to = n - 1;
      while (voxels[start + to * step] === 0) to--;
      add(2 * from - 1, 2 * p, 2 * r);
      add(2 * to + 1, 2 * p, 2 * r);
    }
  }
  return Int32Array.from(ends);
}

/** Half voxels reach from -1 to twice the largest image: a coordinate takes so many places in a key. */
const ROOM = 2 ** 17;

/** Convex hulls of the points that lie in one plane across `axis`, plane by plane (Andrew 1979). */
function planarHulls(points: Points, axis: Axis): readonly Points[] {
  const [u, v] = axis === 0 ? ([1, 2] as const) : ([0, (3 - axis) as Axis] as const);
  const keys = new Float64Array(points.length / 3);
  for (let i = 0, p = 0; i < keys.length; i++, p += 3) {
    keys[i] = ((points[p + axis]! + 1) * ROOM + points[p + u]! + 1) * ROOM + points[p + v]! + 1;
  }
  keys.sort();
  const hulls: Points[] = [];
  for (let from = 0; from < keys.length; ) {
    const plane = Math.floor(keys[from]! / ROOM ** 2);
    const flat: number[] = [];
    for (; from < keys.length && Math.floor(keys[from]! / ROOM ** 2) === plane; from++) {
      if (keys[from] !== keys[from - 1]) flat.push(Math.floor(keys[from]! / ROOM) % ROOM, keys[from]! % ROOM);
    }
    hulls.push(placed(hullOf(flat), plane, axis, u, v));
  }
  return hulls;
}

/** Corners in a plane, u and v in turn, as points. */
function placed(corners: readonly number[], plane: number, axis: Axis, u: Axis, v: Axis): Points {
  const points = new Int32Array((corners.length / 2) * 3);
  for (let i = 0, p = 0; i < corners.length; i += 2, p += 3) {
    points[p + axis] = plane - 1;
    points[p + u] = corners[i]! - 1;
    points[p + v] = corners[i + 1]! - 1;
  }
  return points;
}

/** Corners of the convex hull of points (u, v in turn) sorted by u, then v: the lower half, then the upper. */
function hullOf(flat: readonly number[]): readonly number[] {
  const kept: number[] = [];
  const add = (i: number, least: number): void => {
    while (kept.length - 4 >= least && turn(kept, flat[i]!, flat[i + 1]!) <= 0) kept.length -= 2;
    kept.push(flat[i]!, flat[i + 1]!);
  };
  for (let i = 0; i < flat.length; i += 2) add(i, 0);
  const half = kept.length - 2;
  for (let i = flat.length - 4; i > 0; i -= 2) add(i, half);
  return kept;
}

/** Positive where the way over the last two points kept to the new one turns left. */
function turn(kept: readonly number[], u: number, v: number): number {
  const n = kept.length;
  const [au, av] = [kept[n - 4]!, kept[n - 3]!];
  return (kept[n - 2]! - au) * (v - av) - (kept[n - 1]! - av) * (u - au);
}

function joined(hulls: readonly Points[]): Points {
  const all = new Int32Array(hulls.reduce((sum, hull) => sum + hull.length, 0));
  let at = 0;
  for (const hull of hulls) {
    all.set(hull, at);
    at += hull.length;
  }
  return all;
}

function largestSquare(points: Points, spacing: Triple): number {
  const [hx, hy, hz] = [spacing[0] / 2, spacing[1] / 2, spacing[2] / 2];
  let most = 0;
  for (let a = 0; a < points.length; a += 3) {
    const [x, y, z] = [points[a]!, points[a + 1]!, points[a + 2]!];
    for (let b = a + 3; b < points.length; b += 3) {
      const dx = (points[b]! - x) * hx;
      const dy = (points[b + 1]! - y) * hy;
      const dz = (points[b + 2]! - z) * hz;
      const square = dx * dx + dy * dy + dz * dz;
      if (square > most) most = square;
    }
  }
  return most;
}
