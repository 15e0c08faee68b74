/** Why there is no probability, or why the category is what it is: as data, and as one plain English sentence. */
import type { Category } from './score-result.ts';

/** Below: no probability (at 10 to 19 local cases the interval spans most of the scale). */
const FEWEST_FOR_PROBABILITY = 20;
/** Below: provisional. From here on the published coefficients' own uncertainty dominates. */
export const FEWEST_FOR_NORMAL_DISPLAY = 50;

/** Whose mean and SD a normalisation has. */
type Normalised = 'deltas' | 'features';

export type Provisional =
  | Readonly<{ code: 'fewCases'; kind: string; n: number; fewest: number }>
  | Readonly<{ code: 'lopsidedMix' }>;

export type Because =
  /** at follow-up, PyRadiomics names */
  | Readonly<{ code: 'featuresUndefined'; features: readonly string[] }>
  | Readonly<{ code: 'noNormalisation'; of: Normalised }>
  | Readonly<{ code: 'tooFewCases'; n: number; fewest: number }>
  /** no finite mean and positive SD; of these features, where there are several */
  | Readonly<{ code: 'noSpread'; features: readonly string[] }>
  | Readonly<{
      code: 'wholeIntervalAbove' | 'wholeIntervalBelow' | 'intervalStraddles';
      provisional: Provisional | null;
    }>;

/**
 * The category of a probability and its interval, on unrounded values. A skewed bootstrap may leave the point outside its
 * interval: that is no certainty either.
 */
export function categoryOf(
  probability: number,
  [low, high]: readonly [number, number],
  cutOff: number,
): Exclude<Category, 'notEvaluable'> {
  const straddles = Math.min(low, probability) < cutOff && cutOff <= Math.max(high, probability);
  if (straddles) return 'indeterminate';
  return probability >= cutOff ? 'positive' : 'negative';
}

const VERDICTS = {
  positive: 'wholeIntervalAbove',
  negative: 'wholeIntervalBelow',
  indeterminate: 'intervalStraddles',
} as const;

export const becauseOf = (
  category: Exclude<Category, 'notEvaluable'>,
  provisional: Provisional | null,
): Because => ({ code: VERDICTS[category], provisional });

/** Why a normalisation on n cases gives no probability, as far as n goes. */
export const tooFewCases = (n: number | undefined): Because | undefined =>
  n !== undefined && n >= FEWEST_FOR_PROBABILITY
    ? undefined
    : { code: 'tooFewCases', n: n ?? 0, fewest: FEWEST_FOR_PROBABILITY };

/** A normalisation on 20 to 49 cases is shown as provisional. */
export const fewCases = (kind: string, n: number): Provisional | null =>
  n < FEWEST_FOR_NORMAL_DISPLAY ? { code: 'fewCases', kind, n, fewest: FEWEST_FOR_NORMAL_DISPLAY } : null;

const NO_PROBABILITY = 'No probability can be given:';
const TRAINING: Readonly<Record<Normalised, string>> = {
  deltas: 'mean and SD of the training deltas',
  features: 'mean and SD of each feature in the training set',
};

export function becauseSentence(because: Because): string {
  switch (because.code) {
    case 'featuresUndefined': {
      const are = because.features.length === 1 ? 'is' : 'are';
      return `${because.features.join(', ')} ${are} undefined at follow-up, so there is no probability.`;
    }
    case 'noNormalisation':
      return `${NO_PROBABILITY} no normalisation (${TRAINING[because.of]}) is configured.`;
    case 'tooFewCases':
      return `${NO_PROBABILITY} the normalisation rests on ${because.n} cases, fewer than ${because.fewest}.`;
    case 'noSpread': {
      const of = because.features.length === 0 ? '' : ` of ${because.features.join(', ')}`;
      return `${NO_PROBABILITY} the normalisation has no finite mean and positive SD${of}.`;
    }
    case 'wholeIntervalAbove':
      return `The whole 95 % interval is at or above the cut-off.${provisionally(because.provisional)}`;
    case 'wholeIntervalBelow':
      return `The whole 95 % interval is below the cut-off.${provisionally(because.provisional)}`;
    case 'intervalStraddles':
      return `The 95 % interval straddles the cut-off.${provisionally(because.provisional)}`;
  }
}

function provisionally(provisional: Provisional | null): string {
  if (provisional === null) return '';
  const why =
    provisional.code === 'fewCases'
      ? `the ${provisional.kind} normalisation rests on ${provisional.n} cases, fewer than ${provisional.fewest}`
      : 'the mix of early and late visits behind the normalisation is unknown or lopsided';
  return ` Provisional: ${why}.`;
}
