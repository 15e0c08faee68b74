import type { Neighbourhood, TextureKernels } from '../kernels/kernels.ts';
import type { Triple } from '../volume/volume.ts';
import type { Levels } from './discretise.ts';
import type { ExtractionSettings, NeighbourSettings } from './settings.ts';

/** A step between voxels in index coordinates (x, y, z). */
export type Offset = Triple;

/**
 * Directions to neighbours, one of each opposite pair, in PyRadiomics' order: z, then y, then x, descending from the largest
 * distance. At distance 1 in three dimensions: 13. Directions that do not fit a box of `size` voxels are left out.
 * @see IBSI reference manual, 3.6 (grey level co-occurrence, Chebyshev distance)
 */
export function directions(
  size: Triple,
  { distances, force2D, force2Ddimension }: NeighbourSettings,
): readonly Offset[] {
  const most = Math.max(...distances);
  const steps = Array.from({ length: 2 * most + 1 }, (_, k) => most - k);
  const across = force2D ? 2 - force2Ddimension : undefined;
  const found: Offset[] = [];
  for (const z of steps) {
    for (const y of steps) for (const x of steps) if (isForward(z, y, x)) found.push([x, y, z]);
  }
  return found.filter(
    (offset) =>
      distances.includes(Math.max(...offset.map(Math.abs))) &&
      offset.every(
        (step, axis) => Math.abs(step) < size[axis as 0 | 1 | 2] && (axis !== across || step === 0),
      ),
  );
}

/** Directions and their opposites: every neighbour of a voxel, in the order of `directions`, then the opposites. */
export function neighbours(size: Triple, settings: NeighbourSettings): readonly Offset[] {
  const forward = directions(size, settings);
  return [...forward, ...forward.map(([x, y, z]): Offset => [-x, -y, -z])];
}

function isForward(z: number, y: number, x: number): boolean {
  return z > 0 || (z === 0 && (y > 0 || (y === 0 && x > 0)));
}

/** How far apart two voxels at `offset` are in the padded array of levels. */
function stepOf([x, y, z]: Offset, size: Triple, border: number): number {
  const rowStep = size[0] + 2 * border;
  return x + y * rowStep + z * rowStep * (size[1] + 2 * border);
}

/** How far apart voxels at each of the offsets are in the padded array of levels. */
export function stepsOf(offsets: readonly Offset[], size: Triple, border: number): Int32Array {
  return Int32Array.from(offsets.map((offset) => stepOf(offset, size, border)));
}

/** Whether the voxels at two of the offsets, by number, touch: at most one step apart along each axis. */
export function touching(offsets: readonly Offset[]): (a: number, b: number) => boolean {
  return (a, b) => offsets[a]!.every((at, axis) => Math.abs(at - offsets[b]![axis as 0]!) <= 1);
}

/** What lies around the voxels of the region, and how many neighbours a voxel can have. */
export type Surroundings = Neighbourhood & Readonly<{ most: number }>;

/** Neighbours are similar that differ by at most gldm_a: one look serves dependences and tone differences. */
export function surroundings(
  levels: Levels,
  settings: NeighbourSettings & Pick<ExtractionSettings, 'gldm_a'>,
  kernels: TextureKernels,
): Surroundings {
  const { size, border } = levels;
  const steps = stepsOf(neighbours(size, settings), size, border);
  return { ...kernels.neighbourhood(levels, steps, settings.gldm_a), most: steps.length };
}
