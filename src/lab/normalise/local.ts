/** The normalisation that a site's own values give, by stages, in versions that never change. */
import { canonicalJson, digestOf } from '../../dicom/uid.ts';
import { FEWEST_FOR_NORMAL_DISPLAY, FEWEST_FOR_PROBABILITY } from '../../model/category.ts';
import { FROZEN_AT, type Visit } from '../../model/local-deltas.ts';
import { isLopsided } from '../../model/mix.ts';
import { balancedWeights, type Moments, momentsOf, winsorised } from './moments.ts';

/** Values of the features of a model at one site, the oldest first. */
export type SiteValues = Readonly<{
  visits: readonly Visit[];
  /** one value a visit */
  features: readonly Readonly<{ name: string; values: Float64Array }>[];
}>;

type LocalFeature = Readonly<{
  name: string;
  plain: Moments;
  /** early and late visits weighted 50:50; null where a kind is missing */
  balanced: Moments | null;
  /** the same after winsorising at 1 and 99 %: far from the others, outliers rule */
  winsorised: Readonly<{ plain: Moments; balanced: Moments | null }>;
}>;

export type LocalNormalisation = Readonly<{
  n: number;
  mix: Readonly<Record<Visit, number>>;
  /** deltaOnly: no probability; a lopsided or unknown mix stays provisional at any n */
  stage: 'deltaOnly' | 'provisional' | 'normal';
  isLopsided: boolean;
  /** balanced where every visit is known to be early or late and there are 10 of each, else plain */
  weighting: 'plain' | 'balanced';
  features: readonly LocalFeature[];
}>;

/** Fewer visits of a kind would carry half of the weight on too few shoulders. */
const FEWEST_OF_A_KIND = 10;

export function localNormalisation({ visits, features }: SiteValues): LocalNormalisation {
  const n = visits.length;
  const mix = { early: 0, late: 0, unknown: 0 };
  for (const visit of visits) mix[visit] += 1;
  const lopsided = isLopsided(mix, n);
  const weights = balancedWeights(visits);
  const both = (values: Float64Array) => ({
    plain: momentsOf(values),
    balanced: weights ? momentsOf(values, weights) : null,
  });
  const isBalanced = mix.unknown === 0 && Math.min(mix.early, mix.late) >= FEWEST_OF_A_KIND;
  return {
    n,
    mix,
    stage:
      n < FEWEST_FOR_PROBABILITY
        ? 'deltaOnly'
        : n < FEWEST_FOR_NORMAL_DISPLAY || lopsided
          ? 'provisional'
          : 'normal',
    isLopsided: lopsided,
    weighting: isBalanced ? 'balanced' : 'plain',
    features: features.map(({ name, values }) => ({
      name,
      ...both(values),
      winsorised: both(winsorised(values)),
    })),
  };
}

/** Mean and SD by the weighting of the normalisation. */
export const chosenMoments = ({ weighting }: LocalNormalisation, feature: LocalFeature): Moments =>
  (weighting === 'balanced' ? feature.balanced : null) ?? feature.plain;

/** A version as it is written to `normalisation-vN.json`: whoever holds it can tell on what a result rests. */
export type FrozenVersion = LocalNormalisation &
  Readonly<{
    version: string;
    model: Readonly<{ id: string; version: string }>;
    /** YYYY-MM-DD */
    frozenOn: string;
    /** SHA-256 of visits and values */
    digest: string;
  }>;

/** Every version that these values are enough for: v1 on the first 20 visits, v2 on the first 30, then 50 and 100. */
export const frozenVersions = (
  values: SiteValues,
  model: FrozenVersion['model'],
  frozenOn: string,
): readonly FrozenVersion[] =>
  FROZEN_AT.filter((at) => values.visits.length >= at).map((at, index) => {
    const first = firstOf(values, at);
    return {
      version: `v${index + 1}`,
      model: { id: model.id, version: model.version },
      frozenOn,
      digest: digestOfValues(first),
      ...localNormalisation(first),
    };
  });

const firstOf = ({ visits, features }: SiteValues, count: number): SiteValues => ({
  visits: visits.slice(0, count),
  features: features.map(({ name, values }) => ({ name, values: values.slice(0, count) })),
});

const digestOfValues = ({ visits, features }: SiteValues): string =>
  digestOf(
    canonicalJson({ visits, features: features.map(({ name, values }) => ({ name, values: [...values] })) }),
  );
