/** From two feature values to what may honestly be said about them (DESIGN, "Honest numbers"). */
import { canonicalJson, digestOf } from '../dicom/uid.ts';
import {
  categoryBecause,
  categoryOf,
  FEWEST_FOR_NORMAL_DISPLAY,
  FEWEST_FOR_PROBABILITY,
} from './category.ts';
import {
  bootstrapNormalisation,
  knownNormalisation,
  logistic,
  type MeanAndSd,
  meanAndSd,
  probabilityInterval,
  zScore,
} from './interval.ts';
import { logisticOf, type ModelFile } from './model-file.ts';
import { seededRandom } from './random.ts';
import type { Normalisation, NormalisationState, ScoreReason, ScoreResult } from './score-result.ts';

/** A mix is lopsided when early or late visits, as far as known, are fewer than this share of all. */
const SMALLEST_SHARE = 1 / 3;

export type ScoreInput = Readonly<{
  model: ModelFile;
  /** of the model file */
  sha256: string;
  /** null: undefined for this lesion */
  baselineValue: number | null;
  followUpValue: number | null;
  normalisation: Normalisation;
  /** the site's own prevalence of resistance, above 0 and below 1; shown beside the number, never instead of it */
  prevalence?: number | undefined;
}>;

/**
 * Delta, z, probability, 95 % interval and category of one lesion. The draws are seeded by the inputs, so that the
 * same inputs give the same interval. Undefined values give `notEvaluable`; no normalisation, fewer than 20 cases
 * behind it (local or supplied alike) or one without spread gives the delta alone, with category null.
 * @see Li, Zhang et al., Scientific Reports 2023
 */
export function score(input: ScoreInput): ScoreResult {
  const { model, normalisation } = input;
  const state = normalisationState(normalisation);
  const delta = difference(input.baselineValue, input.followUpValue);
  const deltaOnly = {
    model: { id: model.id, version: model.version, sha256: input.sha256 },
    feature: model.feature,
    baselineValue: finite(input.baselineValue),
    followUpValue: finite(input.followUpValue),
    delta,
    normalisation: state,
    z: null,
    probability: null,
    interval: null,
    cutOff: model.cutOff,
    category: null,
    priorShifted: null,
    rank: delta === null ? null : rankOf(delta, normalisation),
  } satisfies Omit<ScoreResult, 'because' | 'reason'>;
  if (delta === null) return { ...deltaOnly, category: 'notEvaluable', ...undefinedBecause(input) };
  const scale = establishedScale(state);
  if ('reason' in scale) return { ...deltaOnly, ...scale };

  const z = zScore(delta, scale);
  const logit = model.intercept + model.coefficient * z;
  const probability = logistic(logit);
  const interval = intervalOf(input, delta, scale);
  const category = categoryOf(probability, interval, model.cutOff);
  return {
    ...deltaOnly,
    z,
    probability,
    interval,
    category,
    because: categoryBecause(category, state),
    reason: { kind: 'decided' },
    priorShifted: priorShift(logit, model.training.prevalence, input.prevalence),
  };
}

/** The measured lesions grew on the image already: the delta stays, and nothing is concluded from it. */
export const pastPurpose = (result: ScoreResult): ScoreResult => ({
  ...result,
  ...NOTHING,
  because: 'Measured lesions: progression criteria met; the EAR model is past its purpose.',
  reason: { kind: 'progression' },
});

/** Rules hold the case: nothing is concluded from what was measured. `checks`: their ids. */
export const heldBack = (result: ScoreResult, checks: readonly string[]): ScoreResult => ({
  ...result,
  ...NOTHING,
  because: `The case is held by ${checks.join(', ')}; see the quality findings.`,
  reason: { kind: 'held', checks },
});

const NOTHING = {
  z: null,
  probability: null,
  interval: null,
  category: 'notEvaluable',
  priorShifted: null,
} as const;

const finite = (value: number | null): number | null =>
  value !== null && Number.isFinite(value) ? value : null;

function difference(baselineValue: number | null, followUpValue: number | null): number | null {
  const [baseline, followUp] = [finite(baselineValue), finite(followUpValue)];
  return baseline === null || followUp === null ? null : finite(followUp - baseline);
}

