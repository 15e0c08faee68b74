import type { DecodeFrame } from '../dicom/frames.ts';
import type { Code } from '../dicom/header.ts';
import { parsePart10 } from '../dicom/parse-part10.ts';
import { integer, items, text, unsigned } from '../dicom/raw-dataset.ts';
import type { RenderedObject } from '../dicom/rendered-object.ts';
import { volumeFromInstances } from '../volume/from-instances.ts';
import { imagesOfRegion } from './describe.ts';
import { maskOnVolume } from './mask-on-volume.ts';
import { type Drawing, renderSegmentation, type SegmentationAbout } from './write-seg.ts';

/** Regions of one series that become segments of one object, in this order. Paths are absolute. */
export type SegmentationRequest = SegmentationAbout &
  Readonly<{
    images: readonly string[];
    regions: readonly Readonly<{
      mask: Readonly<{ file: string; region: number }>;
      label: string;
      trackingId: string;
      trackingUid: string;
      typeCode: Code;
    }>[];
  }>;

/**
 * Slices to a volume, regions to masks on it as they are measured, masks to a Segmentation.
 * Faults: those of volumeFromInstances, maskOnVolume and renderSegmentation.
 */
export function segmentRegions(
  { images, regions, ...about }: SegmentationRequest,
  readFile: (path: string) => Uint8Array,
  decode: DecodeFrame,
): RenderedObject {
  const drawnOn = (): ReadonlySet<string> =>
    new Set(regions.flatMap(({ mask }) => [...imagesOfRegion(readFile(mask.file), mask.region)]));
  const ct = volumeFromInstances(images.length, (i) => readFile(images[i] ?? ''), { decode, drawnOn });
  const segments = regions.map(({ mask: source, ...segment }) => {
    const bytes = readFile(source.file);
    const { mask } = maskOnVolume(bytes, source.region, ct, decode);
    return { ...segment, mask, drawing: drawingOf(bytes, source.region) };
  });
  return renderSegmentation(ct, segments, about);
}

const UNNAMED = 'not stated by the mask';

/** ROIGenerationAlgorithm or SegmentAlgorithmType of a region; what the mask does not say counts as drawn with help. */
export function drawingOf(bytes: Uint8Array, region: number): Drawing {
  const parsed = parsePart10(bytes);
  const roi = items(parsed, 'StructureSetROISequence').find((each) => integer(each, 'ROINumber') === region);
  const segment = items(parsed, 'SegmentSequence').find((each) => unsigned(each, 'SegmentNumber') === region);
  const type =
    (roi && text(roi, 'ROIGenerationAlgorithm')) ?? (segment && text(segment, 'SegmentAlgorithmType'));
  if (type === 'MANUAL') return { type };
  const name = (segment && text(segment, 'SegmentAlgorithmName')) || UNNAMED;
  return { type: type === 'AUTOMATIC' ? type : 'SEMIAUTOMATIC', name };
}
