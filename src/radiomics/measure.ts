import { type DecodeFrame, withoutCodecs } from '../dicom/frames.ts';
import { imagesOfRegion } from '../masks/describe.ts';
import { maskOnVolume } from '../masks/mask-on-volume.ts';
import { type CtVolume, volumeFromInstances } from '../volume/from-instances.ts';
import { describeRoi } from './describe-roi.ts';
import { measureMask } from './measure-mask.ts';
import type { Measurement, MeasureRequest } from './measurement.ts';

/**
 * One lesion at one time point: slices to a volume in HU, region to a mask on it, features of both.
 * `readFile` gives the whole bytes of a path and is called once for each, for the mask again when slices share positions.
 * `decode` decodes compressed frames.
 * Faults: those of volumeFromInstances, maskOnVolume and extractFeatures.
 */
export function measure(
  request: MeasureRequest,
  readFile: (path: string) => Uint8Array,
  decode: DecodeFrame = withoutCodecs,
): Measurement {
  const started = performance.now();
  const { images, mask: source } = request;
  const ct = volumeFromInstances(images.length, (i) => readFile(images[i]!), {
    decode,
    drawnOn: () => imagesOfRegion(readFile(source.file), source.region),
  });
  const { mask, findings } = maskOnVolume(readFile(source.file), source.region, ct, decode);
  const roi = describeRoi(ct, mask);
  return {
    ...measureMask(ct.volume, mask, request, (performance.now() - started) / 1000),
    header: ct.header,
    instances: distinctInstances(ct.instances),
    geometry: ct.geometry,
    roi,
    findings: [...ct.findings, ...findings],
  };
}

/** The frames of a multi-frame image are one instance. */
function distinctInstances(headers: CtVolume['instances']): Measurement['instances'] {
  const byUid = new Map(
    headers.map(({ SOPClassUID, SOPInstanceUID }) => [SOPInstanceUID, { SOPClassUID, SOPInstanceUID }]),
  );
  return [...byUid.values()];
}
