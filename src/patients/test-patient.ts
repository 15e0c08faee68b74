/** What the service sends itself to see whether it works. */

export const TEST_PATIENT_PREFIX = 'EARSHOT-TEST-';
export const TEST_PATIENT_NAME = 'EARSHOT^TEST';

/** True for a Patient ID of a self-test: nothing about it leaves the machine, and it counts nowhere. */
export const isTestPatient = (PatientID: string | undefined): boolean =>
  PatientID?.startsWith(TEST_PATIENT_PREFIX) === true;
