import { Fault } from '../fault.ts';
import type { FeatureFamily } from './feature-table.ts';
import { type Feature, featureNames, featureOf, type ImageType, isShape } from './features.ts';
import type { ExtractionSettings } from './settings.ts';

type OfShape = 'shape' | 'shape2D';
/** Features of one family: their own names, and their full ones in the same order. */
export type Wanted<Family> = Readonly<{
  family: Family;
  features: readonly string[];
  names: readonly string[];
}>;
export type Plan = Readonly<{
  shapes: readonly Wanted<OfShape>[];
  images: readonly Readonly<{
    imageType: ImageType;
    families: readonly Wanted<Exclude<FeatureFamily, OfShape>>[];
  }>[];
}>;

/** Plans made before, by settings and list of names: a single feature is measured in the time of making them a few times. */
const PLANS = new WeakMap<ExtractionSettings, WeakMap<readonly string[], Plan>>();

/** What has to be computed for the named features. Throws FEATURE_UNKNOWN. */
export function planOf(settings: ExtractionSettings, names: readonly string[]): Plan {
  const plans = PLANS.get(settings) ?? new WeakMap<readonly string[], Plan>();
  PLANS.set(settings, plans);
  const plan = plans.get(names) ?? planned(settings, names);
  plans.set(names, plan);
  return plan;
}

function planned(settings: ExtractionSettings, names: readonly string[]): Plan {
  const { set } = offeredBy(settings);
  const features = names.map((name) => {
    const feature = featureOf(name);
    if (!set.has(name)) throw new Fault('FEATURE_UNKNOWN', `"${name}" is not of an image in the settings`);
    return feature;
  });
  const byFamily = (some: readonly Feature[]): Wanted<FeatureFamily>[] =>
    groups(some, ({ family }) => family).map((group) => ({
      family: group[0]!.family,
      features: group.map(({ feature }) => feature),
      names: group.map(({ name }) => name),
    }));
  const shapes = features.filter(({ family }) => isShape(family));
  const ofImages = features.filter(({ family }) => !isShape(family));
  return {
    shapes: byFamily(shapes) as Wanted<OfShape>[],
    images: groups(ofImages, ({ imageType }) => imageType.name).map((group) => ({
      imageType: group[0]!.imageType,
      families: byFamily(group) as Wanted<Exclude<FeatureFamily, OfShape>>[],
    })),
  };
}

function groups(
  features: readonly Feature[],
  key: (feature: Feature) => string,
): readonly (readonly Feature[])[] {
  const found = new Map<string, Feature[]>();
  for (const feature of features) {
    const group = found.get(key(feature));
    if (group) group.push(feature);
    else found.set(key(feature), [feature]);
  }
  return [...found.values()];
}

/** Names that settings offer, made once for each settings object. */
type Offered = Readonly<{ names: readonly string[]; set: ReadonlySet<string> }>;
const OFFERED = new WeakMap<ExtractionSettings, Offered>();

/** Names of all features that the settings ask for. */
export const offeredNames = (settings: ExtractionSettings): readonly string[] => offeredBy(settings).names;

function offeredBy(settings: ExtractionSettings): Offered {
  const known = OFFERED.get(settings);
  if (known) return known;
  const names = featureNames(settings);
  const offered = { names, set: new Set(names) };
  OFFERED.set(settings, offered);
  return offered;
}
