/**
 * One lesion on the small CT series (mask-fixtures.ts) as drawing tools put it into DICOM: their header styles, made by hand
 * after their public documentation and source; not their files, and the pixels are ours.
 */
import type { Dataset } from '../../src/dicom/part10.ts';
import {
  COLUMNS,
  CT_SERIES,
  FRAME_OF_REFERENCE,
  patientPoint,
  ROWS,
  rtstructFile,
  segFile,
} from './mask-fixtures.ts';

const CT = '1.2.840.10008.5.1.4.1.1.2';
const SLICES = [1, 2] as const;
/** Voxels 1 to 4 of rows 1 to 3. */
const bits = Array.from({ length: ROWS * COLUMNS }, (_, i) => {
  const [x, y] = [i % COLUMNS, Math.floor(i / COLUMNS)];
  return Number(x >= 1 && x <= 4 && y >= 1 && y <= 3);
});
export const DRAWN: readonly number[] = [0, 1, 2, 3].flatMap((z) =>
  SLICES.some((slice) => slice === z) ? bits : bits.map(() => 0),
);
const code = (CodeValue: string, CodingSchemeDesignator: string, CodeMeaning: string): Dataset[] => [
  { CodeValue, CodingSchemeDesignator, CodeMeaning },
];
const imageOf = (slice: number): Dataset => ({
  ReferencedSOPClassUID: CT,
  ReferencedSOPInstanceUID: `2.25.50.${slice + 1}`,
});
const allImages = [0, 1, 2, 3].map(imageOf);

/** Frames of slices with something in them only; each names its source image (dcmqi's itkimage2segimage). */
function dcmqiLike(overrides: Dataset, segment: Dataset): Uint8Array {
  const frames = SLICES.map((slice) => ({ segment: 1, slice, bits }));
  return segFile(frames, {
    overrides: {
      Manufacturer: 'QIICR',
      ManufacturerModelName: 'https://github.com/QIICR/dcmqi.git',
      DeviceSerialNumber: '0',
      SoftwareVersions: '5a2f8a5',
      ContentLabel: 'SEGMENTATION',
      ContentDescription: 'Image segmentation',
      ContentCreatorName: 'Reader1',
      SegmentSequence: [{ SegmentNumber: 1, SegmentAlgorithmType: 'SEMIAUTOMATIC', ...segment }],
      ReferencedSeriesSequence: [{ SeriesInstanceUID: CT_SERIES, ReferencedInstanceSequence: allImages }],
      PerFrameFunctionalGroupsSequence: SLICES.map((slice) => ({
        DerivationImageSequence: [
          {
            DerivationCodeSequence: code('113076', 'DCM', 'Segmentation'),
            SourceImageSequence: [
              {
                ...imageOf(slice),
                PurposeOfReferenceCodeSequence: code(
                  '121322',
                  'DCM',
                  'Source image for image processing operation',
                ),
              },
            ],
          },
        ],
        FrameContentSequence: [{ DimensionIndexValues: [1, slice] }],
        PlanePositionSequence: [{ ImagePositionPatient: patientPoint(0, 0, slice).map(String) }],
        SegmentIdentificationSequence: [{ ReferencedSegmentNumber: 1 }],
      })),
      ...overrides,
    },
  });
}

type RtStyle = Readonly<{ name: string; number: string; type?: string; perContour?: boolean }>;

function rtLike({ name, number, type, perContour = true }: RtStyle, overrides: Dataset): Uint8Array {
  return rtstructFile([], {
    StructureSetROISequence: [
      {
        ROINumber: number,
        ReferencedFrameOfReferenceUID: FRAME_OF_REFERENCE,
        ROIName: name,
        ROIGenerationAlgorithm: '',
      },
    ],
    ROIContourSequence: [
      {
        ROIDisplayColor: ['255', '0', '0'],
        ContourSequence: SLICES.map((slice) => ({
          ...(perContour ? { ContourImageSequence: [imageOf(slice)] } : {}),
          ContourGeometricType: 'CLOSED_PLANAR',
          NumberOfContourPoints: '4',
          ContourData: [
            [1, 1],
            [5, 1],
            [5, 4],
            [1, 4],
          ]
            .flatMap(([x = 0, y = 0]) => patientPoint(x, y, slice))
            .map(String),
        })),
        ReferencedROINumber: number,
      },
    ],
    RTROIObservationsSequence: [
      {
        ObservationNumber: number,
        ReferencedROINumber: number,
        RTROIInterpretedType: type ?? '',
        ROIInterpreter: '',
      },
    ],
    ApprovalStatus: 'UNAPPROVED',
    OperatorsName: '',
    ...overrides,
  });
}

