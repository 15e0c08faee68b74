/** The comparison model: what the follow-up alone says, from several features. Always secondary to the delta model. */
import { canonicalJson, digestOf } from '../dicom/uid.ts';
import { type Because, becauseOf, becauseSentence, categoryOf, fewCases, tooFewCases } from './because.ts';
import {
  finite,
  linearPredictor,
  logistic,
  type MeanAndSd,
  probabilityInterval,
  usableScale,
  zScore,
} from './interval.ts';
import { type ClassicModelFile, logisticOf } from './model-file.ts';
import { seededRandom } from './random.ts';
import type { Category } from './score-result.ts';

/** By PyRadiomics name, one entry for every feature of the model. */
type ByFeature<T> = Readonly<Record<string, T>>;

/** Mean and SD of each feature in the training set, or in another cohort; taken as known. */
export type ClassicNormalisation =
  | Readonly<{ kind: 'none' }>
  | Readonly<{ kind: 'supplied'; n: number; source: string; features: ByFeature<MeanAndSd> }>;

export type ClassicInput = Readonly<{
  model: ClassicModelFile;
  /** of the model file */
  sha256: string;
  /** at follow-up, by PyRadiomics name; null or absent: undefined for this lesion. Those of other features are ignored */
  followUpValues: Readonly<Record<string, number | null>>;
  normalisation: ClassicNormalisation;
}>;

/** What of it is known before any lesion is: the model that an installation uses, and on what scale. */
export type ClassicInUse = Omit<ClassicInput, 'followUpValues'>;

export type ClassicResult = Readonly<{
  model: Pick<ClassicModelFile, 'id' | 'version'> & Readonly<{ sha256: string }>;
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
  /** why there is no probability, or why the category is what it is */
  reason: Because;
  /** the same as one plain English sentence */
  because: string;
}>;

/**
 * Values, z, probability, 95 % interval and category of one lesion at follow-up. Undefined values give `notEvaluable`; no
 * normalisation, or one on fewer than 20 cases, gives the values alone, with category null. The interval is of the
 * coefficients only, with features taken as uncorrelated (interval.ts): supplied means and SDs are known. Its draws are
 * seeded by the inputs, so that the same inputs give the same interval.
 * @see Li, Zhang et al., Scientific Reports 2023
 */
export function classicScore(input: ClassicInput): ClassicResult {
  const { model, normalisation } = input;
  const names = Object.keys(model.coefficients);
  const values = byFeature(names, (name) => finite(input.followUpValues[name] ?? null));
  const scales = establishedScales(normalisation, names);
  const z = byFeature(names, (name) => zOf(values[name] ?? null, scales[name]));
  const withoutNumber = {
    model: { id: model.id, version: model.version, sha256: input.sha256 },
    values,
    z,
    normalisation: { ...normalisation, isProvisional: provisionalOf(normalisation) !== null },
    probability: null,
    interval: null,
    cutOff: model.cutOff,
  };
  const why = whyNoNumber({ values, z, normalisation });
  if (why) {
    const category = why.code === 'featuresUndefined' ? ('notEvaluable' as const) : null;
    return { ...withoutNumber, category, reason: why, because: becauseSentence(why) };
  }

  const zs = names.map((name) => z[name]!);
  const regression = logisticOf(model);
  const probability = logistic(linearPredictor(regression, zs));
  const seed = digestOf(canonicalJson({ sha256: input.sha256, values, normalisation }));
  const interval = probabilityInterval(regression, () => zs, seededRandom(seed));
  const category = categoryOf(probability, interval, model.cutOff);
  const reason = becauseOf(category, provisionalOf(normalisation));
  return { ...withoutNumber, probability, interval, category, reason, because: becauseSentence(reason) };
}

const byFeature = <T>(names: readonly string[], of: (name: string) => T): Record<string, T> =>
  Object.fromEntries(names.map((name) => [name, of(name)]));

const zOf = (value: number | null, scale: MeanAndSd | undefined): number | null =>
  value === null || scale === undefined ? null : finite(zScore(value, scale));

/** The scales that may be used; none when they rest on too few cases. */
function establishedScales(
  normalisation: ClassicNormalisation,
  names: readonly string[],
): ByFeature<MeanAndSd | undefined> {
  if (normalisation.kind === 'none' || tooFewCases(normalisation.n)) return {};
  return byFeature(names, (name) => {
    const scale = normalisation.features[name];
    return usableScale(scale?.mean, scale?.sd);
  });
}

function whyNoNumber({
  values,
  z,
  normalisation,
}: Pick<ClassicResult, 'values' | 'z'> & Pick<ClassicInput, 'normalisation'>): Because | undefined {
  const missing = Object.keys(values).filter((name) => values[name] === null);
  if (missing.length > 0) return { code: 'featuresUndefined', features: missing };
  if (normalisation.kind === 'none') return { code: 'noNormalisation', of: 'features' };
  const tooFew = tooFewCases(normalisation.n);
  if (tooFew) return tooFew;
  const flat = Object.keys(z).filter((name) => z[name] === null);
  return flat.length > 0 ? { code: 'noSpread', features: flat } : undefined;
}

const provisionalOf = (normalisation: ClassicNormalisation) =>
  normalisation.kind === 'none' ? null : fewCases(normalisation.kind, normalisation.n);
