import type { Triple } from '../../volume/volume.ts';
import type { Offset } from '../neighbourhood.ts';
import type { ExtractionSettings } from '../settings.ts';

type Norm = Exclude<ExtractionSettings['weightingNorm'], null>;

/**
 * Weights of a direction under a weighting norm; d is the length of its step in that norm, mm, from its extent along x, y, z.
 * PyRadiomics weights runs by d itself, co-occurrence by exp(-d^2), and both by 1 under no_weighting.
 * @see PyRadiomics, weightingNorm (glrlm.py, glcm.py)
 */
export const runWeight = (offset: Offset, norm: Norm, spacing: Triple): number =>
  norm === 'no_weighting' ? 1 : lengthOf(offset, norm, spacing);

/** @see runWeight */
export const pairWeight = (offset: Offset, norm: Norm, spacing: Triple): number =>
  norm === 'no_weighting' ? 1 : Math.exp(-(lengthOf(offset, norm, spacing) ** 2));

function lengthOf(offset: Offset, norm: Exclude<Norm, 'no_weighting'>, spacing: Triple): number {
  const [x, y, z] = [0, 1, 2].map((axis) => Math.abs(offset[axis as 0]!) * spacing[axis as 0]!) as [
    number,
    number,
    number,
  ];
  if (norm === 'infinity') return Math.max(x, y, z);
  return norm === 'euclidean' ? Math.hypot(x, y, z) : x + y + z;
}

/** Mean of the values that are defined; NaN when none is. */
export function meanOfDefined(values: readonly number[]): number {
  const defined = values.filter((value) => !Number.isNaN(value));
  return defined.reduce((sum, value) => sum + value, 0) / defined.length;
}
