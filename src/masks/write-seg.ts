/** The masks that were measured, as a Segmentation of ours: what voxels there were can be seen, and measured again. */
import type { Code, Header } from '../dicom/header.ts';
import { type Dataset, writePart10 } from '../dicom/part10.ts';
import { patientAndStudy } from '../dicom/patient-and-study.ts';
import type { RenderedObject } from '../dicom/rendered-object.ts';
import { SEGMENTATION } from '../dicom/sop-class.ts';
import { canonicalJson, derivedUid, digestOf } from '../dicom/uid.ts';
import { Fault } from '../fault.ts';
import type { CtVolume } from '../volume/from-instances.ts';
import type { Mask } from '../volume/volume.ts';
import { ABNORMAL, BINARY_IMAGE, dimensions, packBits, segmentationOf } from './seg-modules.ts';

const SERIES_NUMBER = 9103;
const SERIES_DESCRIPTION = 'Earshot regions as measured (research)';

/** How a region was drawn; what is not MANUAL has a name (SegmentAlgorithmType, SegmentAlgorithmName). */
export type Drawing =
  | Readonly<{ type: 'MANUAL' }>
  | Readonly<{ type: 'SEMIAUTOMATIC' | 'AUTOMATIC'; name: string }>;

export type WrittenSegment = Readonly<{
  /** on the grid of the volume, at least one voxel */
  mask: Mask;
  label: string;
  trackingId: string;
  trackingUid: string;
  /** what it is (CID 7159) */
  typeCode: Code;
  drawing: Drawing;
}>;

export type SegmentationAbout = Readonly<{
  installation: Readonly<{ name: string; softwareVersion: string }>;
  /** YYYYMMDD, HHMMSS: persisted, never `now` on a retry */
  completed: Readonly<{ date: string; time: string }>;
  /** names what the segmentation goes with: equal regions of two reports are two objects */
  belongsTo: string;
}>;

type Series = Pick<CtVolume, 'volume' | 'header' | 'instances'>;

/** A slice that a segment touches. */
type Frame = Readonly<{ SegmentNumber: number; index: number; image: Header; voxels: Uint8Array }>;

/**
 * A binary Segmentation in the study of the CT: segment k + 1 is the k-th of the list, frames only of the slices that it
 * touches. Equal regions of one report give equal UIDs, and with equal times equal bytes.
 * Faults: MASK_EMPTY when a mask has no voxel, MASK_NOT_OF_SERIES when it has another size than the volume.
 * @see PS3.3 A.51, C.8.20
 */
export function renderSegmentation(
  ct: Series,
  segments: readonly WrittenSegment[],
  { installation, completed, belongsTo }: SegmentationAbout,
): RenderedObject {
  const frames = segments.flatMap(({ mask }, k) => framesOf(ct, mask, k + 1));
  const { header } = ct;
  const pixels = packBits(frames.map(({ voxels }) => voxels));
  const content: Dataset = {
    SpecificCharacterSet: 'ISO_IR 192',
    SOPClassUID: SEGMENTATION,
    ...patientAndStudy(header),
    Modality: 'SEG',
    SeriesNumber: SERIES_NUMBER,
    SeriesDescription: SERIES_DESCRIPTION,
    FrameOfReferenceUID: header.FrameOfReferenceUID || derivedUid(`frame of ${header.SeriesInstanceUID}`),
    PositionReferenceIndicator: '',
    Manufacturer: 'Earshot',
    ManufacturerModelName: 'Earshot',
    DeviceSerialNumber: shortened(installation.name),
    SoftwareVersions: shortened(installation.softwareVersion),
    InstanceNumber: 1,
    ContentLabel: 'REGIONS',
    ContentDescription: 'Regions as measured, on the voxels of the image',
    ContentCreatorName: '',
    ...BINARY_IMAGE,
    Rows: ct.volume.size[1],
    Columns: ct.volume.size[0],
    NumberOfFrames: frames.length,
    SegmentSequence: segments.map(segmentItem),
    ...referencedSeries(header, frames),
    ...functionalGroups(ct, frames),
  };
  // All of it but the times.
  const name = canonicalJson(['segmentation', belongsTo, content, digestOf(new Uint8Array(pixels))]);
  const identity = {
    SOPClassUID: SEGMENTATION,
    SOPInstanceUID: derivedUid(name),
    SeriesInstanceUID: derivedUid(`${name}series`),
    StudyInstanceUID: header.StudyInstanceUID,
  };
  const bytes = writePart10({
    ...content,
    ...identity,
    ...dimensions(derivedUid(`${name}dimensions`)),
    ...timesOf(completed),
    PixelData: pixels,
    _vrMap: { PixelData: 'OB' },
  });
  return { ...identity, bytes };
}

const timesOf = ({ date, time }: SegmentationAbout['completed']): Dataset => ({
  InstanceCreationDate: date,
  InstanceCreationTime: time,
  SeriesDate: date,
  SeriesTime: time,
  ContentDate: date,
  ContentTime: time,
});

