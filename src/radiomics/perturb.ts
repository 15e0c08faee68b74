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

/** The mask eroded, dilated (four neighbours in the slice) and shifted by one voxel in the slice, columns and rows both ways. */
export function perturbedMasks(mask: Mask): readonly PerturbedMask[] {
  return [
    {
      name: 'erosion',
      mask: withVoxels(mask, (around, self) => Number(self === 1 && around === SIDES.length)),
    },
    { name: 'dilation', mask: withVoxels(mask, (around, self) => Number(self === 1 || around > 0)) },
    ...SIDES.map(([dx, dy], k) => ({ name: SHIFT_NAMES[k]!, mask: shifted(mask, dx, dy) })),
  ];
}

/** `of` tells a voxel from how many of its four neighbours are inside, and whether itself is; beyond the image is outside. */
function withVoxels(mask: Mask, of: (around: number, self: number) => number): Mask {
  const [nx, ny] = mask.size;
  const voxels = new Uint8Array(mask.voxels.length);
  for (let i = 0; i < voxels.length; i++) {
    const x = i % nx;
    const y = Math.floor(i / nx) % ny;
    const around =
      (x > 0 ? mask.voxels[i - 1]! : 0) +
      (x < nx - 1 ? mask.voxels[i + 1]! : 0) +
      (y > 0 ? mask.voxels[i - nx]! : 0) +
      (y < ny - 1 ? mask.voxels[i + nx]! : 0);
    voxels[i] = of(around, mask.voxels[i]!);
  }
  return { ...mask, voxels };
}

function shifted(mask: Mask, dx: number, dy: number): Mask {
  const [nx, ny, nz] = mask.size;
  const voxels = new Uint8Array(mask.voxels.length);
  for (let z = 0; z < nz; z++) {
    for (let y = Math.max(0, dy); y < Math.min(ny, ny + dy); y++) {
      const row = (z * ny + y) * nx;
      const from = mask.voxels.subarray(row - dy * nx, row - dy * nx + nx);
      if (dx === 0) voxels.set(from, row);
      else if (dx > 0) voxels.set(from.subarray(0, nx - 1), row + 1);
      else voxels.set(from.subarray(1), row);
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
