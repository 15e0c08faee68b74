import type { Dataset } from '../dicom/part10.ts';
import { outlinesOnSlice } from '../masks/outlines.ts';
import type { PhantomPatient, PhantomTimePoint } from './phantom.ts';
import {
  ctReference,
  DRAWING_STATION,
  MEASURED_AFTER,
  patientAndStudy,
  phantomUids,
  placeOf,
  slicesOf,
} from './phantom-headers.ts';

const RT_STRUCTURE_SET_STORAGE = '1.2.840.10008.5.1.4.1.1.481.3';
/** Retired Detached Study Management, which RTReferencedStudySequence still names (C.8.8.5). */
const DETACHED_STUDY_MANAGEMENT = '1.2.840.10008.3.1.2.3.1';

/**
 * The lesion as an RT Structure Set (A.19.3): one GTV, one closed planar contour along the pixel edges of a slice,
 * so that the half-open even-odd rule at the voxel centres gives back the mask voxel by voxel.
 */
export function rtStructDataset(patient: PhantomPatient, timePoint: PhantomTimePoint): Dataset {
  const uids = phantomUids(patient, timePoint);
  const slices = slicesOf(timePoint);
  return {
    ...patientAndStudy(patient, timePoint),
    ...DRAWING_STATION,
    SOPClassUID: RT_STRUCTURE_SET_STORAGE,
    SOPInstanceUID: uids.mask,
    Modality: 'RTSTRUCT',
    SeriesInstanceUID: uids.maskSeries,
    SeriesNumber: '50',
    SeriesDescription: 'Contours',
    OperatorsName: 'PHANTOM^READER',
    FrameOfReferenceUID: uids.FrameOfReferenceUID,
    PositionReferenceIndicator: '',
    InstanceNumber: '1',
    StructureSetLabel: 'LESIONS',
    StructureSetDate: timePoint.StudyDate,
    StructureSetTime: '180000',
    ApprovalStatus: 'UNAPPROVED',
    ReferencedFrameOfReferenceSequence: [
      {
        FrameOfReferenceUID: uids.FrameOfReferenceUID,
        RTReferencedStudySequence: [
          {
            ReferencedSOPClassUID: DETACHED_STUDY_MANAGEMENT,
            ReferencedSOPInstanceUID: uids.StudyInstanceUID,
            RTReferencedSeriesSequence: [
              {
                SeriesInstanceUID: uids.ctSeries,
                ContourImageSequence: slices.map((slice) => ctReference(patient, timePoint, slice)),
              },
            ],
          },
        ],
      },
    ],
    StructureSetROISequence: [
      {
        ROINumber: '1',
        ReferencedFrameOfReferenceUID: uids.FrameOfReferenceUID,
        ROIName: patient.lesionName,
        ROIDescription: MEASURED_AFTER,
        ROIGenerationAlgorithm: 'MANUAL',
      },
    ],
    ROIContourSequence: [
      {
        ReferencedROINumber: '1',
        ROIDisplayColor: ['255', '64', '64'],
        ContourSequence: slices.flatMap((slice) => contours(patient, timePoint, slice)),
      },
    ],
    RTROIObservationsSequence: [
      { ObservationNumber: '1', ReferencedROINumber: '1', RTROIInterpretedType: 'GTV', ROIInterpreter: '' },
    ],
  };
}

const contours = (patient: PhantomPatient, timePoint: PhantomTimePoint, slice: number): Dataset[] =>
  outlinesOnSlice(timePoint.mask, slice).map((polygon) => ({
    ContourImageSequence: [ctReference(patient, timePoint, slice)],
    ContourGeometricType: 'CLOSED_PLANAR',
    NumberOfContourPoints: String(polygon.length),
    ContourData: polygon.flatMap(([x, y]) => placeOf(timePoint, x - 0.5, y - 0.5, slice)),
  }));
