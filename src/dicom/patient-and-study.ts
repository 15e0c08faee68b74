import type { Header } from './header.ts';
import type { Dataset } from './part10.ts';

/** Values copied from the CT as they are: the document belongs to its study. Empty when absent. */
const TYPE_2 = [
  'PatientName',
  'PatientID',
  'PatientBirthDate',
  'PatientSex',
  'StudyDate',
  'StudyTime',
  'StudyID',
  'AccessionNumber',
  'ReferringPhysicianName',
] as const satisfies readonly (keyof Header)[];

/** Copied when present. */
const TYPE_3 = [
  'IssuerOfPatientID',
  'PatientAge',
  'PatientSize',
  'PatientWeight',
  'StudyDescription',
] as const satisfies readonly (keyof Header)[];

/** Patient, Patient Study and General Study (PS3.3 C.7.1.1, C.7.2.1, C.7.2.2) of an object in the study of an image. */
export function patientAndStudy(header: Header): Dataset {
  return {
    ...Object.fromEntries(TYPE_2.map((keyword) => [keyword, header[keyword] ?? ''])),
    ...Object.fromEntries(
      TYPE_3.filter((keyword) => header[keyword]).map((keyword) => [keyword, header[keyword]]),
    ),
    StudyInstanceUID: header.StudyInstanceUID,
  };
}
