/** Are two studies of one patient? Patient ID and issuer say who; birth date and sex must not contradict. */
import { dayOf } from './study-date.ts';

/** As in the header: '' or absent when unknown. */
export type PatientIdentity = Readonly<{
  PatientID?: string | undefined;
  IssuerOfPatientID?: string | undefined;
  PatientBirthDate?: string | undefined;
  PatientSex?: string | undefined;
}>;

/** `emptyOnOne`: nothing contradicts, and nothing confirms. */
type Agreement = 'agree' | 'emptyOnOne' | 'emptyOnBoth' | 'differ';

export type IdentityComparison = Readonly<{
  /** same: may be scored together. conflict: one patient's ID with two persons' data, a person must look. other: another patient. */
  kind: 'same' | 'conflict' | 'other';
  /** plain sentence, without the values */
  because: string;
  issuer: Agreement;
  birthDate: Agreement;
  sex: Agreement;
}>;

const known = (text: string | undefined): string => text?.trim() ?? '';
const birthDateOf = (text: string | undefined): string => dayOf(known(text)) ?? known(text);
const sexOf = (text: string | undefined): string => known(text).toUpperCase();

function agreementOf(a: string, b: string): Agreement {
  if (a === '' && b === '') return 'emptyOnBoth';
  if (a === '' || b === '') return 'emptyOnOne';
  return a === b ? 'agree' : 'differ';
}

/** The distinct issuers that are known for one Patient ID among these identities. */
export function issuersOf(PatientID: string | undefined, identities: readonly PatientIdentity[]): string[] {
  const issuers = identities
    .filter((identity) => known(identity.PatientID) === known(PatientID))
    .map((identity) => known(identity.IssuerOfPatientID));
  return [...new Set(issuers)].filter(Boolean).sort();
}

/**
 * Compares two identities. `issuersOfId` are all issuers known for this Patient ID: an issuer that is absent on one side
 * matches only when there is one. An empty Patient ID is nobody's.
 */
export function compareIdentity(
  a: PatientIdentity,
  b: PatientIdentity,
  issuersOfId: readonly string[],
): IdentityComparison {
  const issuer = agreementOf(known(a.IssuerOfPatientID), known(b.IssuerOfPatientID));
  const birthDate = agreementOf(birthDateOf(a.PatientBirthDate), birthDateOf(b.PatientBirthDate));
  const sex = agreementOf(sexOf(a.PatientSex), sexOf(b.PatientSex));
  const answer = (kind: IdentityComparison['kind'], because: string): IdentityComparison => ({
    kind,
    because,
    issuer,
    birthDate,
    sex,
  });
  if (known(a.PatientID) === '') return answer('other', 'The Patient ID is empty.');
  if (known(a.PatientID) !== known(b.PatientID)) return answer('other', 'The Patient ID is another.');
  if (issuer === 'differ') return answer('other', 'The Patient ID is of another issuer.');
  if (issuer === 'emptyOnOne' && issuersOfId.length > 1) {
    return answer(
      'other',
      'The issuer is absent on one side, and several issuers are known for this Patient ID.',
    );
  }
  const contradicting = [birthDate === 'differ' && 'birth date', sex === 'differ' && 'sex'].filter(Boolean);
  if (contradicting.length > 0) {
    return answer('conflict', `Same Patient ID, but another ${contradicting.join(' and ')}.`);
  }
  return answer('same', 'Patient ID, issuer, birth date and sex agree as far as they are given.');
}
