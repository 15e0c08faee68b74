import { createHmac } from 'node:crypto';
import { type Patient, patientKey } from './patient.ts';

/** Names a patient in addresses of pages and in the audit trail, and tells nothing about the patient. */
export type PatientPageKey = string;

export const PATIENT_PAGE_KEY = /^[0-9a-f]{20}$/;

/** Equal for one patient of one installation; without the installation's secret nobody can try Patient IDs. */
export const patientPageKey = (
  secret: string,
  patient: Pick<Patient, 'PatientID' | 'IssuerOfPatientID'>,
): PatientPageKey => createHmac('sha256', secret).update(patientKey(patient)).digest('hex').slice(0, 20);
