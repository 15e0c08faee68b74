import { type DecodeFrame, withoutCodecs } from '../dicom/frames.ts';
import { type ParsedFile, parsePart10 } from '../dicom/parse-part10.ts';
import { Fault } from '../fault.ts';
import type { CtVolume } from '../volume/from-instances.ts';
import { describeParsed } from './describe.ts';
import { type Drawn, rasterise } from './rasterise.ts';
import type { MaskDescription } from './region.ts';
import { readRoi } from './rtstruct.ts';
import { readSegment, segmentToMask } from './seg.ts';

/**
 * A region (ROINumber or SegmentNumber) of an RTSTRUCT or SEG as a mask on a CT volume.
 * Faults: MASK_NO_REGION, MASK_NOT_OF_SERIES, MASK_OUTSIDE, MASK_EMPTY, MASK_UNREADABLE, and those of reading a file.
 */
export function maskOnVolume(
  bytes: Uint8Array,
  region: number,
  ct: CtVolume,
  decode: DecodeFrame = withoutCodecs,
): Drawn {
  const parsed = parsePart10(bytes);
  const description = describeParsed(parsed);
  const found = description.regions.find(({ number }) => number === region);
  if (!found) throw new Fault('MASK_NO_REGION', `no region number ${region}`);
  const findings = checkReferences(description, found.FrameOfReferenceUID, ct);
  const drawn =
    description.kind === 'RTSTRUCT' ? drawRoi(parsed, region, ct) : drawSegment(parsed, region, ct, decode);
  if (!drawn.mask.voxels.includes(1))
    throw new Fault('MASK_OUTSIDE', 'no voxel centre of the image is in the region');
  return { mask: drawn.mask, findings: [...findings, ...drawn.findings] };
}

/** SR.md 4.1 in short: explicit references first; the frame of reference alone carries a finding, another one refuses. */
function checkReferences(
  mask: MaskDescription,
  FrameOfReferenceUID: string | undefined,
  ct: CtVolume,
): string[] {
  const { header, instances } = ct;
  const sameFrame = FrameOfReferenceUID !== undefined && FrameOfReferenceUID === header.FrameOfReferenceUID;
  if (FrameOfReferenceUID && header.FrameOfReferenceUID && !sameFrame)
    throw new Fault('MASK_NOT_OF_SERIES', 'another frame of reference');
  const drawnOn = new Set(mask.referencedInstances);
  const isNamed =
    mask.referencedSeries.includes(header.SeriesInstanceUID) ||
    instances.some(({ SOPInstanceUID }) => drawnOn.has(SOPInstanceUID));
  if (isNamed) return [];
  const namesNone = mask.referencedSeries.length === 0 && drawnOn.size === 0;
  if (!sameFrame)
    throw new Fault('MASK_NOT_OF_SERIES', namesNone ? 'it names no series' : 'it names another series');
  return [
    namesNone
      ? 'the mask names no series: tied to the image by its frame of reference only'
      : 'the mask names another series of the same frame of reference',
  ];
}

function drawRoi(parsed: ParsedFile, region: number, { volume, slicePositionsMm }: CtVolume): Drawn {
  const roi = readRoi(parsed, region);
  if (roi.contours.length === 0) throw new Fault('MASK_EMPTY', 'no closed contour in this region');
  const { mask, findings } = rasterise(roi.contours, volume, slicePositionsMm);
  return { mask, findings: [...roi.findings, ...findings] };
}

function drawSegment(
  parsed: ParsedFile,
  region: number,
  { volume, slicePositionsMm }: CtVolume,
  decode: DecodeFrame,
): Drawn {
  const segment = readSegment(parsed, region, decode);
  if (segment.frames.length === 0) throw new Fault('MASK_EMPTY', 'no frame in this segment');
  const { mask, findings } = segmentToMask(segment, volume, slicePositionsMm);
  return { mask, findings: [...segment.findings, ...findings] };
}
