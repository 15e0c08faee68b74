/** The comparison model: what the follow-up alone says, from several features. Always secondary to the delta model. */
import { canonicalJson, digestOf } from '../dicom/uid.ts';
import {
  categoryBecause,
  categoryOf,
  FEWEST_FOR_NORMAL_DISPLAY,
  FEWEST_FOR_PROBABILITY,
} from './category.ts';
import { type ClassicReason, classicSentence } from './classic-reason.ts';
import { linearPredictor, logistic, type MeanAndSd, probabilityInterval, zScore } from './interval.ts';
import { isLopsided } from './mix.ts';
import { seededRandom } from './random.ts';
import type { Category, Mix } from './score-result.ts';
import { logisticOf, type ServedClassic } from './served-model.ts';

/** By PyRadiomics name, one entry for every feature of the model. */
type ByFeature<T> = Readonly<Record<string, T>>;

/** Mean and SD of each feature in the training set, or in another cohort; taken as known. */
export type ClassicNormalisation =
  | Readonly<{ kind: 'none' }>
  | Readonly<{
      kind: 'supplied';
      n: number;
      source: string;
      features: ByFeature<MeanAndSd>;
      /** early and late visits behind it; absent: as many of the one as of the other, by design */
      mix?: Mix | undefined;
    }>;

export type ClassicInput = Readonly<{
  model: ServedClassic;
  /** of the model file */
  sha256: string;
  /** at follow-up, by PyRadiomics name; null or absent: undefined for this lesion. Those of other features are ignored */
  followUpValues: Readonly<Record<string, number | null>>;
  normalisation: ClassicNormalisation;
}>;

/** What of it is known before any lesion is: the model that an installation uses, and on what scale. */
export type ClassicInUse = Omit<ClassicInput, 'followUpValues'>;

export type ClassicResult = Readonly<{
  model: Pick<ServedClassic, 'id' | 'version'> & Readonly<{ sha256: string }>;
  /** at follow-up; null when undefined */
  values: ByFeature<number | null>;
  /** null without value or established normalisation */
  z: ByFeature<number | null>;
  /** as given; `isProvisional`: n is 20 to 49, or fewer */
  normalisation: ClassicNormalisation & Readonly<{ isProvisional: boolean }>;
  /** 0 to 1; null when no probability can be given */
  probability: number | null;
  /** 95 %, 0 to 1 */
  interval: readonly [number, number] | null;
  cutOff: number;
  /** null when there is no probability because no normalisation is established (the values stand alone) */
  category: Category | null;
  /** why there is no probability, or why the category is what it is; one plain sentence */
  because: string;
  reason: ClassicReason;
}>;

/**
 * Values, z, probability, 95 % interval and category of one lesion at follow-up. Undefined values give `notEvaluable`; no
 * normalisation, or one on fewer than 20 cases, gives the values alone, with category null. The interval is of the
 * coefficients only, by the covariance in the file, else with features taken as uncorrelated (interval.ts): supplied means and SDs are
 * known. Its draws are
 * seeded by the inputs, so that the same inputs give the same interval.
 * @see Li, Zhang et al., Scientific Reports 2023
 */
export function classicScore(input: ClassicInput): ClassicResult {
  const { model, normalisation } = input;
  const names = Object.keys(model.coefficients);
  const values = byFeature(names, (name) => finite(input.followUpValues[name]));
  const z = byFeature(names, (name) => zOf(name, values[name] ?? null, normalisation));
  const state = { ...normalisation, isProvisional: isProvisional(normalisation) };
  const withoutNumber = {
    model: { id: model.id, version: model.version, sha256: input.sha256 },
    values,
    z,
    normalisation: state,
    probability: null,
    interval: null,
    cutOff: model.cutOff,
  };
  const reason = whyNoNumber({ values, z, normalisation });
  if (reason) {
    const category = reason.kind === 'featuresUndefined' ? ('notEvaluable' as const) : null;
    return { ...withoutNumber, category, because: classicSentence(reason), reason };
  }

  const zs = names.map((name) => z[name]!);
  const regression = logisticOf(model);
  const probability = logistic(linearPredictor(regression, zs));
  const seed = digestOf(canonicalJson({ sha256: input.sha256, values, normalisation }));
  const interval = probabilityInterval(regression, () => zs, seededRandom(seed));
  const category = categoryOf(probability, interval, model.cutOff);
  const because = categoryBecause(category, state);
  return { ...withoutNumber, probability, interval, category, because, reason: { kind: 'decided' } };
}

const byFeature = <T>(names: readonly string[], of: (name: string) => T): Record<string, T> =>
  Object.fromEntries(names.map((name) => [name, of(name)]));

const finite = (value: number | null | undefined): number | null =>
  typeof value === 'number' && Number.isFinite(value) ? value : null;

const isProvisional = (normalisation: ClassicNormalisation): boolean =>
  normalisation.kind === 'supplied' &&
  (normalisation.n < FEWEST_FOR_NORMAL_DISPLAY ||
    (normalisation.mix !== undefined && isLopsided(normalisation.mix, normalisation.n)));

/** null where the normalisation rests on too few cases, or has no finite mean and positive SD of this feature. */
function zOf(name: string, value: number | null, normalisation: ClassicNormalisation): number | null {
  if (value === null || normalisation.kind === 'none') return null;
  const scale = normalisation.features[name];
  if (scale === undefined || !(normalisation.n >= FEWEST_FOR_PROBABILITY) || !(scale.sd > 0)) return null;
  return Number.isFinite(scale.sd) ? finite(zScore(value, scale)) : null;
}

function whyNoNumber({
  values,
  z,
  normalisation,
}: Pick<ClassicResult, 'values' | 'z'> & Pick<ClassicInput, 'normalisation'>):
  | Exclude<ClassicReason, { kind: 'decided' }>
  | undefined {
  const nullsOf = (all: ByFeature<number | null>) => Object.keys(all).filter((name) => all[name] === null);
  const missing = nullsOf(values);
  if (missing.length > 0) return { kind: 'featuresUndefined', features: missing };
  if (normalisation.kind === 'none') return { kind: 'noNormalisation' };
  const { n } = normalisation;
  if (!(n >= FEWEST_FOR_PROBABILITY)) return { kind: 'tooFewCases', n, needed: FEWEST_FOR_PROBABILITY };
  const flat = nullsOf(z);
  return flat.length > 0 ? { kind: 'noSpread', features: flat } : undefined;
}
