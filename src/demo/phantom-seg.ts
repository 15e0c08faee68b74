import type { Dataset } from '../dicom/part10.ts';
import { SEGMENTATION } from '../dicom/sop-class.ts';
import { ABNORMAL, BINARY_IMAGE, dimensions, packBits, segmentationOf } from '../masks/seg-modules.ts';
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

const NEOPLASM_PRIMARY: Dataset = {
  CodeValue: '86049000',
  CodingSchemeDesignator: 'SCT',
  CodeMeaning: 'Neoplasm, Primary',
};

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
    SOPClassUID: SEGMENTATION,
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
    ...BINARY_IMAGE,
    Rows: size[1],
    Columns: size[0],
    NumberOfFrames: String(touched.length),
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
      DerivationImageSequence: [segmentationOf(ctReference(patient, timePoint, slice))],
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
        ...ABNORMAL,
        SegmentedPropertyTypeCodeSequence: [NEOPLASM_PRIMARY],
        TrackingID: patient.lesionName,
        TrackingUID: patient.trackingUid,
      },
    ],
  };
}

/** The mask's voxels in one slice: 1 inside, x fastest. */
function frame({ mask }: PhantomTimePoint, slice: number): Uint8Array {
  const count = mask.size[0] * mask.size[1];
  return mask.voxels.subarray(slice * count, (slice + 1) * count);
}
