import { plane } from '../volume/box.ts';
import type { Mask } from '../volume/volume.ts';

/** A corner between pixels: (0, 0) is the outer corner of pixel (0, 0), so pixel centres are at half corners. */
export type Corner = readonly [x: number, y: number];

/** Where a side leads to from its corner; the next one is a turn to the right, rows counting downwards. */
const STEPS = [
  [1, 0],
  [0, 1],
  [-1, 0],
  [0, -1],
] as const;
const RIGHT_STRAIGHT_LEFT = [1, 0, 3] as const;

/**
 * The borders of the pixels that are set, in a plane of `columns` x `rows`, as closed polygons on pixel corners; the first
 * corner is not repeated. The inside is to the right of each side: outer borders run clockwise, those of holes do not.
 *
 * Every side between a pixel inside and one outside belongs to exactly one polygon, so that the even-odd rule at
 * the pixel centres gives back the mask, holes and islands included. Pixels that touch at a corner only are two
 * islands. No polygon when the plane is empty.
 */
export function outlines(pixels: Uint8Array, columns: number, rows: number): Corner[][] {
  const across = columns + 1;
  const sides = sidesOf(pixels, columns, rows);
  const left = sides.slice();
  const polygons: Corner[][] = [];
  for (let start = 0; start < left.length; start++) {
    while (left[start] !== 0) polygons.push(trace(sides, left, start, across));
  }
  return polygons;
}

/** The borders of a mask in its slice `z`. */
export const outlinesOnSlice = ({ voxels, size }: Mask, z: number): Corner[][] =>
  outlines(plane(voxels, size, z), size[0], size[1]);

/** For each corner, the directions in which sides start there: bit d is STEPS[d]. */
function sidesOf(pixels: Uint8Array, columns: number, rows: number): Uint8Array {
  const across = columns + 1;
  const sides = new Uint8Array(across * (rows + 1));
  const add = (x: number, y: number, direction: number): void => {
    sides[y * across + x]! |= 1 << direction;
  };
  for (let i = 0; i < columns * rows; i++) {
    if (pixels[i] === 0) continue;
    const x = i % columns;
    const y = (i - x) / columns;
    if (y === 0 || pixels[i - columns] === 0) add(x, y, 0);
    if (x === columns - 1 || pixels[i + 1] === 0) add(x + 1, y, 1);
    if (y === rows - 1 || pixels[i + columns] === 0) add(x + 1, y + 1, 2);
    if (x === 0 || pixels[i - 1] === 0) add(x, y + 1, 3);
  }
  return sides;
}

/** One border; its sides are taken out of `left`. Where two borders meet, the sharper turn to the right is the own one. */
function trace(sides: Uint8Array, left: Uint8Array, start: number, across: number): Corner[] {
  const first = lowest(left[start]!);
  const polygon: Corner[] = [];
  let [at, direction, before] = [start, first, -1];
  do {
    if (direction !== before) polygon.push([at % across, Math.floor(at / across)]);
    left[at]! &= ~(1 << direction);
    const [dx, dy] = STEPS[direction]!;
    at += dy * across + dx;
    before = direction;
    const turn = RIGHT_STRAIGHT_LEFT.find((by) => sides[at]! & (1 << ((before + by) & 3)));
    if (turn === undefined) throw new RangeError('a border of the mask is not closed');
    direction = (before + turn) & 3;
  } while (at !== start || direction !== first);
  return before === first ? polygon.slice(1) : polygon;
}

const lowest = (bits: number): number => 31 - Math.clz32(bits & -bits);
