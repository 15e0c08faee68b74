/** Small CT series, RTSTRUCTs and SEGs as Part 10 files, for tests of reading. Not anatomy. */
import { type Dataset, writePart10 } from '../../src/dicom/part10.ts';
import type { CtVolume } from '../../src/volume/from-instances.ts';
import { volumeFromInstances } from '../../src/volume/from-instances.ts';

export const FRAME_OF_REFERENCE = '2.25.40';
export const CT_SERIES = '2.25.30';
const identity = {
  StudyInstanceUID: '2.25.20',
  PatientID: 'P1',
  PatientName: 'Phantom^Test',
  StudyDate: '20260102',
};

/** Asymmetric on purpose: 7 columns, 5 rows, three different spacings. */
export const COLUMNS = 7;
export const ROWS = 5;

/** Slice `index` at z = 10 + 2 index mm; stored value = column + 10 row + 100 index. */
export function ctFile(index: number, overrides: Dataset = {}): Uint8Array {
  const stored = Int16Array.from(
    { length: ROWS * COLUMNS },
    (_, i) => (i % COLUMNS) + 10 * Math.floor(i / COLUMNS) + 100 * index,
  );
  return writePart10({
    ...identity,
    SOPClassUID: '1.2.840.10008.5.1.4.1.1.2',
    SOPInstanceUID: `2.25.50.${index + 1}`,
    SeriesInstanceUID: CT_SERIES,
    FrameOfReferenceUID: FRAME_OF_REFERENCE,
    Modality: 'CT',
    ImagePositionPatient: ['-8', '4', String(10 + 2 * index)],
    ImageOrientationPatient: ['1', '0', '0', '0', '1', '0'],
    PixelSpacing: ['0.5', '0.25'],
    SliceThickness: '2',
    SamplesPerPixel: 1,
    PhotometricInterpretation: 'MONOCHROME2',
    Rows: ROWS,
    Columns: COLUMNS,
    BitsAllocated: 16,
    BitsStored: 16,
    HighBit: 15,
    PixelRepresentation: 1,
    RescaleSlope: '1',
    RescaleIntercept: '-1000',
    PixelData: stored.buffer,
    _vrMap: { PixelData: 'OW' },
    ...overrides,
  });
}

export function ctVolume(slices = 4): CtVolume {
  return volumeFromInstances(slices, (i) => ctFile(i));
}

/** Patient millimetres of a point given in columns, rows and slices of that series. */
export const patientPoint = (x: number, y: number, z: number): [number, number, number] => [
  -8 + 0.25 * x,
  4 + 0.5 * y,
  10 + 2 * z,
];

export type ContourFixture = Readonly<{
  points: readonly (readonly [number, number, number])[];
  type?: string;
}>;

/** An RTSTRUCT with one ROI, contours in index coordinates of the series above. */
export function rtstructFile(contours: readonly ContourFixture[], overrides: Dataset = {}): Uint8Array {
  return writePart10({
    ...identity,
    SOPClassUID: '1.2.840.10008.5.1.4.1.1.481.3',
    SOPInstanceUID: '2.25.60',
    SeriesInstanceUID: '2.25.61',
    Modality: 'RTSTRUCT',
    StructureSetLabel: 'GTV',
    StructureSetDate: '20260103',
    StructureSetTime: '110000',
    OperatorsName: 'Reader^One',
    ApprovalStatus: 'APPROVED',
    ReferencedFrameOfReferenceSequence: [
      {
        FrameOfReferenceUID: FRAME_OF_REFERENCE,
        RTReferencedStudySequence: [
          {
            RTReferencedSeriesSequence: [
              {
                SeriesInstanceUID: CT_SERIES,
                ContourImageSequence: [{ ReferencedSOPInstanceUID: '2.25.50.1' }],
              },
            ],
          },
        ],
      },
    ],
    StructureSetROISequence: [
      { ROINumber: '5', ROIName: 'Lung', ReferencedFrameOfReferenceUID: FRAME_OF_REFERENCE },
      { ROINumber: '3', ROIName: 'GTV-1', ReferencedFrameOfReferenceUID: FRAME_OF_REFERENCE },
    ],
    ROIContourSequence: [
      {
        ReferencedROINumber: '3',
        ContourSequence: contours.map(({ points, type = 'CLOSED_PLANAR' }) => ({
          ContourGeometricType: type,
          NumberOfContourPoints: String(points.length),
          ContourData: points.flatMap((point) => patientPoint(...point)).map(String),
        })),
      },
    ],
    RTROIObservationsSequence: [
      { ObservationNumber: '1', ReferencedROINumber: '3', RTROIInterpretedType: 'GTV' },
    ],
    ...overrides,
  });
}

