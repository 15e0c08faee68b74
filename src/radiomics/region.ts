import { Fault } from '../fault.ts';
import type { Kernels } from '../kernels/kernels.ts';
import { type Box, boundingBox, copyBox, count, placesOf } from '../volume/box.ts';
import { cropped, resample } from '../volume/resample.ts';
import type { Mask, Volume } from '../volume/volume.ts';
import { type BorderedPlaces, withBorder } from './discretise.ts';
import { once } from './once.ts';
import { normalised, refined, resegmented } from './preprocess.ts';
import type { ExtractionSettings } from './settings.ts';

/** The region of interest on the grid that features are computed on. */
export type Region = Readonly<{
  /** the padded crop: what filters see */
  volume: Volume;
  mask: Mask;
  /** the region's bounding box in that grid */
  box: Box;
  /** 1 inside the region, over the box, x fastest */
  inside: Uint8Array;
  /** where the region's voxels are in the box, ascending */
  places: Int32Array;
  /** the same with a border around the box as wide as neighbours can be far */
  bordered: () => BorderedPlaces;
  voxels: number;
  /** no grey value of the padded crop is larger, disregarding signs */
  magnitude: number;
}>;

export type Prepared = Readonly<{
  region: Region;
  /** the region whose shape is told: before resegmentation unless the settings say otherwise */
  shape: Region;
  isInterpolated: boolean;
  /** voxels that refinement took out of the mask, by the name of its range; original grid */
  refinedVoxels: Readonly<Record<string, number>>;
}>;

/**
 * From image and mask, which share one grid, to the region that features are computed on, in PyRadiomics' order: normalise,
 * resample (or crop), resegment. Our own refinement of the mask comes first, on the image's own values. After each step
 * the region must still be large enough. Throws MASK_EMPTY, ROI_TOO_SMALL, IMAGE_NOT_FINITE.
 */
export function prepare(
  volume: Volume,
  mask: Mask,
  settings: ExtractionSettings,
  kernels: Kernels,
): Prepared {
  const drawn = boundingBox(mask);
  if (drawn === undefined) throw new Fault('MASK_EMPTY');
  checkSize(mask, drawn, settings);
  const isRefined = settings.refineHU.length > 0;
  const refinement = isRefined ? refined(volume, mask, settings.refineHU) : { mask, removed: {} };
  const box = isRefined ? roiBox(refinement.mask, settings) : drawn;
  const image = settings.normalize ? normalised(volume, settings) : volume;
  const { resampledPixelSpacing } = settings;
  const onGrid = resampledPixelSpacing
    ? resample(image, refinement.mask, box, { ...settings, resampledPixelSpacing }, kernels)
    : {
        ...(settings.preCrop
          ? cropped(image, refinement.mask, box, settings.padDistance)
          : { volume: image, mask: refinement.mask }),
        isInterpolated: false,
      };
  const magnitude = magnitudeOf(onGrid.volume, settings.imageTypes.LoG.length > 0 ? undefined : onGrid.mask);
  const shape = regionOf(onGrid.volume, onGrid.mask, magnitude, settings);
  const kept = settings.resegmentRange
    ? regionOf(onGrid.volume, resegmented(onGrid.volume, onGrid.mask, settings), magnitude, settings)
    : shape;
  return {
    region: kept,
    shape: settings.resegmentShape ? kept : shape,
    isInterpolated: onGrid.isInterpolated,
    refinedVoxels: refinement.removed,
  };
}

function regionOf(volume: Volume, mask: Mask, magnitude: number, settings: ExtractionSettings): Region {
  const box = roiBox(mask, settings);
  const inside = new Uint8Array(count(box));
  copyBox(mask.voxels, mask.size, box, inside);
  const places = placesOf(inside);
  const bordered = once(() => withBorder(places, box.size, Math.max(1, ...settings.distances)));
  return { volume, mask, box, inside, places, bordered, voxels: places.length, magnitude };
}

/** The region's bounding box, once it is known to be large enough. */
function roiBox(mask: Mask, settings: ExtractionSettings): Box {
  const box = boundingBox(mask);
  if (box === undefined) throw new Fault('ROI_TOO_SMALL', 'no voxel is left');
  checkSize(mask, box, settings);
  return box;
}

function checkSize(mask: Mask, box: Box, { minimumROIDimensions, minimumROISize }: ExtractionSettings): void {
  const dimensions = box.size.filter((n) => n > 1).length;
  if (dimensions < Math.max(1, minimumROIDimensions)) {
    throw new Fault('ROI_TOO_SMALL', `${box.size.join(' x ')} voxels`);
  }
  if (minimumROISize !== null && placesOf(mask.voxels).length <= minimumROISize) {
    throw new Fault('ROI_TOO_SMALL', `not more than ${minimumROISize} voxels`);
  }
}

/**
 * The largest absolute grey value; of 16-bit images the largest that they can hold, which needs no look at them. Throws
 * IMAGE_NOT_FINITE: a NaN spreads along the lines of every filter, no number near it means anything. Without a filter only
 * the region itself matters: then its mask is given.
 */
function magnitudeOf({ voxels }: Volume, mask?: Mask): number {
  if (voxels instanceof Int16Array || voxels instanceof Uint16Array) return 2 ** 16;
  let magnitude = 0;
  let areFinite = true;
  for (let i = 0; i < voxels.length; i++) {
    if (mask && mask.voxels[i] === 0) continue;
    const value = Math.abs(voxels[i]!);
    if (value > magnitude) magnitude = value;
    if (!(value < Number.POSITIVE_INFINITY)) areFinite = false;
  }
  const where = mask
    ? 'in the region of interest'
    : 'in or near the region of interest, or in what a filter sees of the image';
  if (!areFinite) throw new Fault('IMAGE_NOT_FINITE', where);
  return magnitude;
}
