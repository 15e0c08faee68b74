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
  type DrawZ,
  linearPredictor,
  logistic,
  type MeanAndSd,
  meanAndSd,
  probabilityInterval,
  zScore,
} from './interval.ts';
import { isLopsided } from './mix.ts';
import { seededRandom } from './random.ts';
import type {
  Normalisation,
  NormalisationState,
  OtherTerm,
  ScoreReason,
  ScoreResult,
} from './score-result.ts';
import { logisticOf, type ServedModel, termsOf } from './served-model.ts';

type ByFeature = Readonly<Record<string, number | null>>;

/** What a model asks of the measurements of both time points. */
export function valuesFor(
  model: ServedModel,
  baseline: ByFeature,
  followUp: ByFeature,
): Pick<ScoreInput, 'baselineValue' | 'followUpValue' | 'others'> {
  const names = termsOf(model).map(({ name }) => name);
  const of = (values: ByFeature): ByFeature =>
    Object.fromEntries(
      names.filter((name) => name !== model.feature).map((name) => [name, values[name] ?? null]),
    );
  return {
    baselineValue: baseline[model.feature] ?? null,
    followUpValue: followUp[model.feature] ?? null,
    ...(names.length > 1 && { others: { baseline: of(baseline), followUp: of(followUp) } }),
  };
}

export type ScoreInput = Readonly<{
  model: ServedModel;
  /** of the model file */
  sha256: string;
  /** of the (leading) feature; null: undefined for this lesion */
  baselineValue: number | null;
  followUpValue: number | null;
  /** values of the further features of the model, by PyRadiomics name; null or absent: undefined for this lesion */
  others?: Readonly<Record<'baseline' | 'followUp', ByFeature>> | undefined;
  normalisation: Normalisation;
  /** the site's own prevalence of resistance, above 0 and below 1; shown beside the number, never instead of it */
  prevalence?: number | undefined;
}>;

/**
 * Delta, z, probability, 95 % interval and category of one lesion. The draws are seeded by the inputs, so that the
 * same inputs give the same interval. Undefined values give `notEvaluable`; no normalisation, fewer than 20 cases
 * behind it (local or supplied alike) or one without spread gives the delta alone, with category null. Of a model of several
 * features, delta and z are of the leading one, and the others stand beside it.
 * @see Li, Zhang et al., Scientific Reports 2023
 */
export function score(input: ScoreInput): ScoreResult {
  const { model, normalisation } = input;
  const state = normalisationState(normalisation);
  const terms = termsOf(model).map(({ name }) => measuredTerm(input, name));
  const isSeveral = terms.length > 1;
  const { baselineValue, followUpValue, delta } = terms.find(({ feature }) => feature === model.feature)!;
  const othersWith = (zs: readonly (number | null)[]): Pick<ScoreResult, 'others'> =>
    isSeveral
      ? {
          others: terms
            .map((term, at) => ({ ...term, z: zs[at]! }))
            .filter(({ feature }) => feature !== model.feature),
        }
      : {};
  const deltaOnly = {
    model: { id: model.id, version: model.version, sha256: input.sha256 },
    feature: model.feature,
    baselineValue,
    followUpValue,
    delta,
    normalisation: state,
    z: null,
    probability: null,
    interval: null,
    cutOff: model.cutOff,
    category: null,
    priorShifted: null,
    rank: delta === null ? null : rankOf(delta, normalisation),
    ...othersWith(terms.map(() => null)),
  } satisfies Omit<ScoreResult, 'because' | 'reason'>;
  const missing = terms.filter((term) => term.delta === null);
  if (missing.length > 0)
    return { ...deltaOnly, category: 'notEvaluable', ...undefinedBecause(missing, isSeveral) };
  const scales = establishedScales(state, terms, model.feature);
  if ('reason' in scales) return { ...deltaOnly, ...scales };

  const zs = terms.map((term, at) => zScore(term.delta!, scales[at]!));
  const logit = linearPredictor(logisticOf(model), zs);
  const probability = logistic(logit);
  const interval = intervalOf(input, zs, delta!);
  const category = categoryOf(probability, interval, model.cutOff);
  return {
    ...deltaOnly,
    z: zs[terms.findIndex(({ feature }) => feature === model.feature)]!,
    ...othersWith(zs),
    probability,
    interval,
    category,
    because: categoryBecause(category, state),
    reason: { kind: 'decided' },
    priorShifted: priorShift(logit, model.training.prevalence, input.prevalence),
  };
}