function framesOf({ volume, instances }: Series, { size, voxels }: Mask, SegmentNumber: number): Frame[] {
  if (size.some((length, axis) => length !== volume.size[axis]))
    throw new Fault('MASK_NOT_OF_SERIES', 'a mask of another size than the image');
  const pixels = size[0] * size[1];
  const frames = instances.flatMap((image, slice) => {
    const plane = voxels.subarray(slice * pixels, (slice + 1) * pixels);
    return plane.includes(1) ? [{ image, voxels: plane }] : [];
  });
  if (frames.length === 0) throw new Fault('MASK_EMPTY', 'a region without voxels');
  return frames.map((frame, index) => ({ ...frame, SegmentNumber, index: index + 1 }));
}

/** LO: at most 64 characters (PS3.5 table 6.2-1). */
const shortened = (text: string): string => [...text].slice(0, 64).join('');

const coded = ({ CodeValue, CodingSchemeDesignator, CodeMeaning }: Code): readonly Dataset[] => [
  { CodeValue, CodingSchemeDesignator, CodeMeaning },
];

/** L*, a*, b* of segments 1, 2, ...: apart from each other and from grey; a viewer that is told none warns. */
const COLOURS = [
  [60, 65, 45],
  [75, -60, 50],
  [60, 75, -40],
  [80, -40, -15],
  [85, 5, 75],
  [55, 15, -60],
] as const;

/** PS3.3 C.10.7.1.1: 0 to 65535 stands for 0 to 100 of L*, and for -128 to 127 of a* and b*. */
function colourOf(k: number): readonly number[] {
  const [lightness, a, b] = COLOURS[k % COLOURS.length] ?? COLOURS[0];
  return [lightness / 100, (a + 128) / 255, (b + 128) / 255].map((share) => Math.round(share * 65_535));
}

const segmentItem = ({ drawing, ...segment }: WrittenSegment, k: number): Dataset => ({
  SegmentNumber: k + 1,
  SegmentLabel: shortened(segment.label),
  SegmentAlgorithmType: drawing.type,
  ...(drawing.type !== 'MANUAL' && { SegmentAlgorithmName: shortened(drawing.name) }),
  ...ABNORMAL,
  SegmentedPropertyTypeCodeSequence: coded(segment.typeCode),
  RecommendedDisplayCIELabValue: colourOf(k),
  TrackingID: segment.trackingId,
  TrackingUID: segment.trackingUid,
});

/** The frame of a multi-frame image has its number beside the UIDs (table 10-3). */
const reference = ({ SOPClassUID, SOPInstanceUID, FrameNumber }: Header): Dataset => ({
  ReferencedSOPClassUID: SOPClassUID,
  ReferencedSOPInstanceUID: SOPInstanceUID,
  ...(FrameNumber !== undefined && { ReferencedFrameNumber: FrameNumber }),
});

/** Common Instance Reference (C.12.2): every image once. */
function referencedSeries({ SeriesInstanceUID }: Header, frames: readonly Frame[]): Dataset {
  const images = new Map(frames.map(({ image }) => [image.SOPInstanceUID, image.SOPClassUID]));
  const ReferencedInstanceSequence = [...images].map(([ReferencedSOPInstanceUID, ReferencedSOPClassUID]) => ({
    ReferencedSOPClassUID,
    ReferencedSOPInstanceUID,
  }));
  return { ReferencedSeriesSequence: [{ SeriesInstanceUID, ReferencedInstanceSequence }] };
}

/** Positions are those of the images themselves: the series may have gaps. */
function functionalGroups({ volume, header }: Series, frames: readonly Frame[]): Dataset {
  const between = volume.spacing[2];
  return {
    SharedFunctionalGroupsSequence: [
      {
        PlaneOrientationSequence: [
          { ImageOrientationPatient: header.ImageOrientationPatient?.map(decimalString) },
        ],
        PixelMeasuresSequence: [
          {
            SliceThickness: decimalString(header.SliceThickness || between),
            SpacingBetweenSlices: decimalString(between),
            PixelSpacing: header.PixelSpacing?.map(decimalString),
          },
        ],
      },
    ],
    PerFrameFunctionalGroupsSequence: frames.map(({ SegmentNumber, index, image }) => ({
      FrameContentSequence: [{ DimensionIndexValues: [SegmentNumber, index] }],
      PlanePositionSequence: [{ ImagePositionPatient: image.ImagePositionPatient?.map(decimalString) }],
      SegmentIdentificationSequence: [{ ReferencedSegmentNumber: SegmentNumber }],
      DerivationImageSequence: [segmentationOf(reference(image))],
    })),
  };
}

/** DS: at most 16 characters (PS3.5 table 6.2-1); what came out of a DS fits again. */
function decimalString(value: number): string {
  for (let digits = 17; digits > 0; digits--) {
    const text = String(Number(value.toPrecision(digits)));
    if (text.length <= 16) return text;
  }
  return '0';
}
