import { type DecodeFrame, withoutCodecs } from '../dicom/frames.ts';
import { regionOnSeries } from '../masks/region-on-series.ts';
import type { CtVolume } from '../volume/from-instances.ts';
import type { Mask } from '../volume/volume.ts';
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

/** Counts, slice range and padding of the region, which has at least one voxel. */
function describeRoi({ volume, paddingHu }: CtVolume, mask: Mask): Measurement['roi'] {
  const [columns, rows, slices] = volume.size;
  const pixels = columns * rows;
  const touched: number[] = [];
  let voxels = 0;
  let hasPadding = false;
  for (let z = 0; z < slices; z++) {
    const slice = mask.voxels.subarray(z * pixels, (z + 1) * pixels);
    const [from, to] = paddingHu(z) ?? [Number.NaN, Number.NaN];
    let inside = 0;
    for (let i = slice.indexOf(1); i >= 0; i = slice.indexOf(1, i + 1)) {
      inside++;
      const hu = volume.voxels[z * pixels + i]!;
      if (hu >= from && hu <= to) hasPadding = true;
    }
    if (inside > 0) touched.push(z);
    voxels += inside;
  }
  const [dx, dy, dz] = volume.spacing;
  return { voxels, volumeMm3: voxels * dx * dy * dz, slices: [touched[0]!, touched.at(-1)!], hasPadding };
}
