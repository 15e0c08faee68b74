import { decimal, decimals, item, items, type RawDataset, uid, unsigned } from '../dicom/raw-dataset.ts';
import { type SliceAxes, sliceAxes, triple } from '../volume/geometry.ts';
import type { Triple } from '../volume/volume.ts';

/** Where a frame of a segmentation lies. Undefined parts are missing or malformed in the object. */
export type SegFrame = Readonly<{
  /** number of the frame, from 0 */
  index: number;
  /** ReferencedSegmentNumber; undefined in a label map */
  segment: number | undefined;
  position: Triple | undefined;
  axes: SliceAxes | undefined;
  /** [between rows, between columns], mm */
  pixelSpacing: readonly [number, number] | undefined;
  /** SpacingBetweenSlices, else SliceThickness, mm */
  sliceSpacingMm: number | undefined;
  /** SOPInstanceUIDs of DerivationImageSequence */
  sourceInstances: readonly string[];
}>;

/** A frame that has its place. */
export type PlacedFrame = SegFrame &
  Readonly<{ position: Triple; axes: SliceAxes; pixelSpacing: readonly [number, number] }>;

/** One segment of a segmentation: its frames and which of their pixels are in. */
export type Segment = Readonly<{
  number: number;
  FrameOfReferenceUID: string | undefined;
  rows: number;
  columns: number;
  frames: readonly PlacedFrame[];
  /** pixel: row * columns + column */
  isIn: (frame: number, pixel: number) => boolean;
  findings: readonly string[];
}>;

/**
 * The frames of a segmentation, functional groups looked up per frame first, then shared. Order as stored: frames of
 * several segments may be mixed and empty ones missing. @see PS3.3 C.7.6.16, C.8.20
 */
export function framesOf(dataset: RawDataset): readonly SegFrame[] {
  const shared = item(dataset, 'SharedFunctionalGroupsSequence');
  const sharedPlane = { axes: axesIn(shared), measures: measuresIn(shared) };
  return items(dataset, 'PerFrameFunctionalGroupsSequence').map((groups, index) => {
    const identification =
      item(groups, 'SegmentIdentificationSequence') ?? item(shared, 'SegmentIdentificationSequence');
    const place = item(groups, 'PlanePositionSequence') ?? item(shared, 'PlanePositionSequence');
    const sources = items(groups, 'DerivationImageSequence').flatMap((each) =>
      items(each, 'SourceImageSequence'),
    );
    return {
      index,
      segment: identification && unsigned(identification, 'ReferencedSegmentNumber'),
      position: place && triple(decimals(place, 'ImagePositionPatient')),
      axes: axesIn(groups) ?? sharedPlane.axes,
      ...(measuresIn(groups) ?? sharedPlane.measures ?? NO_MEASURES),
      sourceInstances: sources.map((each) => uid(each, 'ReferencedSOPInstanceUID') ?? '').filter(Boolean),
    };
  });
}

const NO_MEASURES = { pixelSpacing: undefined, sliceSpacingMm: undefined };

function axesIn(groups: RawDataset | undefined): SliceAxes | undefined {
  const orientation = item(groups, 'PlaneOrientationSequence');
  return orientation && sliceAxes(decimals(orientation, 'ImageOrientationPatient'));
}

function measuresIn(
  groups: RawDataset | undefined,
): Pick<SegFrame, 'pixelSpacing' | 'sliceSpacingMm'> | undefined {
  const measures = item(groups, 'PixelMeasuresSequence');
  if (!measures) return undefined;
  const [betweenRows = 0, betweenColumns = 0] = decimals(measures, 'PixelSpacing') ?? [];
  const between = decimal(measures, 'SpacingBetweenSlices') || decimal(measures, 'SliceThickness') || 0;
  return {
    pixelSpacing: betweenRows > 0 && betweenColumns > 0 ? [betweenRows, betweenColumns] : undefined,
    sliceSpacingMm: Math.abs(between) || undefined,
  };
}
