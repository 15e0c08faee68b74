import type { Dataset } from '../dicom/part10.ts';
import type { PhantomPatient, PhantomTimePoint } from './phantom.ts';
import {
  CT_IMAGE_STORAGE,
  decimal,
  patientAndStudy,
  phantomUids,
  placeOf,
  slicesOf,
} from './phantom-headers.ts';

/** RescaleIntercept of the unsigned encoding, HU. */
const OFFSET_HU = -1024;

/** The CT image instances of a time point, one a slice, from feet to head (A.3.3, C.8.2.1). */
export function ctDatasets(patient: PhantomPatient, timePoint: PhantomTimePoint): Dataset[] {
  const uids = phantomUids(patient, timePoint);
  const { size, spacing } = timePoint.volume;
  const { isSigned, ...scanner } = patient.scanner;
  const series: Dataset = {
    ...patientAndStudy(patient, timePoint),
    SOPClassUID: CT_IMAGE_STORAGE,
    Modality: 'CT',
    SeriesInstanceUID: uids.ctSeries,
    SeriesNumber: '2',
    SeriesDate: timePoint.StudyDate,
    SeriesTime: timePoint.StudyTime,
    SeriesDescription: 'Thorax plain axial',
    ProtocolName: 'Thorax plain',
    BodyPartExamined: 'CHEST',
    PatientPosition: 'HFS',
    Manufacturer: 'Earshot phantom',
    ...scanner,
    KVP: String(scanner.KVP),
    FrameOfReferenceUID: uids.FrameOfReferenceUID,
    PositionReferenceIndicator: '',
    ImageType: ['ORIGINAL', 'PRIMARY', 'AXIAL'],
    AcquisitionNumber: '1',
    AcquisitionDate: timePoint.StudyDate,
    AcquisitionTime: timePoint.StudyTime,
    ContentDate: timePoint.StudyDate,
    ContentTime: timePoint.StudyTime,
    SliceThickness: decimal(spacing[2]),
    GantryDetectorTilt: '0',
    ImageOrientationPatient: ['1', '0', '0', '0', '1', '0'],
    PixelSpacing: [decimal(spacing[1]), decimal(spacing[0])],
    SamplesPerPixel: 1,
    PhotometricInterpretation: 'MONOCHROME2',
    Rows: size[1],
    Columns: size[0],
    BitsAllocated: 16,
    BitsStored: isSigned ? 16 : 12,
    HighBit: isSigned ? 15 : 11,
    PixelRepresentation: isSigned ? 1 : 0,
    RescaleIntercept: isSigned ? '0' : String(OFFSET_HU),
    RescaleSlope: '1',
    RescaleType: 'HU',
    WindowCenter: '-500',
    WindowWidth: '1500',
  };
  return slicesOf(timePoint).map((slice) => ({
    ...series,
    SOPInstanceUID: uids.ct(slice),
    InstanceNumber: String(slice + 1),
    ImagePositionPatient: placeOf(timePoint, 0, 0, slice),
    _vrMap: { PixelData: 'OW' },
    PixelData: pixels(timePoint, slice, isSigned ? 0 : OFFSET_HU),
  }));
}

function pixels({ volume }: PhantomTimePoint, slice: number, intercept: number): ArrayBuffer {
  const count = volume.size[0] * volume.size[1];
  const bytes = new DataView(new ArrayBuffer(2 * count));
  for (let index = 0; index < count; index += 1) {
    bytes.setUint16(2 * index, (volume.voxels[slice * count + index] ?? 0) - intercept, true);
  }
  return bytes.buffer;
}
