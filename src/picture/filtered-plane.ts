import { fastestKernels } from '../kernels/fastest.ts';
import type { Kernels } from '../kernels/kernels.ts';
import { outlines } from '../masks/outlines.ts';
import { featureOf } from '../radiomics/features.ts';
import { laplacianOfGaussian, whyNoLog } from '../radiomics/log-filter.ts';
import { type Prepared, prepare } from '../radiomics/region.ts';
import type { ExtractionSettings } from '../radiomics/settings.ts';
import { type Box, copyBox, count, widened } from '../volume/box.ts';
import { patientToIndex } from '../volume/geometry.ts';
import type { Mask, Triple, Volume } from '../volume/volume.ts';
import type { KeyView } from './key-view.ts';

type FilteredPlane = NonNullable<KeyView['filtered']>;

/** Around the lesion this much is shown, mm: enough to tell it from vessels and pleura. */
const CONTEXT_MM = 15;

/**
 * The filtered image that `feature` is computed on, in the plane nearest to `place` (LPS mm), around the region. Inside the
 * region every value is the one that was measured: the filter sees what the extraction lets it see. Around it the filter
 * sees as much of the image as is shown. Undefined when the feature is of no filtered image, or when there is none.
 * Image and mask share one grid. Faults: those of `prepare`, and FEATURE_UNKNOWN.
 */
export function filteredPlane(
  volume: Volume,
  mask: Mask,
  settings: ExtractionSettings,
  feature: string,
  place: Triple,
  kernels: Kernels = fastestKernels(),
): FilteredPlane | undefined {
  const { sigmaMm } = featureOf(feature).imageType;
  if (sigmaMm === undefined) return undefined;
  const measured = prepare(volume, mask, settings, kernels);
  const { size, spacing } = measured.region.volume;
  if (whyNoLog(size, spacing, sigmaMm) !== undefined) return undefined;
  const padDistance = settings.padDistance + Math.ceil(CONTEXT_MM / Math.min(spacing[0], spacing[1]));
  const { region } = prepare(volume, mask, { ...settings, padDistance }, kernels);
  const shown = shownBox(region.volume, region.box, place);
  const values = laplacianOfGaussian(region.volume, sigmaMm, shown, kernels);
  replaceMeasured(values, region.volume, shown, measured, sigmaMm, kernels);
  const inside = new Uint8Array(count(shown));
  copyBox(region.mask.voxels, region.mask.size, shown, inside);
  const [columns, rows] = shown.size;
  return {
    columns,
    rows,
    values,
    pixelSpacingMm: [spacing[1], spacing[0]],
    contours: outlines(inside, columns, rows),
  };
}

/** One plane of the region's box, widened in it. */
function shownBox(volume: Volume, region: Box, place: Triple): Box {
  const { size, spacing } = volume;
  const nearest = Math.round(patientToIndex(volume, place)[2]);
  const z = Math.min(Math.max(nearest, 0), size[2] - 1);
  const margin = Math.ceil(CONTEXT_MM / Math.min(spacing[0], spacing[1]));
  const wide = widened(region, margin, size);
  return { start: [wide.start[0], wide.start[1], z], size: [wide.size[0], wide.size[1], 1] };
}

/** Both crops are parts of one lattice, so that a voxel of the measured one is a voxel of the wide one. */
function replaceMeasured(
  values: Float32Array,
  wide: Volume,
  shown: Box,
  { region }: Prepared,
  sigmaMm: number,
  kernels: Kernels,
): void {
  const { volume, mask } = region;
  const first = patientToIndex(wide, volume.origin).map(Math.round);
  const z = shown.start[2] - (first[2] ?? 0);
  if (z < 0 || z >= volume.size[2]) return;
  const [nx, ny] = volume.size;
  const box: Box = { start: [0, 0, z], size: [nx, ny, 1] };
  const filtered = laplacianOfGaussian(volume, sigmaMm, box, kernels);
  for (let i = 0; i < filtered.length; i++) {
    if (mask.voxels[z * nx * ny + i] === 0) continue;
    const x = (i % nx) + (first[0] ?? 0) - shown.start[0];
    const y = Math.floor(i / nx) + (first[1] ?? 0) - shown.start[1];
    values[y * shown.size[0] + x] = filtered[i] ?? 0;
  }
}
