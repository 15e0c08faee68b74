/** Which earlier study is the baseline of a follow-up? The decision with its reasons. */
import type { Patient } from '../patients/patient.ts';
import { compareIdentity, type IdentityComparison, issuersOf } from './identity.ts';
import { masksOfSeries } from './mask-of-series.ts';
import type { BaselineRule } from './rule.ts';
import { disqualification } from './series.ts';
import { compareStudyTime, dayOf } from './study-date.ts';
import type { StudySummary } from './study-summary.ts';

type ConsideredStudy = Readonly<{ StudyInstanceUID: string; because: string }>;

export type BaselineMatch =
  | Readonly<{
      kind: 'matched';
      baseline: StudySummary;
      /** false: the case waits for a mask of the baseline */
      hasMask: boolean;
      identity: IdentityComparison;
      /** id of the rule, and its clinical reason */
      rule: string;
      because: string;
      rejected: readonly ConsideredStudy[];
    }>
  | Readonly<{ kind: 'none'; considered: readonly ConsideredStudy[] }>
  | Readonly<{ kind: 'ambiguous'; rule: string; because: string; considered: readonly ConsideredStudy[] }>
  /** the study is a baseline, so there is nothing to compare it with: not eligible */
  | Readonly<{ kind: 'isBaselineItself'; because: string }>
  /** one Patient ID, two persons' data: held */
  | Readonly<{ kind: 'conflict'; because: string; considered: readonly ConsideredStudy[] }>;

type Candidate = Readonly<{
  study: StudySummary;
  identity: IdentityComparison;
  hasMask: boolean;
  flaw: string | undefined;
}>;
/** What is known of the patient that bears on the choice. */
export type KnownPatient = Pick<Patient, 'tkiStart' | 'designatedBaseline'>;
/** A rule without its examples. */
export type BaselineCriterion = Omit<BaselineRule, 'examples'>;
type Question = Readonly<{ followUp: StudySummary; patient: KnownPatient | undefined }>;

/**
 * The baseline of a follow-up among the studies of the same Patient ID, by the first rule that takes one. A candidate is of
 * the same patient and certainly earlier (StudyDate, then StudyTime); one whose CT series are all ruled out by their
 * headers counts only when it is designated. Another birth date or sex under the same ID and issuer is a conflict,
 * unless an administrator's designation has settled which study is meant. The order of the candidates does not matter.
 */
export function matchBaseline(
  followUp: StudySummary,
  candidates: readonly StudySummary[],
  patient: KnownPatient | undefined,
  { rules }: Readonly<{ rules: readonly BaselineCriterion[] }>,
): BaselineMatch {
  const itself = baselineItself(followUp, patient);
  if (itself !== undefined) return { kind: 'isBaselineItself', because: itself };

  const rejected: ConsideredStudy[] = [];
  const usable = usableCandidates({ followUp, patient }, candidates, rejected);
  const conflicts = usable.filter(({ identity }) => identity.kind === 'conflict');
  const same = usable.filter(({ identity }) => identity.kind === 'same');
  const isSettled = same.some(({ study }) => isDesignated(study, patient));
  const [conflict] = conflicts;
  if (conflict !== undefined && !isSettled) {
    const because = `${conflict.identity.because} ${WHAT_TO_DO}`;
    return {
      kind: 'conflict',
      because,
      considered: [...rejected, ...usable.map(conflictReason)].sort(byUid),
    };
  }
  rejected.push(...conflicts.map(conflictReason));
  for (const rule of rules) {
    const match = applyRule(rule, same, { followUp, patient }, rejected);
    if (match !== undefined) return match;
  }
  const untaken = same.map(({ study, flaw }) => considered(study, flaw ?? 'No rule takes it.'));
  return { kind: 'none', considered: [...rejected, ...untaken].sort(byUid) };
}

const WHAT_TO_DO =
  'A person must decide whether this is one patient. If it is: correct the wrong study in the PACS and send all of it again, ' +
  'or say what is right by earshot patients correct. If it is not: correct the Patient ID in the PACS.';

const considered = ({ StudyInstanceUID }: StudySummary, because: string): ConsideredStudy => ({
  StudyInstanceUID,
  because,
});
const conflictReason = ({ study, identity }: Candidate): ConsideredStudy =>
  considered(study, identity.because);
const byUid = (a: ConsideredStudy, b: ConsideredStudy): number =>
  a.StudyInstanceUID < b.StudyInstanceUID ? -1 : 1;
const isDesignated = (study: StudySummary, patient: KnownPatient | undefined): boolean =>
  patient?.designatedBaseline === study.StudyInstanceUID;

function baselineItself(followUp: StudySummary, patient: KnownPatient | undefined): string | undefined {
  if (isDesignated(followUp, patient)) return 'The study is the designated baseline itself.';
  const [day, start] = [dayOf(followUp.StudyDate), dayOf(patient?.tkiStart)];
  if (day !== undefined && start !== undefined && day <= start) {
    return 'The study is on or before the TKI start: it is a baseline, not a follow-up.';
  }
  return undefined;
}

