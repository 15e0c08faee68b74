import type { Dataset } from '../dicom/part10.ts';
import { derivedUid } from '../dicom/uid.ts';
import type { PhantomPatient, PhantomTimePoint } from './phantom.ts';

export const CT_IMAGE_STORAGE = '1.2.840.10008.5.1.4.1.1.2';

/** UIDs of a time point; each is derived from the patient's name in the phantom and the object's part in it. */
export function phantomUids(patient: PhantomPatient, { kind }: PhantomTimePoint) {
  const uid = (part: string): string => derivedUid(`${patient.name}/${kind}/${part}`);
  return {
    StudyInstanceUID: uid('study'),
    FrameOfReferenceUID: uid('frame of reference'),
    ctSeries: uid('ct'),
    ct: (slice: number): string => uid(`ct/${slice}`),
    maskSeries: uid('mask'),
    mask: uid('mask/1'),
    dimensionOrganization: uid('dimensions'),
  };
}

/** Patient and General Study (C.7.1.1, C.7.2.1): the same in every object of a time point. */
export function patientAndStudy(patient: PhantomPatient, timePoint: PhantomTimePoint): Dataset {
  return {
    SpecificCharacterSet: 'ISO_IR 192',
    PatientName: patient.PatientName,
    PatientID: patient.PatientID,
    IssuerOfPatientID: patient.IssuerOfPatientID,
    PatientBirthDate: patient.PatientBirthDate,
    PatientSex: patient.PatientSex,
    StudyInstanceUID: phantomUids(patient, timePoint).StudyInstanceUID,
    StudyDate: timePoint.StudyDate,
    StudyTime: timePoint.StudyTime,
    StudyID: timePoint.kind === 'baseline' ? '1' : '2',
    AccessionNumber: `D${timePoint.StudyDate.slice(2)}-${patient.PatientID.slice(-2)}`,
    ReferringPhysicianName: '',
    StudyDescription: 'CT thorax without contrast',
  };
}

/** General Equipment of the masks: the station that a person drew on. */
export const DRAWING_STATION = {
  Manufacturer: 'Earshot phantom',
  ManufacturerModelName: 'Contouring station',
  DeviceSerialNumber: '0',
  SoftwareVersions: '1',
} as const;

export const MEASURED_AFTER = 'Drawn on the phantom by its own definition';

/** Decimal string (PS3.5 6.2): at most 16 characters; values of the phantom have four decimals at most. */
export const decimal = (value: number): string => String(Math.round(value * 10_000) / 10_000);

/** LPS mm of a place given in voxel indices; axes are those of the patient. */
export function placeOf(timePoint: PhantomTimePoint, x: number, y: number, z: number): string[] {
  const { origin, spacing } = timePoint.volume;
  return [origin[0] + x * spacing[0], origin[1] + y * spacing[1], origin[2] + z * spacing[2]].map(decimal);
}

/** The CT instance of a slice, as a reference (Table 10-11). */
export const ctReference = (
  patient: PhantomPatient,
  timePoint: PhantomTimePoint,
  slice: number,
): Dataset => ({
  ReferencedSOPClassUID: CT_IMAGE_STORAGE,
  ReferencedSOPInstanceUID: phantomUids(patient, timePoint).ct(slice),
});

export const slicesOf = (timePoint: PhantomTimePoint): number[] =>
  Array.from({ length: timePoint.volume.size[2] }, (_, slice) => slice);
