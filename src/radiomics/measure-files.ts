import { type DecodeFrame, withoutCodecs } from '../dicom/frames.ts';
import { parseImageFile } from '../volume/formats/image-file.ts';
import { labelMask, onGridOf } from '../volume/formats/label-mask.ts';
import type { Inflate } from '../volume/formats/nrrd.ts';
import { volumeFromInstances } from '../volume/from-instances.ts';
import type { Volume } from '../volume/volume.ts';
import { measureMask } from './measure-mask.ts';
import type { FileMeasurement, MeasureFilesRequest } from './measurement.ts';

type ReadFile = (path: string) => Uint8Array;

/**
 * One label of a mask file on an image file or on a DICOM series: files to volumes, both on the image's grid, features of the
 * label. Faults: those of parseImageFile, labelMask, onGridOf, volumeFromInstances and extractFeatures.
 */
export function measureFiles(
  request: MeasureFilesRequest,
  readFile: ReadFile,
  inflate: Inflate,
  decode: DecodeFrame = withoutCodecs,
): FileMeasurement {
  const started = performance.now();
  const { settings } = request;
  const volume = imageOf(request.image, readFile, inflate, decode);
  const labels = parseImageFile(readFile(request.mask), request.mask, inflate);
  const mask = labelMask(onGridOf(volume, labels, settings), settings.label);
  const measured = measureMask(volume, mask, request, (performance.now() - started) / 1000);
  const voxels = mask.voxels.reduce((sum, voxel) => sum + voxel, 0);
  const [dx, dy, dz] = volume.spacing;
  return { ...measured, roi: { voxels, volumeMm3: voxels * dx * dy * dz } };
}

function imageOf(
  image: MeasureFilesRequest['image'],
  readFile: ReadFile,
  inflate: Inflate,
  decode: DecodeFrame,
): Volume {
  if (typeof image === 'string') return parseImageFile(readFile(image), image, inflate);
  return volumeFromInstances(image.length, (i) => readFile(image[i]!), { decode }).volume;
}
