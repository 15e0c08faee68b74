import { Fault } from '../fault.ts';
import type { Kernels } from '../kernels/kernels.ts';
import { type Box, boundingBox, copyBox, count } from '../volume/box.ts';
import { cropped, resample } from '../volume/resample.ts';
import { isInteger, type Mask, type Volume } from '../volume/volume.ts';
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
  voxels: number;
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
  if (!mask.voxels.includes(1)) throw new Fault('MASK_EMPTY');
  roiBox(mask, settings);
  const refinement =
    settings.refineHU.length > 0 ? refined(volume, mask, settings.refineHU) : { mask, removed: {} };
  const drawn = roiBox(refinement.mask, settings);
  const image = settings.normalize ? normalised(volume, settings) : volume;
  const { resampledPixelSpacing } = settings;
  const onGrid = resampledPixelSpacing
    ? resample(image, refinement.mask, { ...settings, resampledPixelSpacing }, kernels)
    : {
        ...(settings.preCrop
          ? cropped(image, refinement.mask, drawn, settings.padDistance)
          : { volume: image, mask: refinement.mask }),
        isInterpolated: false,
      };
  checkFinite(onGrid.volume);
  const shape = regionOf(onGrid.volume, onGrid.mask, settings);
  const kept = settings.resegmentRange
    ? regionOf(onGrid.volume, resegmented(onGrid.volume, onGrid.mask, settings), settings)
    : shape;
  return {
    region: kept,
    shape: settings.resegmentShape ? kept : shape,
    isInterpolated: onGrid.isInterpolated,
    refinedVoxels: refinement.removed,
  };
}

function regionOf(volume: Volume, mask: Mask, settings: ExtractionSettings): Region {
  const box = roiBox(mask, settings);
  const inside = new Uint8Array(count(box));
  copyBox(mask.voxels, mask.size, box, inside);
  return { volume, mask, box, inside, voxels: setVoxels(inside) };
}

function setVoxels(voxels: Uint8Array): number {
  let set = 0;
  for (let i = 0; i < voxels.length; i++) if (voxels[i] !== 0) set++;
  return set;
}

/** The region's bounding box, once it is known to be large enough. */
function roiBox(mask: Mask, { minimumROIDimensions, minimumROISize }: ExtractionSettings): Box {
  const box = boundingBox(mask);
  if (box === undefined) throw new Fault('ROI_TOO_SMALL', 'no voxel is left');
  const dimensions = box.size.filter((n) => n > 1).length;
  if (dimensions < Math.max(1, minimumROIDimensions)) {
    throw new Fault('ROI_TOO_SMALL', `${box.size.join(' x ')} voxels`);
  }
  if (minimumROISize !== null && setVoxels(mask.voxels) <= minimumROISize) {
    throw new Fault('ROI_TOO_SMALL', `not more than ${minimumROISize} voxels`);
  }
  return box;
}

/** A NaN spreads along the lines of every filter: no number near it means anything. */
function checkFinite({ voxels }: Volume): void {
  if (isInteger(voxels)) return;
  for (let i = 0; i < voxels.length; i++) {
    if (!Number.isFinite(voxels[i])) throw new Fault('IMAGE_NOT_FINITE', 'in or near the region of interest');
  }
}
