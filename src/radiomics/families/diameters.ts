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
  const slices = once(() => hullsOfLineEnds(voxels, size, 2));
  const hulls = (axis: Axis) => (axis === 2 ? slices() : hullsOfLineEnds(voxels, size, axis));
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

/**
 * Convex hulls, plane by plane across `axis`, of the first and the last vertex of every line that has one. Lines are walked in
 * such an order that the ends come sorted by row, then along the line.
 */
function hullsOfLineEnds(voxels: Uint8Array, size: Triple, axis: Axis): readonly Points[] {
  const steps = [1, size[0] + 2, (size[0] + 2) * (size[1] + 2)] as const;
  const line: Axis = axis === 0 ? 1 : 0;
  const row = (3 - axis - line) as Axis;
  const along = { n: size[line] + 2, step: steps[line] };
  const hulls: Points[] = [];
  const add = (ends: readonly number[], plane: number): void => {
    if (ends.length > 0) hulls.push(placed(hullOf(ends), plane, axis, row, line));
  };
  for (let p = 0; p <= size[axis]; p++) {
    const within: number[] = [];
    const between: number[] = [];
    for (let r = 0; r <= size[row]; r++) {
      const start = p * steps[axis] + r * steps[row];
      addEnds(within, 2 * r, endsOf(voxels, start, along), 1);
      addEnds(within, 2 * r + 1, differences(voxels, start, start + steps[row], along), 0);
      addEnds(between, 2 * r, differences(voxels, start, start + steps[axis], along), 0);
    }
    add(within, 2 * p);
    add(between, 2 * p + 1);
  }
  return hulls;
}

type Along = Readonly<{ n: number; step: number }>;
/** First and last voxel, in one number so that none is allocated for each line; NONE without any. */
type Ends = number;
const NONE: Ends = -1;
const LINE = 2 ** 20;

/** The ends of a line are the vertices `beyond` half voxels outside it. */
function addEnds(to: number[], row: number, ends: Ends, beyond: 0 | 1): void {
  if (ends === NONE) return;
  const first = 2 * Math.floor(ends / LINE) - beyond;
  const last = 2 * (ends % LINE) + beyond;
  to.push(row, first);
  if (last > first) to.push(row, last);
}

/** Of a line's voxels inside: the border's own line has none. */
function endsOf(voxels: Uint8Array, start: number, along: Along): Ends {
  return differences(voxels, start, 0, along);
}

/** Where one of two lines is inside and the other is not. */
function differences(voxels: Uint8Array, one: number, other: number, { n, step }: Along): Ends {
  let from = 0;
  for (let i = one, j = other; from < n && voxels[i] === voxels[j]; i += step, j += step) from++;
  if (from === n) return NONE;
  let to = n - 1;
  for (let i = one + to * step, j = other + to * step; voxels[i] === voxels[j]; i -= step, j -= step) to--;
  return from * LINE + to;
}

/** Half voxels reach from -1 to twice the largest image: a coordinate takes so many places in a key. */
const ROOM = 2 ** 17;

/** Convex hulls of the points that lie in one plane across `axis`, plane by plane. */
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
      if (keys[from] === keys[from - 1]) continue;
      flat.push((Math.floor(keys[from]! / ROOM) % ROOM) - 1, (keys[from]! % ROOM) - 1);
    }
    hulls.push(placed(hullOf(flat), plane - 1, axis, u, v));
  }
  return hulls;
}

/** Corners in a plane, u and v in turn, as points. */
function placed(corners: Int32Array, plane: number, axis: Axis, u: Axis, v: Axis): Points {
  const points = new Int32Array((corners.length / 2) * 3);
  for (let i = 0, p = 0; i < corners.length; i += 2, p += 3) {
    points[p + axis] = plane;
    points[p + u] = corners[i]!;
    points[p + v] = corners[i + 1]!;
  }
  return points;
}

/**
 * Corners of the convex hull of points (u, v in turn) sorted by u, then v: the lower half, then the upper.
 * @see A. M. Andrew, Another efficient algorithm for convex hulls in two dimensions, Inf. Proc. Letters 9 (1979)
 */
function hullOf(flat: readonly number[]): Int32Array {
  const kept = new Int32Array(2 * flat.length);
  let n = 0;
  const add = (i: number, least: number): void => {
    const [u, v] = [flat[i]!, flat[i + 1]!];
    while (n - 4 >= least && turn(kept, n, u, v) <= 0) n -= 2;
    kept[n++] = u;
    kept[n++] = v;
  };
  for (let i = 0; i < flat.length; i += 2) add(i, 0);
  const half = n - 2;
  for (let i = flat.length - 4; i > 0; i -= 2) add(i, half);
  return kept.subarray(0, n);
}

/** Positive where the way over the last two of `n` numbers kept to the new one turns left. */
function turn(kept: Int32Array, n: number, u: number, v: number): number {
  const au = kept[n - 4]!;
  const av = kept[n - 3]!;
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
