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

/** Plans made before. Most programs ask for the same features of every lesion. */
const PLANS = new Map<string, Plan>();
const MOST_PLANS = 32;

/** What has to be computed for the named features, in their order. Throws FEATURE_UNKNOWN. */
export function planOf(settings: ExtractionSettings, names: readonly string[]): Plan {
  const key = JSON.stringify([settings.imageTypes, settings.featureClass, names]);
  const known = PLANS.get(key);
  if (known) return known;
  const plan = planned(settings, names);
  if (PLANS.size >= MOST_PLANS) PLANS.clear();
  PLANS.set(key, plan);
  return plan;
}

function planned(settings: ExtractionSettings, names: readonly string[]): Plan {
  const offered = new Set(featureNames(settings));
  const features = names.map((name) => {
    const feature = featureOf(name);
    if (!offered.has(name))
      throw new Fault('FEATURE_UNKNOWN', `"${name}" is not of an image in the settings`);
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
