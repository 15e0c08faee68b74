import { Fault } from '../fault.ts';
import { type Box, boundingBox, copyBox, count } from '../volume/box.ts';
import { resample } from '../volume/resample.ts';
import type { Grid, Mask, Volume } from '../volume/volume.ts';
import { binEdges, discretise, type Levels, rangeInside } from './discretise.ts';
import { type Feature, featureNames, featureOf, type ImageType } from './features.ts';
import { glcmFeatures } from './glcm.ts';
import { laplacianOfGaussian, whyNoLog } from './log-filter.ts';
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
}>;

/**
 * Filtering a constant leaves rounding noise: at most 1e-14 of the image's magnitude was seen, while the smallest range
 * with a meaning was 1e-4 of it. Binned, that noise would look like a texture.
 */
const FLAT = 1e-10;

/**
 * The named features of one region of interest. Image and mask share one grid (HU; mm). Undefined mathematics gives null
 * with a reason. Throws FEATURE_UNKNOWN for a name that is not in the table or not among the images of `settings`,
 * MASK_EMPTY, and ROI_TOO_SMALL when the region has too few dimensions or voxels, before or after resampling.
 */
export function extractFeatures(
  volume: Volume,
  mask: Mask,
  settings: ExtractionSettings,
  names: readonly string[],
): Extraction {
  const wanted = wantedFeatures(settings, names);
  if (volume.size.some((n, axis) => n !== mask.size[axis])) {
    throw new Fault('MASK_NOT_OF_SERIES', 'image and mask differ in size');
  }
  if (!mask.voxels.includes(1)) throw new Fault('MASK_EMPTY');
  roiBox(mask, settings);
  const { resampledPixelSpacing: spacing, padDistance } = settings;
  const resampled = spacing
    ? resample(volume, mask, spacing, padDistance)
    : { volume, mask, isInterpolated: false };
  const roi = regionOf(resampled.volume, resampled.mask, settings);
  const { size, spacing: mm, origin, direction } = resampled.volume;
  return {
    ...featuresOfRegion(roi, wanted, settings),
    grid: { size, spacing: mm, origin, direction },
    roiVoxels: roi.voxels,
    isInterpolated: resampled.isInterpolated,
  };
}

function wantedFeatures(settings: ExtractionSettings, names: readonly string[]): readonly Feature[] {
  const offered = new Set(featureNames(settings));
  return names.map((name) => {
    const feature = featureOf(name);
    if (!offered.has(name))
      throw new Fault('FEATURE_UNKNOWN', `"${name}" is not of an image in the settings`);
    return feature;
  });
}

function featuresOfRegion(
  roi: Region,
  wanted: readonly Feature[],
  settings: ExtractionSettings,
): Pick<Extraction, 'features' | 'undefinedBecause'> {
  const features: Record<string, number | null> = Object.fromEntries(wanted.map(({ name }) => [name, null]));
  const undefinedBecause: Record<string, string> = {};
  for (const image of new Set(wanted.map(({ imageType }) => imageType.name))) {
    const ofImage = wanted.filter(({ imageType }) => imageType.name === image);
    const values = featuresOfImage(roi, ofImage, settings);
    for (const { name, feature } of ofImage) {
      const value = typeof values === 'string' ? Number.NaN : values.get(feature)!;
      if (Number.isFinite(value)) features[name] = value;
      else undefinedBecause[name] = typeof values === 'string' ? values : 'no two voxels of the region touch';
    }
  }
  return { features, undefinedBecause };
}

/** The region on the grid that features are computed on. */
type Region = Readonly<{ volume: Volume; box: Box; inside: Uint8Array; voxels: number }>;

function regionOf(volume: Volume, mask: Mask, settings: ExtractionSettings): Region {
  const box = roiBox(mask, settings);
  const inside = new Uint8Array(count(box));
  copyBox(mask.voxels, mask.size, box, inside);
  return { volume, box, inside, voxels: setVoxels(inside) };
}

function setVoxels(voxels: Uint8Array): number {
  let set = 0;
  for (let i = 0; i < voxels.length; i++) if (voxels[i] !== 0) set++;
  return set;
}

/** The region's bounding box, once it is known to be large enough. */
function roiBox(mask: Mask, { minimumROIDimensions, minimumROISize }: ExtractionSettings): Box {
  const box = boundingBox(mask);
  if (box === undefined) throw new Fault('ROI_TOO_SMALL', 'no voxel is left after resampling');
  const dimensions = box.size.filter((n) => n > 1).length;
  if (dimensions < Math.max(1, minimumROIDimensions)) {
    throw new Fault('ROI_TOO_SMALL', `${box.size.join(' x ')} voxels`);
  }
  if (minimumROISize !== null && setVoxels(mask.voxels) <= minimumROISize) {
    throw new Fault('ROI_TOO_SMALL', `not more than ${minimumROISize} voxels`);
  }
  return box;
}

/** Feature to value (NaN: undefined) for one image, or the reason why that image does not exist. */
function featuresOfImage(
  roi: Region,
  wanted: readonly Feature[],
  settings: ExtractionSettings,
): ReadonlyMap<string, number> | string {
  const levels = levelsOfImage(roi, wanted[0]!.imageType, settings);
  if (typeof levels === 'string') return levels;
  return glcmFeatures(
    levels,
    wanted.map(({ feature }) => feature),
  );
}

function levelsOfImage(
  roi: Region,
  { sigmaMm }: ImageType,
  { binCount }: ExtractionSettings,
): Levels | string {
  const { volume, box, inside } = roi;
  if (sigmaMm === undefined) {
    const values =
      volume.voxels instanceof Int16Array ? new Int16Array(count(box)) : new Float32Array(count(box));
    copyBox(volume.voxels, volume.size, box, values);
    const edges = binEdges(rangeInside(values, inside)!, { binCount }, values instanceof Float32Array);
    return discretise(values, inside, box.size, edges);
  }
  const reason = whyNoLog(volume.size, volume.spacing, sigmaMm);
  if (reason !== undefined) return reason;
  const values = laplacianOfGaussian(volume, sigmaMm, box);
  const range = rangeInside(values, inside)!;
  if (range.maximum - range.minimum <= FLAT * magnitudeOf(volume)) return 'the filtered image is flat';
  return discretise(values, inside, box.size, binEdges(range, { binCount }, true));
}

function magnitudeOf({ voxels }: Volume): number {
  let magnitude = 0;
  for (let i = 0; i < voxels.length; i++) magnitude = Math.max(magnitude, Math.abs(voxels[i]!));
  return magnitude;
}
