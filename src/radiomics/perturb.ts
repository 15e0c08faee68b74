import { type Box, boundingBox, widened } from '../volume/box.ts';
import type { Mask } from '../volume/volume.ts';

/** A mask as another hand might have drawn it. */
export type PerturbedMask = Readonly<{ name: string; mask: Mask }>;

/** In-plane steps to the four neighbours of a voxel. */
const SIDES = [
  [1, 0],
  [-1, 0],
  [0, 1],
  [0, -1],
] as const;
const SHIFT_NAMES = ['shift right', 'shift left', 'shift down', 'shift up'] as const;

/**
 * The mask eroded, dilated (four neighbours in the slice) and shifted by one voxel in the slice, columns and rows both ways, one
 * after the other: a mask is as large as its image. Beyond the image is outside.
 */
export function* perturbedMasks(mask: Mask): Generator<PerturbedMask> {
  const isEroded: Rule = (around, self) => self === 1 && around === SIDES.length;
  yield { name: 'erosion', mask: withVoxels(mask, isEroded) };
  yield { name: 'dilation', mask: withVoxels(mask, (around, self) => self === 1 || around > 0) };
  for (const [k, [dx, dy]] of SIDES.entries()) yield { name: SHIFT_NAMES[k]!, mask: shifted(mask, dx, dy) };
}

/** Tells a voxel from how many of its four neighbours are inside, and whether itself is. */
type Rule = (around: number, self: number) => boolean;

/** Only the region's box and the voxels around it can be inside: a lesion fills a thousandth of a chest. */
function boxAround(mask: Mask): Box {
  const box = boundingBox(mask);
  return box ? widened(box, 1, mask.size) : { start: [0, 0, 0], size: [0, 0, 0] };
}

function withVoxels(mask: Mask, isIn: Rule): Mask {
  const [nx, ny] = mask.size;
  const { start, size } = boxAround(mask);
  const voxels = new Uint8Array(mask.voxels.length);
  for (let z = start[2]; z < start[2] + size[2]; z++) {
    for (let y = start[1]; y < start[1] + size[1]; y++) {
      const row = (z * ny + y) * nx;
      for (let x = start[0]; x < start[0] + size[0]; x++) {
        if (isIn(neighboursInside(mask, x, y, row + x), mask.voxels[row + x]!)) voxels[row + x] = 1;
      }
    }
  }
  return { ...mask, voxels };
}

/** Of the voxel at column x and row y, which is the i-th. */
function neighboursInside({ size: [nx, ny], voxels }: Mask, x: number, y: number, i: number): number {
  const left = x > 0 ? voxels[i - 1]! : 0;
  const right = x < nx - 1 ? voxels[i + 1]! : 0;
  const above = y > 0 ? voxels[i - nx]! : 0;
  return left + right + above + (y < ny - 1 ? voxels[i + nx]! : 0);
}

function shifted(mask: Mask, dx: number, dy: number): Mask {
  const [nx, ny] = mask.size;
  const { start, size } = boxAround(mask);
  const voxels = new Uint8Array(mask.voxels.length);
  const isInImage = (x: number, y: number): boolean => x >= 0 && x < nx && y >= 0 && y < ny;
  for (let z = start[2]; z < start[2] + size[2]; z++) {
    for (let y = start[1]; y < start[1] + size[1]; y++) {
      for (let x = start[0]; x < start[0] + size[0]; x++) {
        const from = (z * ny + y) * nx + x;
        if (mask.voxels[from] === 1 && isInImage(x + dx, y + dy)) voxels[from + dy * nx + dx] = 1;
      }
    }
  }
  return { ...mask, voxels };
}

/** How far a feature moves when the mask does: over the drawn mask and the perturbed ones that have a value. */
export type Spread = Readonly<{
  masks: number;
  minimum: number | null;
  maximum: number | null;
  /** sample standard deviation; null with less than two values */
  standardDeviation: number | null;
}>;

export function spreadOf(
  original: number | null,
  perturbed: Readonly<Record<string, number | null>>,
): Spread {
  const values = [original, ...Object.values(perturbed)].filter((value): value is number => value !== null);
  if (values.length === 0) return { masks: 0, minimum: null, maximum: null, standardDeviation: null };
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return {
    masks: values.length,
    minimum: Math.min(...values),
    maximum: Math.max(...values),
    standardDeviation: values.length > 1 ? Math.sqrt(squares / (values.length - 1)) : null,
  };
}