const series = (ContourImageSequence?: readonly Dataset[]): Dataset => ({
  ReferencedFrameOfReferenceSequence: [
    {
      FrameOfReferenceUID: FRAME_OF_REFERENCE,
      RTReferencedStudySequence: [
        {
          ReferencedSOPClassUID: '1.2.840.10008.3.1.2.3.1',
          ReferencedSOPInstanceUID: '2.25.20',
          RTReferencedSeriesSequence: [
            { SeriesInstanceUID: CT_SERIES, ...(ContourImageSequence ? { ContourImageSequence } : {}) },
          ],
        },
      ],
    },
  ],
});

type Drawing = Readonly<{ tool: string; file: Uint8Array; says: Readonly<Record<string, unknown>> }>;

export const DRAWINGS: readonly Drawing[] = [
  {
    tool: '3D Slicer, SEG (by dcmqi, tracked, SNOMED CT)',
    file: dcmqiLike(
      { SeriesDescription: 'Segmentation', BodyPartExamined: '' },
      {
        SegmentLabel: 'Segment_1',
        SegmentedPropertyCategoryCodeSequence: code('49755003', 'SCT', 'Morphologically Altered Structure'),
        SegmentedPropertyTypeCodeSequence: code('4147007', 'SCT', 'Mass'),
        TrackingID: 'Segment_1',
        TrackingUID: '2.25.81',
      },
    ),
    says: { kind: 'SEG', Manufacturer: 'QIICR', author: 'Reader1', label: 'SEGMENTATION' },
  },
  {
    tool: 'dcmqi as ITK-SNAP users run it (old SNOMED RT codes, no tracking)',
    file: dcmqiLike(
      { ContentCreatorName: '' },
      {
        SegmentLabel: 'Lesion',
        SegmentedPropertyCategoryCodeSequence: code('M-01000', 'SRT', 'Morphologically Altered Structure'),
        SegmentedPropertyTypeCodeSequence: code('M-8FFFF', 'SRT', 'Neoplasm'),
      },
    ),
    says: { kind: 'SEG', SoftwareVersions: '5a2f8a5', author: undefined },
  },
  {
    tool: '3D Slicer, RTSTRUCT (SlicerRT)',
    file: rtLike(
      { name: 'Tumor', number: '1' },
      { Manufacturer: 'Plastimatch', StructureSetLabel: 'Unnamed', ...series(allImages) },
    ),
    says: { kind: 'RTSTRUCT', label: 'Unnamed', ApprovalStatus: 'UNAPPROVED' },
  },
  {
    tool: 'plastimatch',
    file: rtLike(
      { name: 'GTV-1', number: '1' },
      {
        Manufacturer: 'Plastimatch',
        ManufacturerModelName: 'Plastimatch',
        SoftwareVersions: '1.9.4',
        StructureSetLabel: 'AutoSS',
        ...series(allImages),
        ApprovalStatus: undefined,
      },
    ),
    says: { kind: 'RTSTRUCT', SoftwareVersions: '1.9.4', ApprovalStatus: undefined },
  },
  {
    tool: 'a planning work station in the manner of MIM',
    file: rtLike(
      { name: 'GTV_Lung', number: '4', type: 'GTV' },
      {
        Manufacturer: 'MIM Software Inc.',
        ManufacturerModelName: 'MIM',
        SoftwareVersions: ['7.1.5', '01'],
        OperatorsName: 'Planner^Ann',
        StructureSetLabel: 'Contours',
        ...series(allImages),
        ApprovalStatus: 'APPROVED',
        ReviewerName: 'Chief^Bob',
        ReviewDate: '20260105',
        ReviewTime: '101500.123',
      },
    ),
    says: {
      author: 'Planner^Ann',
      reviewer: 'Chief^Bob',
      reviewDate: '20260105',
      reviewTime: '101500.123',
      SoftwareVersions: '7.1.5\\01',
      ApprovalStatus: 'APPROVED',
    },
  },
  {
    tool: 'a reading work station in the manner of syngo (no image references, a name with umlauts)',
    file: rtLike(
      { name: 'Tumor links', number: '2', perContour: false },
      {
        SpecificCharacterSet: 'ISO_IR 192',
        Manufacturer: 'SIEMENS',
        ManufacturerModelName: 'syngo.via',
        SoftwareVersions: 'syngo.via VB40A',
        OperatorsName: 'Müller^Jörg',
        StructureSetLabel: 'RTSS',
        StructureSetDate: '',
        StructureSetTime: '',
        InstanceCreationDate: '20260104',
        InstanceCreationTime: '081500',
        ...series(),
      },
    ),
    says: { author: 'Müller^Jörg', drawnDate: '20260104', drawnTime: '081500', Manufacturer: 'SIEMENS' },
  },
];
