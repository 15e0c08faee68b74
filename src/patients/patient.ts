/** What a person told us about a patient: one row of the patients table. Absent is unknown, never "no". */

export type Generation = 'first' | 'second' | 'third';
type Mutation = 'exon19del' | 'L858R' | 'other';

export type Patient = Readonly<{
  PatientID: string;
  IssuerOfPatientID?: string | undefined;
  /** first day of the tyrosine-kinase inhibitor, DA (YYYYMMDD) */
  tkiStart?: string | undefined;
  drug?: string | undefined;
  generation?: Generation | undefined;
  mutation?: Mutation | undefined;
  /** `none`, or what else is given */
  otherTherapy?: string | undefined;
  /** StudyInstanceUID of the baseline that an administrator chose */
  designatedBaseline?: string | undefined;
  /** the patient objected: never scored */
  optOut: boolean;
  /** counts for `enrolment: listed` */
  listed: boolean;
}>;

/** EGFR-TKI by generation; lower case. */
export const GENERATION_OF_DRUG: Readonly<Record<string, Generation>> = {
  gefitinib: 'first',
  erlotinib: 'first',
  icotinib: 'first',
  afatinib: 'second',
  dacomitinib: 'second',
  osimertinib: 'third',
  almonertinib: 'third',
  aumolertinib: 'third',
  furmonertinib: 'third',
  firmonertinib: 'third',
  lazertinib: 'third',
  befotertinib: 'third',
};

/** The generation of a drug by its international non-proprietary name; undefined when it is not one we know. */
export const generationOfDrug = (drug: string | undefined): Generation | undefined => {
  const name = drug?.trim().toLowerCase() ?? '';
  return Object.hasOwn(GENERATION_OF_DRUG, name) ? GENERATION_OF_DRUG[name] : undefined;
};

/** Two records are of one patient when ID and issuer are equal; an empty issuer equals an absent one. */
export const patientKey = (patient: Pick<Patient, 'PatientID' | 'IssuerOfPatientID'>): string =>
  JSON.stringify([patient.PatientID, patient.IssuerOfPatientID ?? '']);

/** May this patient be scored at all? `listed` scores only patients of the table; an opt-out always counts. */
export function enrolmentOf(
  patient: Patient | undefined,
  enrolment: 'all' | 'listed',
): Readonly<{ isEligible: true }> | Readonly<{ isEligible: false; because: string }> {
  if (patient?.optOut) return { isEligible: false, because: 'The patient opted out.' };
  if (enrolment === 'listed' && !patient?.listed) {
    return { isEligible: false, because: 'Only listed patients are scored, and this one is not listed.' };
  }
  return { isEligible: true };
}
