import { describe, expect, it } from 'vitest';
import { enrolmentOf, generationOfDrug, type Patient, patientKey } from '../../../src/patients/patient.ts';

const patient: Patient = { PatientID: 'P1', optOut: false, listed: true };

describe('enrolment', () => {
  it('an opt-out is never scored, whatever the enrolment', () => {
    for (const enrolment of ['all', 'listed'] as const) {
      expect(enrolmentOf({ ...patient, optOut: true }, enrolment)).toMatchObject({ isEligible: false });
    }
  });

  it('`listed` scores listed patients only; `all` scores unknown patients too', () => {
    expect(enrolmentOf(patient, 'listed').isEligible).toBe(true);
    expect(enrolmentOf({ ...patient, listed: false }, 'listed').isEligible).toBe(false);
    expect(enrolmentOf(undefined, 'listed').isEligible).toBe(false);
    expect(enrolmentOf(undefined, 'all').isEligible).toBe(true);
  });
});

describe('a patient', () => {
  it('is known by ID and issuer together', () => {
    expect(patientKey(patient)).toBe(patientKey({ PatientID: 'P1', IssuerOfPatientID: '' }));
    expect(patientKey(patient)).not.toBe(patientKey({ PatientID: 'P1', IssuerOfPatientID: 'A' }));
    expect(patientKey({ PatientID: 'a","b' })).not.toBe(
      patientKey({ PatientID: 'a', IssuerOfPatientID: 'b' }),
    );
  });

  it('takes the generation from the drug only when the drug is known', () => {
    expect(['Osimertinib ', 'gefitinib', 'constructor', undefined].map(generationOfDrug)).toEqual([
      'third',
      'first',
      undefined,
      undefined,
    ]);
  });
});
