import { fastestKernels } from '../kernels/fastest.ts';
import type { Kernels, LaplacianFilters } from '../kernels/kernels.ts';
import type { Axis } from '../kernels/lines.ts';
import { type Box, wholeBox } from '../volume/box.ts';
import type { Triple, Volume, Voxels } from '../volume/volume.ts';
import { secondDerivative, smoothing } from './recursive-gaussian.ts';

/** Deriche's recursion needs four samples. */
const SHORTEST_AXIS = 4;

/** Why PyRadiomics makes no LoG image of `sigmaMm` on this grid; undefined when it does. */
export function whyNoLog(size: Triple, spacing: Triple, sigmaMm: number): string | undefined {
  if (!(sigmaMm > 0)) return 'sigma is not positive';
  if (Math.min(...size) < SHORTEST_AXIS) return `an axis of the image has fewer than ${SHORTEST_AXIS} voxels`;
  const isTooShort = size.some((n, axis) => n < Math.ceil(sigmaMm / spacing[axis as Axis]) + 1);
  return isTooShort ? `the image is too small for sigma ${sigmaMm} mm` : undefined;
}

/**
 * Laplacian of Gaussian of the volume, normalised across scale (times sigma squared), float32, in the unit of the
 * image; only the voxels inside `wanted` (default: all), x fastest, of that box only those at `places`, if
 * given. The whole volume is looked at, and its edge
 * voxels go on for ever. Every pass is rounded to float32. The image must pass `whyNoLog`.
 * @see R. Deriche, Recursively implementing the Gaussian and its derivatives, INRIA RR-1893 (1993), as ITK 5.2's
 * LaplacianRecursiveGaussianImageFilter computes it; @see IBSI 2 (L6PA)
 */
export function laplacianOfGaussian(
  volume: Volume,
  sigmaMm: number,
  wanted: Box = wholeBox(volume.size),
  kernels: Kernels = fastestKernels(),
  places?: Int32Array,
): Float32Array {
  const { size, spacing, voxels } = volume;
  const each = <T>(of: (mm: number) => T) => spacing.map(of) as unknown as readonly [T, T, T];
  const filters: LaplacianFilters = {
    smoothing: each((mm) => smoothing(sigmaMm, mm)),
    secondDerivative: each((mm) => secondDerivative(sigmaMm, mm)),
    factor: each((mm) => 1 / (mm * mm)),
  };
  return kernels.laplacian(exactly(voxels), size, filters, wanted, places);
}

/** Without loss: what float32 may not hold, is double. */
function exactly(voxels: Voxels): Exclude<Voxels, Int32Array | Uint32Array> {
  return voxels instanceof Int32Array || voxels instanceof Uint32Array ? Float64Array.from(voxels) : voxels;
}
