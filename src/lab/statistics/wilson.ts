import type { Interval, Proportion } from '../evaluate/evaluation.ts';
import { Z95 } from './distributions.ts';

/** 95 % interval of a proportion x / n, n > 0. @see Wilson, J. Am. Stat. Assoc. 22 (1927) 209-212 */
export function wilson(x: number, n: number): Interval {
  const share = x / n;
  const squared = Z95 * Z95;
  const centre = (share + squared / (2 * n)) / (1 + squared / n);
  const half = (Z95 / (1 + squared / n)) * Math.sqrt((share * (1 - share)) / n + squared / (4 * n * n));
  return [x === 0 ? 0 : centre - half, x === n ? 1 : centre + half];
}

/** null without a denominator */
export const proportion = (x: number, n: number): Proportion =>
  n === 0 ? null : { x, n, value: x / n, wilson: wilson(x, n) };