type MeasuredTerm = Omit<OtherTerm, 'z'>;

function measuredTerm(
  { model, baselineValue, followUpValue, others }: ScoreInput,
  feature: string,
): MeasuredTerm {
  const isLead = feature === model.feature;
  const baseline = finite(isLead ? baselineValue : (others?.baseline[feature] ?? null));
  const followUp = finite(isLead ? followUpValue : (others?.followUp[feature] ?? null));
  const delta = baseline === null || followUp === null ? null : finite(followUp - baseline);
  return { feature, baselineValue: baseline, followUpValue: followUp, delta };
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

type Because = Pick<ScoreResult, 'because' | 'reason'>;

function undefinedBecause(missing: readonly MeasuredTerm[], isSeveral: boolean): Because {
  const at = (['baseline', 'followUp'] as const).filter((side) =>
    missing.some((term) => term[`${side}Value`] === null),
  );
  const names = { baseline: 'at baseline', followUp: 'at follow-up' } as const;
  const where = at.map((each) => names[each]).join(' and ') || 'as a difference';
  if (!isSeveral)
    return {
      because: `The feature is undefined ${where}, so there is no delta.`,
      reason: { kind: 'featureUndefined', at },
    };
  const features = missing.map(({ feature }) => feature);
  return {
    because: `Undefined ${where}, so there is no probability: ${features.join(', ')}.`,
    reason: { kind: 'featureUndefined', at, features },
  };
}

/** What reports say of it. */
export function normalisationState(normalisation: Normalisation): NormalisationState {
  switch (normalisation.kind) {
    case 'none':
      return { kind: 'none', isProvisional: false };
    case 'supplied': {
      const { kind, mean, sd, n, source, mix, others } = normalisation;
      const isProvisional = n < FEWEST_FOR_NORMAL_DISPLAY || (mix !== undefined && isLopsided(mix, n));
      return { kind, mean, sd, n, source, ...(others && { others }), isProvisional };
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

/** Mean and SD of each term, or why there is no probability. */
function establishedScales(
  { kind, mean, sd, n = 0, others }: NormalisationState,
  terms: readonly MeasuredTerm[],
  lead: string,
): readonly MeanAndSd[] | Because {
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
  const given = terms.map(({ feature }) => (feature === lead ? { mean, sd } : others?.[feature]));
  const scales = given.flatMap((scale) => (isScale(scale) ? [scale] : []));
  if (scales.length < terms.length)
    return none('the normalisation has no finite mean and positive SD', { kind: 'noSpread' });
  return scales;
}

const isScale = (
  given: Readonly<Record<keyof MeanAndSd, number | undefined>> | undefined,
): given is MeanAndSd => Number.isFinite(given?.mean) && Number.isFinite(given?.sd) && given!.sd! > 0;

function intervalOf(input: ScoreInput, zs: readonly number[], delta: number): readonly [number, number] {
  const { model, normalisation, sha256, baselineValue, followUpValue, others } = input;
  const seed = digestOf(
    canonicalJson({ sha256, baselineValue, followUpValue, normalisation, ...(others && { others }) }),
  );
  return probabilityInterval(logisticOf(model), drawZOf(normalisation, zs, delta), seededRandom(seed));
}

/** Supplied numbers are taken as known; a local normalisation is of the one feature that it has deltas of. */
function drawZOf(normalisation: Normalisation, zs: readonly number[], delta: number): DrawZ {
  if (normalisation.kind !== 'local') return () => zs;
  const draw = bootstrapNormalisation(normalisation.deltas);
  return (random) => [zScore(delta, draw(random))];
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
