import type { Triple } from '../../volume/volume.ts';
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
  return {
    inSpace: () => {
      let points = lineEnds(voxels, size, 2);
      for (const axis of [2, 1, 0] as const) points = joined(planarHulls(points, axis));
      return Math.sqrt(largestSquare(points, spacing));
    },
    across: (axis) =>
      Math.sqrt(
        planarHulls(lineEnds(voxels, size, axis), axis).reduce(
          (most, hull) => Math.max(most, largestSquare(hull, spacing)),
          0,
        ),
      ),
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

/** Convex hulls of the points that lie in one plane across `axis`, plane by plane (Andrew 1979). */
function planarHulls(points: Points, axis: Axis): readonly Points[] {
  const [u, v] = axis === 0 ? [1, 2] : [0, 3 - axis];
  const order = Array.from({ length: points.length / 3 }, (_, i) => 3 * i).sort(
    (a, b) =>
      points[a + axis]! - points[b + axis]! ||
      points[a + u]! - points[b + u]! ||
      points[a + v]! - points[b + v]!,
  );
  const hulls: Points[] = [];
  for (let from = 0; from < order.length; ) {
    let to = from;
    while (to < order.length && points[order[to]! + axis] === points[order[from]! + axis]) to++;
    const plane = order.slice(from, to);
    const corners = new Set([...chain(points, plane, u, v), ...chain(points, plane.reverse(), u, v)]);
    hulls.push(Int32Array.from([...corners].flatMap((p) => [points[p]!, points[p + 1]!, points[p + 2]!])));
    from = to;
  }
  return hulls;
}

/** Half of the hull: the corners where the way turns to one side only. */
function chain(points: Points, ordered: readonly number[], u: number, v: number): readonly number[] {
  const kept: number[] = [];
  for (const p of ordered) {
    while (kept.length > 1 && turn(points, kept.at(-2)!, kept.at(-1)!, p, u, v) <= 0) kept.pop();
    kept.push(p);
  }
  return kept;
}

function turn(points: Points, a: number, b: number, c: number, u: number, v: number): number {
  const [bu, bv] = [points[b + u]! - points[a + u]!, points[b + v]! - points[a + v]!];
  const [cu, cv] = [points[c + u]! - points[a + u]!, points[c + v]! - points[a + v]!];
  return bu * cv - bv * cu;
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
