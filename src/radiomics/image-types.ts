import { Fault } from '../fault.ts';
import type { Kernels } from '../kernels/kernels.ts';
import { copyBox, count } from '../volume/box.ts';
import { sameType } from '../volume/volume.ts';
import { binEdges, binningOf, discretise, type Levels, rangeOf } from './discretise.ts';
import type { ImageType } from './features.ts';
import { laplacianOfGaussian, whyNoLog } from './log-filter.ts';
import { type Surroundings, surroundings } from './neighbourhood.ts';
import { once } from './once.ts';
import type { Region } from './region.ts';
import type { ExtractionSettings } from './settings.ts';

/** One image of the region: the grey values of its voxels in raster order, their levels, and what lies around each. */
export type RoiImage = Readonly<{
  region: Region;
  values: Float64Array;
  levels: Levels;
  around: () => Surroundings;
}>;

/**
 * Filtering a constant leaves rounding noise: at most 1e-14 of the image's magnitude was seen, while the smallest range
 * with a meaning was 1e-4 of it. Binned, that noise would look like a texture.
 */
const FLAT = 1e-10;
/** A matrix of levels by levels is kept for each direction. */
const MOST_BINS = 4096;

/** The image of that type, or the reason why there is none. Throws BINS_TOO_MANY. */
export function imageOf(
  region: Region,
  { sigmaMm }: ImageType,
  settings: ExtractionSettings,
  kernels: Kernels,
): RoiImage | string {
  const { volume, box, places, bordered, magnitude } = region;
  const reason = sigmaMm === undefined ? undefined : whyNoLog(volume.size, volume.spacing, sigmaMm);
  if (reason !== undefined) return reason;
  const isOriginal = sigmaMm === undefined;
  const values = isOriginal
    ? originalValues(region)
    : Float64Array.from(laplacianOfGaussian(volume, sigmaMm, box, kernels, places));
  const range = rangeOf(values)!;
  if (!isOriginal && range.maximum - range.minimum <= FLAT * magnitude) {
    return 'the filtered image is flat';
  }
  const { binCount, binWidth } = settings;
  const bins = binCount ?? (range.maximum - range.minimum) / binWidth + 2;
  if (!(bins <= MOST_BINS)) throw new Fault('BINS_TOO_MANY', `${Math.ceil(bins)} of at most ${MOST_BINS}`);
  const isFloat = !isOriginal || volume.voxels instanceof Float32Array;
  const levels = discretise(values, bordered(), binEdges(range, binningOf(settings), isFloat));
  return { region, values, levels, around: once(() => surroundings(levels, settings, kernels.texture)) };
}

function originalValues({ volume, box, places }: Region): Float64Array {
  const boxed = sameType(volume.voxels, count(box));
  copyBox(volume.voxels, volume.size, box, boxed);
  const values = new Float64Array(places.length);
  for (let i = 0; i < places.length; i++) values[i] = boxed[places[i]!]!;
  return values;
}
