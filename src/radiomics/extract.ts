import { Fault } from '../fault.ts';
import { fastestKernels } from '../kernels/fastest.ts';
import type { Kernels } from '../kernels/kernels.ts';
import type { Grid, Mask, Volume } from '../volume/volume.ts';
import { familyFeatures, shapeOf } from './families/family.ts';
import type { FeatureFamily } from './feature-table.ts';
import { featureNames } from './features.ts';
import { imageOf } from './image-types.ts';
import { type Plan, planOf, type Wanted } from './plan.ts';
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
  const plan = planOf(settings, names);
  if (volume.size.some((n, axis) => n !== mask.size[axis])) {
    throw new Fault('MASK_NOT_OF_SERIES', 'image and mask differ in size');
  }
  const prepared = prepare(sameShape(volume), sameShape(mask), settings, kernels);
  const found: Found = new Map();
  addShapes(found, plan, prepared, settings);
  addImages(found, plan, prepared, settings, kernels);
  const features: Record<string, number | null> = {};
  const undefinedBecause: Record<string, string> = {};
  for (const name of names) {
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

/** Volumes of all readers with their properties in one order, and their triples of one kind: compiled loops are for one hidden class. */
function sameShape<V extends Volume | Mask>({ size, spacing, origin, direction, voxels }: V): V {
  return {
    size: [size[0], size[1], size[2]],
    spacing: [spacing[0], spacing[1], spacing[2]],
    origin: [origin[0], origin[1], origin[2]],
    direction,
    voxels,
  } as unknown as V;
}

/** Full name of a feature to its value, or to why it has none. */
type Found = Map<string, number | string>;

function addShapes(found: Found, { shapes }: Plan, { shape }: Prepared, settings: ExtractionSettings): void {
  for (const wanted of shapes)
    addValues(found, wanted, shapeOf(wanted.family, shape, settings, wanted.features));
}

/** Image by image, so that one is let go before the next is made. */
function addImages(
  found: Found,
  { images }: Plan,
  { region }: Prepared,
  settings: ExtractionSettings,
  kernels: Kernels,
): void {
  for (const { imageType, families } of images) {
    const image = imageOf(region, imageType, settings, kernels);
    for (const wanted of families) {
      const { family, features } = wanted;
      const values =
        typeof image === 'string' ? image : familyFeatures(family, image, settings, features, kernels);
      addValues(found, wanted, values);
    }
  }
}

function addValues(
  found: Found,
  { family, features, names }: Wanted<FeatureFamily>,
  values: ReadonlyMap<string, number> | string,
): void {
  for (let i = 0; i < names.length; i++) {
    const value = typeof values === 'string' ? values : values.get(features[i]!);
    found.set(names[i]!, isNumberOrReason(value) ? value : WHY_UNDEFINED[family]);
  }
}

const isNumberOrReason = (value: number | string | undefined): value is number | string =>
  typeof value === 'string' || Number.isFinite(value);

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
