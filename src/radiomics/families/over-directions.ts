import type { Triple } from '../../volume/volume.ts';
import type { Offset } from '../neighbourhood.ts';
import type { ExtractionSettings } from '../settings.ts';

/** exp(-d^2) with d the length of the offset, mm, in the norm; 1 without weighting. @see PyRadiomics, weightingNorm */
export function directionWeight(
  offset: Offset,
  norm: NonNullable<ExtractionSettings['weightingNorm']>,
  spacing: Triple,
): number {
  const [x, y, z] = [0, 1, 2].map((axis) => Math.abs(offset[axis as 0]!) * spacing[axis as 0]!) as [
    number,
    number,
    number,
  ];
  switch (norm) {
    case 'no_weighting':
      return 1;
    case 'infinity':
      return Math.exp(-(Math.max(x, y, z) ** 2));
    case 'euclidean':
      return Math.exp(-(x * x + y * y + z * z));
    case 'manhattan':
      return Math.exp(-((x + y + z) ** 2));
  }
}

/** Mean of the values that are defined; NaN when none is. */
export function meanOfDefined(values: readonly number[]): number {
  const defined = values.filter((value) => !Number.isNaN(value));
  return defined.reduce((sum, value) => sum + value, 0) / defined.length;
}
