/** Opaque keys of patients, and back. */
import { Fault } from '../fault.ts';
import type { PatientKey } from '../patients/merge-csv.ts';
import { patientKey } from '../patients/patient.ts';
import { type PatientPageKey, patientPageKey } from '../patients/patient-page-key.ts';
import type { Sql } from '../ports.ts';
import { type KnownPatient, knownPatients } from './known-patients.ts';

export type ListedPatient = KnownPatient & Readonly<{ key: PatientPageKey }>;

/** Keys that were computed are kept: ten thousand patients cost one query and ten thousand look-ups in a map. */
export class PatientDirectory {
  readonly #sql: Sql;
  readonly #secret: string;
  readonly #keys = new Map<string, PatientPageKey>();
  readonly #patients = new Map<PatientPageKey, PatientKey>();

  constructor(sql: Sql, secret: string) {
    this.#sql = sql;
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

  /** Ordered by Patient ID and issuer. */
  async all(): Promise<ListedPatient[]> {
    return (await knownPatients(this.#sql)).map((patient) => ({ ...patient, key: this.keyOf(patient) }));
  }

  /** Also of a patient that was known once: nothing may be here any more. Faults: INPUT_NOT_FOUND. */
  async resolve(key: PatientPageKey): Promise<PatientKey> {
    if (!this.#patients.has(key)) await this.all();
    const patient = this.#patients.get(key);
    if (!patient) throw new Fault('INPUT_NOT_FOUND', 'no such patient is here');
    return patient;
  }
}
