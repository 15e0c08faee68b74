import { type DecodeFrame, withoutCodecs } from '../dicom/frames.ts';
import { outlinesOnSlice } from '../masks/outlines.ts';
import { regionOnSeries } from '../masks/region-on-series.ts';
import type { ExtractionSettings } from '../radiomics/settings.ts';
import { plane } from '../volume/box.ts';
import type { CtVolume } from '../volume/from-instances.ts';
import { indexToPatient } from '../volume/geometry.ts';
import type { Grid, Mask } from '../volume/volume.ts';
import { filteredPlane } from './filtered-plane.ts';
import type { KeyView, ViewRequest } from './key-view.ts';
import { windowed } from './window.ts';

/** A lesion of a series, read from its files, as a reader is shown it. Faults: those of regionOnSeries and filteredPlane. */
export function view(
  request: ViewRequest,
  readFile: (path: string) => Uint8Array,
  decode: DecodeFrame = withoutCodecs,
): KeyView {
  const { ct, drawn } = regionOnSeries(request, readFile, decode);
  return keyView(ct, drawn.mask, request.settings, request.feature);
}

/** The slice with the largest area of the region, which has at least one voxel, and the filtered plane through it. */
export function keyView(
  ct: Pick<CtVolume, 'volume' | 'instances'>,
  mask: Mask,
  settings: ExtractionSettings,
  feature: string,
): KeyView {
  const { volume } = ct;
  const [columns, rows] = volume.size;
  const slice = largestSlice(mask);
  const { SOPClassUID = '', SOPInstanceUID = '', FrameNumber } = ct.instances[slice] ?? {};
  const middle = indexToPatient(volume, [columns / 2, rows / 2, slice]);
  return {
    SOPClassUID,
    SOPInstanceUID,
    FrameNumber,
    pixelSpacingMm: [volume.spacing[1], volume.spacing[0]],
    PatientOrientation: [directionOf(volume, 0), directionOf(volume, 1)],
    image: { columns, rows, pixels: windowed(plane(volume.voxels, volume.size, slice)) },
    contours: outlinesOnSlice(mask, slice),
    filtered: filteredPlane(volume, mask, settings, feature, middle),
  };
}

/** The slice with most voxels of the region; of several the middle one, rounded towards the first. */
export function largestSlice({ voxels, size }: Mask): number {
  const areas = Array.from({ length: size[2] }, (_, z) =>
    plane(voxels, size, z).reduce((area, voxel) => area + voxel, 0),
  );
  const most = areas.reduce((a, b) => Math.max(a, b), 0);
  const largest = [...areas.keys()].filter((z) => areas[z] === most);
  return largest[(largest.length - 1) >> 1] ?? 0;
}

const LETTERS = [
  ['L', 'R'],
  ['P', 'A'],
  ['H', 'F'],
] as const;

/** Where axis `axis` of a grid leads: the letter of the nearest patient direction. */
function directionOf({ direction }: Grid, axis: 0 | 1): string {
  const cosines = [0, 1, 2].map((row) => direction[3 * row + axis] ?? 0);
  const sizes = cosines.map(Math.abs);
  const main = sizes.indexOf(Math.max(...sizes));
  return LETTERS[main]?.[(cosines[main] ?? 0) < 0 ? 1 : 0] ?? '';
}
