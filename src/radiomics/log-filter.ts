import { type Box, wholeBox } from '../volume/box.ts';
import { type Axis, transformLines } from '../volume/lines.ts';
import type { Triple, Volume } from '../volume/volume.ts';
import { type GaussianFilter, recursiveGaussian, secondDerivative, smoothing } from './recursive-gaussian.ts';

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
 * image; only the voxels inside `wanted` (default: all), x fastest. The whole volume is looked at, and its edge
 * voxels go on for ever. Every pass is rounded to float32. The image must pass `whyNoLog`.
 * @see R. Deriche, Recursively implementing the Gaussian and its derivatives, INRIA RR-1893 (1993), as ITK 5.2's
 * LaplacianRecursiveGaussianImageFilter computes it; @see IBSI 2 (L6PA)
 */
export function laplacianOfGaussian(
  volume: Volume,
  sigmaMm: number,
  wanted: Box = wholeBox(volume.size),
): Float32Array {
  const { size, spacing } = volume;
  const source = volume.voxels instanceof Float32Array ? volume.voxels : Float32Array.from(volume.voxels);
  const sum = new Float32Array(wanted.size[0] * wanted.size[1] * wanted.size[2]);
  const smooth = spacing.map((mm) => smoothing(sigmaMm, mm));
  for (const axis of [0, 1, 2] as const) {
    const passes: Pass[] = [{ axis, filter: secondDerivative(sigmaMm, spacing[axis]) }];
    for (const other of [0, 1, 2] as const)
      if (other !== axis) passes.push({ axis: other, filter: smooth[other]! });
    addScaled(sum, filtered(source, size, passes, wanted), 1 / (spacing[axis] * spacing[axis]));
  }
  return sum;
}

type Pass = Readonly<{ axis: Axis; filter: GaussianFilter }>;

/** One pass after the other; of each only the lines that later passes read, and at last only what is wanted. */
function filtered(source: Float32Array, size: Triple, passes: readonly Pass[], wanted: Box): Float32Array {
  let values = source;
  let dims = size;
  let across = wholeBox(size);
  for (const { axis, filter } of passes) {
    const out = across.size.with(axis, wanted.size[axis]) as unknown as Triple;
    const transform = recursiveGaussian(filter, dims[axis], [wanted.start[axis], wanted.size[axis]]);
    const target = new Float32Array(out[0] * out[1] * out[2]);
    values = transformLines(values, dims, axis, across, transform, target);
    dims = out;
    across = wholeBox(dims);
  }
  return values;
}

function addScaled(sum: Float32Array, values: Float32Array, factor: number): void {
  for (let i = 0; i < sum.length; i++) sum[i] = sum[i]! + values[i]! * factor;
}
