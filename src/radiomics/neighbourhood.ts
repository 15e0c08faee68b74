import type { Triple } from '../volume/volume.ts';

/** A step between voxels in index coordinates (x, y, z). */
export type Offset = Triple;

/**
 * The 13 directions to direct neighbours, one of each opposite pair, in PyRadiomics' order: z, then y, then x, from 1 to -1.
 * Directions that do not fit a box of `size` voxels are left out.
 * @see IBSI reference manual, 3.6 (grey level co-occurrence, Chebyshev distance 1)
 */
export function directions(size: Triple): readonly Offset[] {
  const found: Offset[] = [];
  for (const z of [1, 0]) {
    for (const y of [1, 0, -1]) {
      for (const x of [1, 0, -1]) if (isForward(z, y, x)) found.push([x, y, z]);
    }
  }
  return found.filter((offset) => offset.every((step, axis) => Math.abs(step) < size[axis as 0 | 1 | 2]));
}

function isForward(z: number, y: number, x: number): boolean {
  return z > 0 || (z === 0 && (y > 0 || (y === 0 && x > 0)));
}
