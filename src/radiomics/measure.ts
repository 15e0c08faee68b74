import { type DecodeFrame, withoutCodecs } from '../dicom/frames.ts';
import { regionOnSeries } from '../masks/region-on-series.ts';
import type { CtVolume } from '../volume/from-instances.ts';
import { describeRoi } from './describe-roi.ts';
import { measureMask } from './measure-mask.ts';
import type { Measurement, MeasureRequest } from './measurement.ts';

/**
 * One lesion at one time point: slices to a volume in HU, region to a mask on it, features of both.
 * `readFile` gives the whole bytes of a path: see regionOnSeries.
 * `decode` decodes compressed frames.
 * Faults: those of regionOnSeries and extractFeatures.
 */
export function measure(
  request: MeasureRequest,
  readFile: (path: string) => Uint8Array,
  decode: DecodeFrame = withoutCodecs,
): Measurement {
  const started = performance.now();
  const { ct, drawn } = regionOnSeries(request, readFile, decode);
  const { mask, findings } = drawn;
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
