import { Fault } from '../fault.ts';
import type { Kernels } from '../kernels/kernels.ts';
import { copyBox, count } from '../volume/box.ts';
import { sameType, type Volume, type Voxels } from '../volume/volume.ts';
import { binEdges, binningOf, discretise, type Levels, rangeInside } from './discretise.ts';
import type { ImageType } from './features.ts';
import { laplacianOfGaussian, whyNoLog } from './log-filter.ts';
import type { Region } from './region.ts';
import type { ExtractionSettings } from './settings.ts';

/** One image of the region: the grey values of its voxels in raster order, and their levels. */
export type RoiImage = Readonly<{ region: Region; values: Float64Array; levels: Levels }>;

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
  const { volume, box, inside } = region;
  const reason = sigmaMm === undefined ? undefined : whyNoLog(volume.size, volume.spacing, sigmaMm);
  if (reason !== undefined) return reason;
  const values =
    sigmaMm === undefined ? original(region) : laplacianOfGaussian(volume, sigmaMm, box, kernels);
  const range = rangeInside(values, inside)!;
  if (sigmaMm !== undefined && range.maximum - range.minimum <= FLAT * magnitudeOf(volume)) {
    return 'the filtered image is flat';
  }
  const { binCount, binWidth } = settings;
  const bins = binCount ?? (range.maximum - range.minimum) / binWidth + 2;
  if (!(bins <= MOST_BINS)) throw new Fault('BINS_TOO_MANY', `${Math.ceil(bins)} of at most ${MOST_BINS}`);
  const edges = binEdges(range, binningOf(settings), values instanceof Float32Array);
  const border = Math.max(1, ...settings.distances);
  const levels = discretise(values, inside, box.size, edges, border);
  return { region, values: valuesInside(values, region), levels };
}

function original({ volume, box }: Region): Voxels {
  const values = sameType(volume.voxels, count(box));
  copyBox(volume.voxels, volume.size, box, values);
  return values;
}

function valuesInside(values: Voxels, { inside, voxels }: Region): Float64Array {
  const found = new Float64Array(voxels);
  for (let i = 0, n = 0; i < values.length; i++) if (inside[i] !== 0) found[n++] = values[i]!;
  return found;
}

function magnitudeOf({ voxels }: Volume): number {
  let magnitude = 0;
  for (let i = 0; i < voxels.length; i++) magnitude = Math.max(magnitude, Math.abs(voxels[i]!));
  return magnitude;
}
