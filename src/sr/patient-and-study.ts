/** What every object that belongs to a report has in common: whose it is, and what made it. */
import type { Header } from '../dicom/header.ts';
import type { Dataset } from '../dicom/part10.ts';
import { clipped } from './wording.ts';

/** Values copied from the follow-up CT as they are: the report belongs to its study. Empty when absent. */
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

/** The Patient, Patient Study and General Study modules (PS3.3 C.7.1.1, C.7.2). */
export function patientAndStudy(header: Header): Dataset {
  return {
    ...Object.fromEntries(TYPE_2.map((keyword) => [keyword, header[keyword] ?? ''])),
    ...Object.fromEntries(
      TYPE_3.filter((keyword) => header[keyword]).map((keyword) => [keyword, header[keyword]]),
    ),
    StudyInstanceUID: header.StudyInstanceUID,
  };
}

/** General Equipment (PS3.3 C.7.5.1): this service, not the scanner. */
export const equipment = ({
  name,
  softwareVersion,
}: Readonly<{ name: string; softwareVersion: string }>): Dataset => ({
  Manufacturer: 'Earshot',
  ManufacturerModelName: 'Earshot',
  DeviceSerialNumber: clipped(name, 64),
  SoftwareVersions: clipped(softwareVersion, 64),
});
