import type { Mask } from '../volume/volume.ts';

/** A corner between pixels: (0, 0) is the outer corner of pixel (0, 0), so pixel centres are at half corners. */
export type Corner = readonly [x: number, y: number];

/**
 * The borders of the mask in one slice as closed polygons on pixel corners; the first corner is not repeated.
 *
 * Every side between a pixel inside and one outside belongs to exactly one polygon, so that the even-odd rule at
 * the pixel centres gives back the mask, holes and islands included. No polygon when the slice is empty.
 */
export function outlines(mask: Mask, slice: number): Corner[][] {
  const sides = directedSides(mask, slice);
  const polygons: Corner[][] = [];
  for (const [start, ends] of sides) {
    while (ends.length > 0) polygons.push(withoutStraightCorners(trace(sides, start)));
  }
  return polygons;
}

/** The sides of pixel (0, 0), its inside always on the same hand, with the neighbour beyond each. */
const SIDES = [
  { from: [0, 0], to: [1, 0], beyond: [0, -1] },
  { from: [1, 0], to: [1, 1], beyond: [1, 0] },
  { from: [1, 1], to: [0, 1], beyond: [0, 1] },
  { from: [0, 1], to: [0, 0], beyond: [-1, 0] },
] as const;

/** From each corner, where the sides that start there end. */
function directedSides({ size, voxels }: Mask, slice: number): Map<string, string[]> {
  const [columns, rows] = size;
  const start = slice * columns * rows;
  const inside = (x: number, y: number): boolean =>
    x >= 0 && y >= 0 && x < columns && y < rows && voxels[start + y * columns + x] === 1;
  const sides = new Map<string, string[]>();
  for (let index = 0; index < columns * rows; index += 1) {
    const [x, y] = [index % columns, Math.floor(index / columns)];
    if (!inside(x, y)) continue;
    for (const { from, to, beyond } of SIDES) {
      if (inside(x + beyond[0], y + beyond[1])) continue;
      const ends = sides.get(key([x + from[0], y + from[1]])) ?? [];
      sides.set(key([x + from[0], y + from[1]]), [...ends, key([x + to[0], y + to[1]])]);
    }
  }
  return sides;
}

function trace(sides: Map<string, string[]>, start: string): Corner[] {
  const polygon: Corner[] = [];
  let at = start;
  do {
    polygon.push(corner(at));
    const next = sides.get(at)?.pop();
    if (next === undefined) throw new RangeError('a border of the mask is not closed');
    at = next;
  } while (at !== start);
  return polygon;
}

function withoutStraightCorners(polygon: readonly Corner[]): Corner[] {
  return polygon.filter((here, index) => {
    const before = polygon.at(index - 1) ?? here;
    const after = polygon[(index + 1) % polygon.length] ?? here;
    return !(
      (before[0] === here[0] && here[0] === after[0]) ||
      (before[1] === here[1] && here[1] === after[1])
    );
  });
}

const key = ([x, y]: Corner): string => `${x},${y}`;

function corner(text: string): Corner {
  const [x, y] = text.split(',').map(Number);
  return [x ?? 0, y ?? 0];
}
