/** When a probability is given, how it is called, and why, for every model alike (DESIGN, "Honest numbers"). */
import type { Category, NormalisationState } from './score-result.ts';

/** Below: no probability (at 10 to 19 local cases the interval spans most of the scale). */
export const FEWEST_FOR_PROBABILITY = 20;
/** Below: provisional. From here on the published coefficients' own uncertainty dominates. */
export const FEWEST_FOR_NORMAL_DISPLAY = 50;

/** On unrounded values. A skewed bootstrap may leave the point outside its interval: that is no certainty either. */
export function categoryOf(
  probability: number,
  [low, high]: readonly [number, number],
  cutOff: number,
): Category {
  const straddles = Math.min(low, probability) < cutOff && cutOff <= Math.max(high, probability);
  if (straddles) return 'indeterminate';
  return probability >= cutOff ? 'positive' : 'negative';
}

export function categoryBecause(
  category: Category,
  { isProvisional, n, kind }: Pick<NormalisationState, 'isProvisional' | 'n' | 'kind'>,
): string {
  const verdict: Record<Category, string> = {
    positive: 'The whole 95 % interval is at or above the cut-off.',
    negative: 'The whole 95 % interval is below the cut-off.',
    indeterminate: 'The 95 % interval straddles the cut-off.',
    notEvaluable: 'There is no number.',
  };
  if (!isProvisional) return verdict[category];
  const why =
    n !== undefined && n < FEWEST_FOR_NORMAL_DISPLAY
      ? `the ${kind} normalisation rests on ${n} cases, fewer than ${FEWEST_FOR_NORMAL_DISPLAY}`
      : 'the mix of early and late visits behind the normalisation is unknown or lopsided';
  return `${verdict[category]} Provisional: ${why}.`;
}
