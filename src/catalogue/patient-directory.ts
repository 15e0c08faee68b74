/** Opaque keys of patients, and back. */
import { Fault } from '../fault.ts';
import type { PatientKey } from '../patients/merge-csv.ts';
import { patientKey } from '../patients/patient.ts';
import { type PatientPageKey, patientPageKey } from '../patients/patient-page-key.ts';
import type { Sql } from '../ports.ts';
import { allIdentities } from './known-patients.ts';

/** Keys that were computed are kept. */
export class PatientDirectory {
  readonly sql: Sql;
  readonly #secret: string;
  readonly #keys = new Map<string, PatientPageKey>();
  readonly #patients = new Map<PatientPageKey, PatientKey>();

  constructor(sql: Sql, secret: string) {
    this.sql = sql;
    this.#secret = secret;
  }

  keyOf(patient: PatientKey): PatientPageKey {
    const { PatientID, IssuerOfPatientID } = patient;
    const name = patientKey(patient);
    const known = this.#keys.get(name);
    if (known !== undefined) return known;
    const key = patientPageKey(this.#secret, patient);
    this.#keys.set(name, key);
    this.#patients.set(key, { PatientID, IssuerOfPatientID });
    return key;
  }

  /** Also of a patient that was known once: nothing may be here any more. Faults: INPUT_NOT_FOUND. */
  async resolve(key: PatientPageKey): Promise<PatientKey> {
    const before = this.#patients.get(key);
    if (before) return before;
    for (const patient of await allIdentities(this.sql)) this.keyOf(patient);
    const patient = this.#patients.get(key);
    if (!patient) throw new Fault('INPUT_NOT_FOUND', 'no such patient is here');
    return patient;
  }
}
