import type { Dataset } from '../dicom/part10.ts';
import { shortLine } from './wording.ts';

/** General Equipment (PS3.3 C.7.5.1) of everything that goes with a report: this service, not the scanner. */
export const equipment = ({
  name,
  softwareVersion,
}: Readonly<{ name: string; softwareVersion: string }>): Dataset => ({
  Manufacturer: 'Earshot',
  ManufacturerModelName: 'Earshot',
  DeviceSerialNumber: shortLine(name),
  SoftwareVersions: shortLine(softwareVersion),
});