/** Of the same person as far as the ID says, and earlier; everything else goes to `rejected` with its reason. */
function usableCandidates(
  { followUp }: Question,
  candidates: readonly StudySummary[],
  rejected: ConsideredStudy[],
): Candidate[] {
  const others = [...new Map(candidates.map((study) => [study.StudyInstanceUID, study])).values()]
    .filter((study) => study.StudyInstanceUID !== followUp.StudyInstanceUID)
    .sort((a, b) => (a.StudyInstanceUID < b.StudyInstanceUID ? -1 : 1));
  const issuers = issuersOf(
    followUp.identity.PatientID,
    [followUp, ...others].map(({ identity }) => identity),
  );
  return others.flatMap((study) => {
    const identity = compareIdentity(followUp.identity, study.identity, issuers);
    const because = identity.kind === 'other' ? identity.because : notEarlier(study, followUp);
    if (because !== undefined) {
      rejected.push(considered(study, because));
      return [];
    }
    const hasMask = masksOfSeries(study).candidates.length > 0;
    return [{ study, identity, hasMask, flaw: flawOf(study) }];
  });
}

function notEarlier(study: StudySummary, followUp: StudySummary): string | undefined {
  const order = compareStudyTime(study, followUp);
  if (order !== undefined) return order < 0 ? undefined : 'It is not earlier than the follow-up.';
  const isDated = dayOf(study.StudyDate) !== undefined && dayOf(followUp.StudyDate) !== undefined;
  return isDated
    ? 'Its day leaves open whether it is earlier than the follow-up, and without both StudyTimes the order cannot be told.'
    : 'A StudyDate is missing, so it cannot be compared with the follow-up.';
}

/** Why a study cannot be a baseline unless a person says so. */
function flawOf({ ctSeries }: StudySummary): string | undefined {
  if (ctSeries.length === 0) return 'It has no CT series.';
  const reasons = ctSeries.map(disqualification);
  if (reasons.some((reason) => reason === undefined)) return undefined;
  return `None of its CT series qualifies. ${[...new Set(reasons)].sort().join(' ')}`;
}

/** What a rule makes of the candidates; undefined: it takes none. */
function applyRule(
  rule: BaselineCriterion,
  candidates: readonly Candidate[],
  question: Question,
  rejected: readonly ConsideredStudy[],
): BaselineMatch | undefined {
  const judged = candidates.map((candidate) => ({
    candidate,
    because: outsideRule(rule, candidate, question),
  }));
  const inside = judged.filter(({ because }) => because === undefined).map(({ candidate }) => candidate);
  const best = inside.filter((one) => inside.every((other) => !isPreferred(rule, other, one)));
  const masked = best.filter(({ hasMask }) => hasMask);
  const [taken, second] = best.length > 1 && masked.length === 1 ? masked : best;
  if (taken === undefined) return undefined;
  const others = judged
    .filter(({ candidate }) => candidate !== taken)
    .map(({ candidate, because }) => considered(candidate.study, because ?? lowerReason(rule)));
  const list = [...rejected, ...others].sort(byUid);
  if (second !== undefined) {
    const because = `${best.length} studies qualify equally, and nothing tells which was first.`;
    const tied = considered(taken.study, 'It qualifies as well as another.');
    return { kind: 'ambiguous', rule: rule.id, because, considered: [...list, tied].sort(byUid) };
  }
  const { study, hasMask, identity } = taken;
  return {
    kind: 'matched',
    baseline: study,
    hasMask,
    identity,
    rule: rule.id,
    because: rule.because,
    rejected: list,
  };
}

function outsideRule(
  rule: BaselineCriterion,
  { study, hasMask, flaw }: Candidate,
  { patient }: Question,
): string | undefined {
  if (rule.take === 'designated')
    return isDesignated(study, patient) ? undefined : 'It is not the designated baseline.';
  if (flaw !== undefined) return flaw;
  if (rule.among === 'onOrBeforeTherapyStart') {
    const [day, start] = [dayOf(study.StudyDate), dayOf(patient?.tkiStart)];
    if (start === undefined) return 'The TKI start is not known.';
    if (day === undefined || day > start) return 'It is after the TKI start.';
  }
  return rule.mask === 'required' && !hasMask ? 'It has no mask.' : undefined;
}

/** Is `a` certainly the better one for this rule? Studies whose order cannot be told are equals. */
function isPreferred(rule: BaselineCriterion, a: Candidate, b: Candidate): boolean {
  const order = compareStudyTime(a.study, b.study) ?? 0;
  return rule.take === 'latest' ? order > 0 : rule.take === 'earliest' && order < 0;
}

const lowerReason = ({ take }: BaselineCriterion): string =>
  take === 'latest' ? 'Another study is later.' : 'Another study is earlier.';