export type FrameFixture = Readonly<{ segment: number; slice: number; bits: readonly number[] }>;
export type SegOptions = Readonly<{
  rows?: number;
  columns?: number;
  /** patient position of the first pixel of a frame */
  position?: (slice: number) => readonly [number, number, number];
  orientation?: readonly string[];
  pixelSpacing?: readonly string[];
  overrides?: Dataset;
}>;

/** A binary SEG with the segments 1 and 2, frames as given; bits packed least significant first, not padded. */
export function segFile(frames: readonly FrameFixture[], options: SegOptions = {}): Uint8Array {
  const { rows = ROWS, columns = COLUMNS, position = (slice) => patientPoint(0, 0, slice) } = options;
  const all = frames.flatMap(({ bits }) => bits);
  const packed = new Uint8Array(Math.ceil(all.length / 16) * 2);
  for (const [i, bit] of all.entries()) packed[i >> 3]! |= bit << (i & 7);
  const code = (CodeValue: string, CodeMeaning: string): Dataset => ({
    CodeValue,
    CodingSchemeDesignator: 'SCT',
    CodeMeaning,
  });
  return writePart10({
    ...identity,
    SOPClassUID: '1.2.840.10008.5.1.4.1.1.66.4',
    SOPInstanceUID: '2.25.70',
    SeriesInstanceUID: '2.25.71',
    Modality: 'SEG',
    FrameOfReferenceUID: FRAME_OF_REFERENCE,
    ContentDate: '20260104',
    ContentTime: '120000',
    ContentLabel: 'LESIONS',
    ContentCreatorName: 'Reader^Two',
    SamplesPerPixel: 1,
    PhotometricInterpretation: 'MONOCHROME2',
    Rows: rows,
    Columns: columns,
    BitsAllocated: 1,
    BitsStored: 1,
    HighBit: 0,
    PixelRepresentation: 0,
    NumberOfFrames: String(frames.length),
    SegmentationType: 'BINARY',
    SegmentSequence: [1, 2].map((SegmentNumber) => ({
      SegmentNumber,
      SegmentLabel: `Lesion ${SegmentNumber}`,
      SegmentAlgorithmType: 'MANUAL',
      TrackingID: `lesion-${SegmentNumber}`,
      TrackingUID: `2.25.80.${SegmentNumber}`,
      SegmentedPropertyCategoryCodeSequence: [code('49755003', 'Morphologically Abnormal Structure')],
      SegmentedPropertyTypeCodeSequence: [code('108369006', 'Neoplasm')],
    })),
    ReferencedSeriesSequence: [
      {
        SeriesInstanceUID: CT_SERIES,
        ReferencedInstanceSequence: [{ ReferencedSOPInstanceUID: '2.25.50.1' }],
      },
    ],
    SharedFunctionalGroupsSequence: [
      {
        PlaneOrientationSequence: [
          { ImageOrientationPatient: options.orientation ?? ['1', '0', '0', '0', '1', '0'] },
        ],
        PixelMeasuresSequence: [
          {
            PixelSpacing: options.pixelSpacing ?? ['0.5', '0.25'],
            SliceThickness: '2',
            SpacingBetweenSlices: '2',
          },
        ],
      },
    ],
    PerFrameFunctionalGroupsSequence: frames.map(({ segment, slice }) => ({
      PlanePositionSequence: [{ ImagePositionPatient: position(slice).map(String) }],
      SegmentIdentificationSequence: [{ ReferencedSegmentNumber: segment }],
    })),
    PixelData: packed.buffer,
    _vrMap: { PixelData: 'OB' },
    ...options.overrides,
  });
}
