import type { Dataset } from '../dicom/part10.ts';
import type { PhantomPatient, PhantomTimePoint } from './phantom.ts';
import {
  ctReference,
  DRAWING_STATION,
  decimal,
  MEASURED_AFTER,
  patientAndStudy,
  phantomUids,
  placeOf,
  slicesOf,
} from './phantom-headers.ts';

const SEGMENTATION_STORAGE = '1.2.840.10008.5.1.4.1.1.66.4';

const code = (CodeValue: string, CodingSchemeDesignator: string, CodeMeaning: string): Dataset => ({
  CodeValue,
  CodingSchemeDesignator,
  CodeMeaning,
});
/** Attribute tags (AT): group and element of what is pointed at, and of the functional group that holds it. */
const DIMENSIONS = [
  { pointer: 'ReferencedSegmentNumber', index: 0x0062000b, functionalGroup: 0x0062000a },
  { pointer: 'ImagePositionPatient', index: 0x00200032, functionalGroup: 0x00209113 },
] as const;

/**
 * The lesion as a binary Segmentation (A.51, C.8.20): one segment with its tracking identifier, frames only for
 * slices that it touches, bits packed without padding between frames.
 */
export function segDataset(patient: PhantomPatient, timePoint: PhantomTimePoint): Dataset {
  const uids = phantomUids(patient, timePoint);
  const { size, spacing } = timePoint.mask;
  const touched = slicesOf(timePoint).filter((slice) => frame(timePoint, slice).includes(1));
  return {
    ...patientAndStudy(patient, timePoint),
    ...DRAWING_STATION,
    SOPClassUID: SEGMENTATION_STORAGE,
    SOPInstanceUID: uids.mask,
    Modality: 'SEG',
    SeriesInstanceUID: uids.maskSeries,
    SeriesNumber: '50',
    SeriesDescription: 'Segmentation',
    FrameOfReferenceUID: uids.FrameOfReferenceUID,
    PositionReferenceIndicator: '',
    InstanceNumber: '1',
    ContentDate: timePoint.StudyDate,
    ContentTime: '180000',
    ContentLabel: 'LESIONS',
    ContentDescription: MEASURED_AFTER,
    ContentCreatorName: 'PHANTOM^READER',
    ImageType: ['DERIVED', 'PRIMARY'],
    LossyImageCompression: '00',
    SamplesPerPixel: 1,
    PhotometricInterpretation: 'MONOCHROME2',
    PixelRepresentation: 0,
    BitsAllocated: 1,
    BitsStored: 1,
    HighBit: 0,
    Rows: size[1],
    Columns: size[0],
    NumberOfFrames: String(touched.length),
    SegmentationType: 'BINARY',
    ...dimensions(uids.dimensionOrganization),
    ...segment(patient),
    ReferencedSeriesSequence: [
      {
        SeriesInstanceUID: uids.ctSeries,
        ReferencedInstanceSequence: touched.map((slice) => ctReference(patient, timePoint, slice)),
      },
    ],
    SharedFunctionalGroupsSequence: [
      {
        PlaneOrientationSequence: [{ ImageOrientationPatient: ['1', '0', '0', '0', '1', '0'] }],
        PixelMeasuresSequence: [
          {
            SliceThickness: decimal(spacing[2]),
            SpacingBetweenSlices: decimal(spacing[2]),
            PixelSpacing: [decimal(spacing[1]), decimal(spacing[0])],
          },
        ],
        SegmentIdentificationSequence: [{ ReferencedSegmentNumber: 1 }],
      },
    ],
    PerFrameFunctionalGroupsSequence: touched.map((slice, index) => ({
      FrameContentSequence: [{ DimensionIndexValues: [1, index + 1] }],
      PlanePositionSequence: [{ ImagePositionPatient: placeOf(timePoint, 0, 0, slice) }],
      DerivationImageSequence: [derivation(patient, timePoint, slice)],
    })),
    _vrMap: { PixelData: 'OB' },
    PixelData: packBits(touched.map((slice) => frame(timePoint, slice))),
  };
}

function segment(patient: PhantomPatient): Dataset {
  return {
    SegmentSequence: [
      {
        SegmentNumber: 1,
        SegmentLabel: patient.lesionName,
        SegmentDescription: MEASURED_AFTER,
        SegmentAlgorithmType: 'MANUAL',
        SegmentedPropertyCategoryCodeSequence: [
          code('49755003', 'SCT', 'Morphologically Abnormal Structure'),
        ],
        SegmentedPropertyTypeCodeSequence: [code('86049000', 'SCT', 'Neoplasm, Primary')],
        TrackingID: patient.lesionName,
        TrackingUID: patient.trackingUid,
      },
    ],
  };
}

function dimensions(DimensionOrganizationUID: string): Dataset {
  return {
    DimensionOrganizationSequence: [{ DimensionOrganizationUID }],
    DimensionIndexSequence: DIMENSIONS.map(({ pointer, index, functionalGroup }) => ({
      DimensionOrganizationUID,
      DimensionIndexPointer: index,
      FunctionalGroupPointer: functionalGroup,
      DimensionDescriptionLabel: pointer,
    })),
  };
}

const derivation = (patient: PhantomPatient, timePoint: PhantomTimePoint, slice: number): Dataset => ({
  SourceImageSequence: [
    {
      ...ctReference(patient, timePoint, slice),
      PurposeOfReferenceCodeSequence: [code('121322', 'DCM', 'Source image for image processing operation')],
    },
  ],
  DerivationCodeSequence: [code('113076', 'DCM', 'Segmentation')],
});

/** The mask's voxels in one slice: 1 inside, x fastest. */
function frame({ mask }: PhantomTimePoint, slice: number): Uint8Array {
  const count = mask.size[0] * mask.size[1];
  return mask.voxels.subarray(slice * count, (slice + 1) * count);
}

/** PS3.5 8.1.1 and C.7.6.3.1.5: least significant bit first, frames end to end, the whole padded to even length. */
function packBits(frames: readonly Uint8Array[]): ArrayBuffer {
  const bits = frames.reduce((sum, { length }) => sum + length, 0);
  const packed = new Uint8Array(2 * Math.ceil(bits / 16));
  let bit = 0;
  for (const voxels of frames) {
    for (const voxel of voxels) {
      if (voxel === 1) packed[bit >> 3] = (packed[bit >> 3] ?? 0) | (1 << (bit & 7));
      bit += 1;
    }
  }
  return packed.buffer;
}
