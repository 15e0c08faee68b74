/** Which studies of an archive the baseline rules would take, and in which order: before any of them is here. */
import type { Patient } from '../patients/patient.ts';
import type { BaselineRule, BaselineRules } from './rule.ts';
import { compareStudyTime, dayOf, type StudyMoment } from './study-date.ts';

type Dated = StudyMoment & Readonly<{ StudyInstanceUID: string }>;
export type FetchCandidate<Study> = Readonly<{
  study: Study;
  /** the rule that would take it wants a mask */
  needsMask: boolean;
}>;

/**
 * The studies that could be the baseline of the follow-up, in the order in which the rules would choose; each once, by the
 * first rule that takes it. Studies that are certainly not earlier, or without a date, are left out; of the same day and
 * without a time they stay in, because an archive need not say the time. Empty when no rule takes any.
 */
export function fetchOrder<Study extends Dated>(
  followUp: Dated,
  studies: readonly Study[],
  patient: Patient | undefined,
  { rules }: BaselineRules,
): FetchCandidate<Study>[] {
  const earlier = studies.filter((study) => mayBeEarlier(study, followUp)).sort(inTime);
  const found = new Map<string, FetchCandidate<Study>>();
  for (const rule of rules) {
    for (const study of takenBy(rule, earlier, patient)) {
      if (found.has(study.StudyInstanceUID)) continue;
      found.set(study.StudyInstanceUID, { study, needsMask: isMaskNeeded(rule) });
    }
  }
  return [...found.values()];
}

const isMaskNeeded = ({ take, mask }: BaselineRule): boolean => take !== 'designated' && mask === 'required';

function mayBeEarlier(study: Dated, followUp: Dated): boolean {
  const [day, last] = [dayOf(study.StudyDate), dayOf(followUp.StudyDate)];
  if (study.StudyInstanceUID === followUp.StudyInstanceUID || day === undefined || last === undefined)
    return false;
  return day <= last && (compareStudyTime(study, followUp) ?? -1) < 0;
}

const inTime = (a: Dated, b: Dated): number =>
  compareStudyTime(a, b) ||
  (dayOf(a.StudyDate) ?? '').localeCompare(dayOf(b.StudyDate) ?? '') ||
  (a.StudyInstanceUID < b.StudyInstanceUID ? -1 : 1);

/** @param earlier in the order of time */
function takenBy<Study extends Dated>(
  rule: BaselineRule,
  earlier: readonly Study[],
  patient: Patient | undefined,
): readonly Study[] {
  if (rule.take === 'designated') {
    return earlier.filter(({ StudyInstanceUID }) => StudyInstanceUID === patient?.designatedBaseline);
  }
  const start = dayOf(patient?.tkiStart);
  const among =
    rule.among === 'onOrBeforeTherapyStart'
      ? earlier.filter(({ StudyDate }) => start !== undefined && (dayOf(StudyDate) ?? '9') <= start)
      : earlier;
  return rule.take === 'latest' ? [...among].reverse() : among;
}

/** Characters that an archive takes as a wildcard or a list (PS3.4 C.2.2.2.4, PS3.5 6.2), and what no PACS issued. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
const UNSAFE = /[*?\\\u0000-\u001f]/;

/** True when a query by this Patient ID asks for one patient only. */
export const isAskable = (PatientID: string): boolean => PatientID.trim() !== '' && !UNSAFE.test(PatientID);