type Because = Pick<ScoreResult, 'because' | 'reason'>;

function undefinedBecause({ baselineValue, followUpValue }: ScoreInput): Because {
  const at = [
    ...(finite(baselineValue) === null ? (['baseline'] as const) : []),
    ...(finite(followUpValue) === null ? (['followUp'] as const) : []),
  ];
  const names = { baseline: 'at baseline', followUp: 'at follow-up' } as const;
  const where = at.map((each) => names[each]).join(' and ') || 'as a difference';
  return {
    because: `The feature is undefined ${where}, so there is no delta.`,
    reason: { kind: 'featureUndefined', at },
  };
}

/** What reports say of it. */
export function normalisationState(normalisation: Normalisation): NormalisationState {
  switch (normalisation.kind) {
    case 'none':
      return { kind: 'none', isProvisional: false };
    case 'supplied': {
      const { kind, mean, sd, n, source } = normalisation;
      return { kind, mean, sd, n, source, isProvisional: n < FEWEST_FOR_NORMAL_DISPLAY };
    }
    case 'local': {
      const { kind, deltas, version, mix } = normalisation;
      const n = deltas.length;
      const isProvisional = n < FEWEST_FOR_NORMAL_DISPLAY || isLopsided(mix, n);
      return n === 0
        ? { kind, n, version, isProvisional }
        : { kind, ...meanAndSd(deltas), n, version, isProvisional };
    }
  }
}

/** Unknown visits could be of either kind, so they count for neither. */
export const isLopsided = ({ early, late }: Readonly<{ early: number; late: number }>, n: number): boolean =>
  Math.min(early, late) < n * SMALLEST_SHARE;

/** Mean and SD, or why there is no probability. */
function establishedScale({ kind, mean, sd, n = 0 }: NormalisationState): MeanAndSd | Because {
  const none = (why: string, reason: ScoreReason): Because => ({
    because: `No probability can be given: ${why}.`,
    reason,
  });
  if (kind === 'none') {
    return none('no normalisation (mean and SD of the training deltas) is configured', {
      kind: 'noNormalisation',
    });
  }
  if (!(n >= FEWEST_FOR_PROBABILITY)) {
    return none(`the normalisation rests on ${n} cases, fewer than ${FEWEST_FOR_PROBABILITY}`, {
      kind: 'tooFewCases',
      n,
      needed: FEWEST_FOR_PROBABILITY,
    });
  }
  if (mean === undefined || sd === undefined || !Number.isFinite(mean) || !Number.isFinite(sd) || sd <= 0) {
    return none('the normalisation has no finite mean and positive SD', { kind: 'noSpread' });
  }
  return { mean, sd };
}

function intervalOf(input: ScoreInput, delta: number, scale: MeanAndSd): readonly [number, number] {
  const { model, normalisation } = input;
  const draw =
    normalisation.kind === 'local' ? bootstrapNormalisation(normalisation.deltas) : knownNormalisation(scale);
  const { sha256, baselineValue, followUpValue } = input;
  const seed = digestOf(canonicalJson({ sha256, baselineValue, followUpValue, normalisation }));
  return probabilityInterval(
    logisticOf(model),
    (random) => [zScore(delta, draw(random))],
    seededRandom(seed),
  );
}

/** logit p' = logit p + logit(prevalence) - logit(training prevalence); the last is 0 in a balanced training set. */
function priorShift(
  logit: number,
  trained: number,
  prevalence: number | undefined,
): ScoreResult['priorShifted'] {
  if (prevalence === undefined) return null;
  if (!(prevalence > 0 && prevalence < 1)) throw new RangeError('prevalence is above 0 and below 1');
  const logitOf = (p: number): number => Math.log(p / (1 - p));
  return { prevalence, probability: logistic(logit + logitOf(prevalence) - logitOf(trained)) };
}

function rankOf(delta: number, normalisation: Normalisation): ScoreResult['rank'] {
  if (normalisation.kind !== 'local' || normalisation.deltas.length === 0) return null;
  const { deltas } = normalisation;
  return { below: deltas.filter((other) => other < delta).length, of: deltas.length };
}
