import { Fault } from '../fault.ts';
import { fastestKernels } from '../kernels/fastest.ts';
import type { Kernels } from '../kernels/kernels.ts';
import type { Grid, Mask, Volume } from '../volume/volume.ts';
import { familyFeatures, shapeOf } from './families/family.ts';
import type { FeatureFamily } from './feature-table.ts';
import { type Feature, featureNames, featureOf, isShape } from './features.ts';
import { imageOf } from './image-types.ts';
import { type Prepared, prepare } from './region.ts';
import type { ExtractionSettings } from './settings.ts';

export type Extraction = Readonly<{
  /** PyRadiomics name to value; null is undefined, with its reason in `undefinedBecause` */
  features: Record<string, number | null>;
  undefinedBecause: Record<string, string>;
  /** the grid that the features were computed on: the padded crop around the region */
  grid: Grid;
  /** voxels of the region on that grid */
  roiVoxels: number;
  isInterpolated: boolean;
  /** voxels that refinement took out of the mask, by range; original grid */
  refinedVoxels: Readonly<Record<string, number>>;
}>;

/**
 * The named features of one region of interest. Image and mask share one grid (HU; mm). Undefined mathematics gives null
 * with a reason. Throws FEATURE_UNKNOWN for a name that is not in the table or not among those of `settings`,
 * MASK_EMPTY, IMAGE_NOT_FINITE, BINS_TOO_MANY, and ROI_TOO_SMALL when the region has too few dimensions or voxels.
 */
export function extractFeatures(
  volume: Volume,
  mask: Mask,
  settings: ExtractionSettings,
  names: readonly string[] = featureNames(settings),
  kernels: Kernels = fastestKernels(),
): Extraction {
  const wanted = wantedFeatures(settings, names);
  if (volume.size.some((n, axis) => n !== mask.size[axis])) {
    throw new Fault('MASK_NOT_OF_SERIES', 'image and mask differ in size');
  }
  const prepared = prepare(sameShape(volume), sameShape(mask), settings, kernels);
  const found = new Map([
    ...shapeValues(wanted, prepared, settings),
    ...imageValues(wanted, prepared, settings, kernels),
  ]);
  const features: Record<string, number | null> = {};
  const undefinedBecause: Record<string, string> = {};
  for (const { name } of wanted) {
    const value = found.get(name)!;
    features[name] = typeof value === 'number' ? value : null;
    if (typeof value === 'string') undefinedBecause[name] = value;
  }
  const { size, spacing, origin, direction } = prepared.region.volume;
  return {
    features,
    undefinedBecause,
    grid: { size, spacing, origin, direction },
    roiVoxels: prepared.region.voxels,
    isInterpolated: prepared.isInterpolated,
    refinedVoxels: prepared.refinedVoxels,
  };
}

/** Volumes of all readers with their properties in one order: compiled loops are for one hidden class. */
function sameShape<V extends Volume | Mask>({ size, spacing, origin, direction, voxels }: V): V {
  return { size, spacing, origin, direction, voxels } as V;
}

/** Full name of a feature with its value, or why it has none. */
type Named = readonly [string, number | string];

function shapeValues(wanted: readonly Feature[], { shape }: Prepared, settings: ExtractionSettings): Named[] {
  return [...groups(wanted, ({ family }) => family)].flatMap(([family, features]) =>
    isShape(family)
      ? named(family, features, shapeOf(family, shape, settings, features.map(featureName)))
      : [],
  );
}

/** Image by image, so that one is let go before the next is made. */
function imageValues(
  wanted: readonly Feature[],
  { region }: Prepared,
  settings: ExtractionSettings,
  kernels: Kernels,
): Named[] {
  const ofImages = wanted.filter(({ family }) => !isShape(family));
  return [...groups(ofImages, ({ imageType }) => imageType.name).values()].flatMap((ofImage) => {
    const image = imageOf(region, ofImage[0]!.imageType, settings, kernels);
    return [...groups(ofImage, ({ family }) => family)].flatMap(([family, features]) => {
      if (isShape(family)) return [];
      const values =
        typeof image === 'string'
          ? image
          : familyFeatures(family, image, settings, features.map(featureName), kernels);
      return named(family, features, values);
    });
  });
}

const featureName = ({ feature }: Feature): string => feature;

function named(
  family: FeatureFamily,
  features: readonly Feature[],
  values: ReadonlyMap<string, number> | string,
): Named[] {
  return features.map(({ name, feature }) => {
    if (typeof values === 'string') return [name, values];
    const value = values.get(feature) ?? Number.NaN;
    return [name, Number.isFinite(value) ? value : WHY_UNDEFINED[family]];
  });
}

function groups<K>(
  features: readonly Feature[],
  key: (feature: Feature) => K,
): ReadonlyMap<K, readonly Feature[]> {
  const found = new Map<K, Feature[]>();
  for (const feature of features) {
    const group = found.get(key(feature));
    if (group) group.push(feature);
    else found.set(key(feature), [feature]);
  }
  return found;
}

const WHY_UNDEFINED: Readonly<Record<FeatureFamily, string>> = {
  shape: 'the region has no such extent',
  shape2D: 'the region has no such extent',
  firstorder: 'not defined for these grey values',
  glcm: 'no two voxels of the region touch',
  glrlm: 'no two voxels of the region are in line',
  glszm: 'not defined for these zones',
  gldm: 'not defined for these dependences',
  ngtdm: 'not defined for these neighbourhoods',
};

function wantedFeatures(settings: ExtractionSettings, names: readonly string[]): readonly Feature[] {
  const offered = offeredBy(settings);
  return names.map((name) => {
    const feature = featureOf(name);
    if (!offered.has(name))
      throw new Fault('FEATURE_UNKNOWN', `"${name}" is not of an image in the settings`);
    return feature;
  });
}

/** Names that settings offer, made once for each settings object: a single feature is measured in the time of making them a few times. */
const OFFERED = new WeakMap<ExtractionSettings, ReadonlySet<string>>();

function offeredBy(settings: ExtractionSettings): ReadonlySet<string> {
  const offered = OFFERED.get(settings) ?? new Set(featureNames(settings));
  OFFERED.set(settings, offered);
  return offered;
}
