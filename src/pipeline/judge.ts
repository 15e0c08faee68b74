/** What may happen to a case, from what is known of its patient: pure, so that `score` and the service decide alike. */
import type { CaseOrders } from '../catalogue/orders.ts';
import type { Reason } from '../catalogue/rows.ts';
import { canonicalJson, digestOf } from '../dicom/uid.ts';
import type { RoiRules } from '../masks/roi-rules.ts';
import type { IdentityComparison } from '../matching/identity.ts';
import type { LesionPair } from '../matching/lesion.ts';
import type { MaskCandidate, RejectedRegion } from '../matching/mask-of-series.ts';
import { type BaselineCriterion, type BaselineMatch, matchBaseline } from '../matching/match.ts';
import type { BaselineRules } from '../matching/rule.ts';
import type { StudySummary } from '../matching/study-summary.ts';
import type { TrendPoint } from '../model/trend.ts';
import { enrolmentOf, type Patient } from '../patients/patient.ts';
import type { KnownStudy } from './known-study.ts';
import { pairLesions } from './pair-lesion.ts';
import { reason } from './reason.ts';

export type CaseInputs = Readonly<{
  /** one at least */
  pairs: readonly LesionPair[];
  unpaired: Readonly<{ baseline: number; followUp: number }>;
  baseline: StudySummary;
  followUp: StudySummary;
  identity: IdentityComparison;
  /** which rule chose the baseline, and why */
  baselineChoice: Readonly<{ rule: string; because: string }>;
}>;

/** Kept with the case: what was chosen, what was rejected and why. */
export type Decision = Readonly<{
  baseline?: string;
  baselineBecause?: string;
  /** a person designated this baseline, for the patient or for this case */
  isDesignated?: boolean;
  baselineRejected?: readonly Readonly<{ StudyInstanceUID: string; because: string }>[];
  masksRejected?: readonly RejectedRegion[];
  lesions?: readonly Readonly<{
    trackingUid: string;
    baseline: RegionKey;
    followUp: RegionKey;
    by: LesionPair['by'];
    /** where a person said which region it is */
    chosen?: LesionPair['chosen'];
  }>[];
}>;
type RegionKey = Readonly<{ SOPInstanceUID: string; region: number; SeriesInstanceUID: string }>;

export type Judgement =
  | Readonly<{ event: 'inputsFound'; inputs: CaseInputs; decision: Decision }>
  | Readonly<{
      event: 'baselineMissing' | 'maskMissing' | 'doubt' | 'outOfScope';
      reasons: readonly Reason[];
      decision: Decision;
    }>;

export type JudgeRules = Readonly<{ baseline: BaselineRules; roi: RoiRules; enrolment: 'all' | 'listed' }>;

/**
 * Baseline, masks and lesion of a follow-up, or the first thing that stands in the way. What a person ordered about the case goes
 * before all that: a case that is held or cancelled is so, with the decision that it would have otherwise.
 */
export function judge(
  followUp: KnownStudy,
  others: readonly KnownStudy[],
  patient: Patient | undefined,
  rules: JudgeRules,
): Judgement {
  const judgement = judgeUnstopped(followUp, others, patient, rules);
  const stop = stopOf(followUp.orders ?? {});
  return stop ? { ...stop, decision: judgement.decision } : judgement;
}

function stopOf({ cancel, hold }: CaseOrders): InTheWay | undefined {
  if (cancel) return { event: 'outOfScope', reasons: saidBy('CANCELLED', cancel) };
  return hold && { event: 'doubt', reasons: saidBy('HELD_BY_PERSON', hold) };
}

/** The person and the words, as they stand with the case. */
export const saidBy = (
  code: 'CANCELLED' | 'HELD_BY_PERSON',
  { author, reason: words }: Readonly<{ author: string; reason: string }>,
): readonly Reason[] => reason(code, `${author}: ${words}`);

function judgeUnstopped(
  followUp: KnownStudy,
  others: readonly KnownStudy[],
  patient: Patient | undefined,
  rules: JudgeRules,
): Judgement {
  const obstacle =
    notEnrolled(patient, rules.enrolment) ?? contradictionIn(followUp, 'this') ?? withoutCt(followUp);
  if (obstacle) return { ...obstacle, decision: {} };

  const chosen = followUp.orders?.baseline?.detail.StudyInstanceUID;
  const match = matchBaseline(
    followUp.summary,
    others.map(({ summary }) => summary),
    chosen === undefined ? patient : { tkiStart: patient?.tkiStart, designatedBaseline: chosen },
    chosen === undefined ? rules.baseline : CHOSEN,
  );
  if (match.kind === 'none' && chosen !== undefined) return choiceGone(match);
  if (match.kind !== 'matched') return unmatched(match);
  const baseline = others.find(({ summary }) => summary.StudyInstanceUID === match.baseline.StudyInstanceUID);
  const decision: Decision = {
    baseline: match.baseline.StudyInstanceUID,
    baselineBecause: `Baseline by rule ${match.rule}: ${match.because}`,
    isDesignated: match.baseline.StudyInstanceUID === (chosen ?? patient?.designatedBaseline),
    baselineRejected: match.rejected,
  };
  if (!baseline) throw new Error('the baseline is one of the studies');
  const contradiction =
    contradictionIn(baseline, 'the baseline') ?? outdatedBaseline(followUp, others, patient, rules);
  if (contradiction) return { ...contradiction, decision };
  return pairRegions(baseline, followUp, match, decision, rules.roi);
}

/** Where a person chose the baseline of a case, no rule takes another. */
const CHOSEN: Readonly<{ rules: readonly BaselineCriterion[] }> = {
  rules: [
    {
      id: 'person',
      take: 'designated',
      among: 'earlier',
      mask: 'optional',
      because: 'A person chose this study as the baseline of this case.',
    },
  ],
};

function choiceGone({ considered }: Extract<BaselineMatch, { kind: 'none' }>): Judgement {
  const text =
    'The baseline that a person chose for this case is not here as an earlier study of the patient.';
  return {
    event: 'doubt',
    reasons: reason('CHOICE_INVALID', text),
    decision: { baselineRejected: considered },
  };
}

/** What came after a person chose the baseline of this case is a better one by the rules: the person could not know it. */
function outdatedBaseline(
  { summary, orders }: KnownStudy,
  others: readonly KnownStudy[],
  patient: Patient | undefined,
  rules: JudgeRules,
): InTheWay | undefined {
  const order = orders?.baseline;
  if (!order) return undefined;
  const studies = others.map((each) => each.summary);
  const match = matchBaseline(summary, studies, patient, rules.baseline);
  if (match.kind !== 'matched') return undefined;
  const { StudyInstanceUID } = match.baseline;
  if (StudyInstanceUID === order.detail.StudyInstanceUID) return undefined;
  const preferred = others.find((each) => each.summary.StudyInstanceUID === StudyInstanceUID);
  const arrivals = [preferred?.lastReceivedAt ?? new Date(0), ...(preferred?.maskArrivals?.values() ?? [])];
  if (!arrivals.some((at) => at > order.orderedAt)) return undefined;
  const text =
    'A study that the rules prefer as the baseline came after a person chose one; choose again or take the choice back.';
  return { event: 'doubt', reasons: reason('CHOICE_OUTDATED', text) };
}

type InTheWay = Pick<Extract<Judgement, { reasons: unknown }>, 'event' | 'reasons'>;

/** Objects of a study that contradict each other: a person must say which are right. */
function contradictionIn({ identityConflict, conflict }: KnownStudy, which: string): InTheWay | undefined {
  if (identityConflict) {
    const text =
      `The objects of ${which} study disagree about the patient. Correct the study in the PACS and send all of it again; ` +
      'where the Patient ID or its issuer was changed, run earshot patients merge; for birth date or sex, patients correct.';
    return { event: 'doubt', reasons: reason('IDENTITY_CONFLICT', text) };
  }
  if (conflict !== 'none') {
    const uncompared =
      ' They are larger than limits.maxComparedMiB and were not compared: raise it and send them again.';
    const text = `Other bytes arrived under a known SOP Instance UID of ${which} study.${conflict === 'uncompared' ? uncompared : ''}`;
    return { event: 'doubt', reasons: reason('INSTANCE_CONFLICT', text) };
  }
  return undefined;
}

function withoutCt({ summary }: KnownStudy): InTheWay | undefined {
  if (summary.ctSeries.length > 0) return undefined;
  return { event: 'outOfScope', reasons: reason('NO_CT', 'The study holds no CT series.') };
}

function notEnrolled(patient: Patient | undefined, enrolment: 'all' | 'listed'): InTheWay | undefined {
  const enrolled = enrolmentOf(patient, enrolment);
  if (enrolled.isEligible) return undefined;
  return { event: 'outOfScope', reasons: reason('NOT_ENROLLED', enrolled.because) };
}

function unmatched(match: Exclude<BaselineMatch, { kind: 'matched' }>): Judgement {
  switch (match.kind) {
    case 'none':
      return {
        event: 'baselineMissing',
        reasons: reason('BASELINE_MISSING', 'No earlier study qualifies as the baseline.'),
        decision: { baselineRejected: match.considered },
      };
    case 'ambiguous':
      return {
        event: 'doubt',
        reasons: reason('BASELINE_AMBIGUOUS', match.because),
        decision: { baselineRejected: match.considered },
      };
    case 'conflict':
      return {
        event: 'doubt',
        reasons: reason('IDENTITY_CONFLICT', match.because),
        decision: { baselineRejected: match.considered },
      };
    case 'isBaselineItself':
      return { event: 'outOfScope', reasons: reason('IS_BASELINE', match.because), decision: {} };
  }
}

function pairRegions(
  baseline: KnownStudy,
  followUp: KnownStudy,
  match: Extract<BaselineMatch, { kind: 'matched' }>,
  before: Decision,
  roi: RoiRules,
): Judgement {
  const order = followUp.orders?.regions;
  const found = pairLesions(baseline, followUp, roi, { chosen: order?.detail, chosenAt: order?.orderedAt });
  const decision: Decision = { ...before, masksRejected: found.rejected };
  if (!found.pairs) return { ...found.obstacle, decision };
  const { pairs, unpaired } = found;
  return {
    event: 'inputsFound',
    inputs: {
      pairs,
      unpaired,
      baseline: baseline.summary,
      followUp: followUp.summary,
      identity: match.identity,
      baselineChoice: { rule: match.rule, because: match.because },
    },
    decision: {
      ...decision,
      lesions: pairs.map((pair) => ({
        trackingUid: pair.trackingUid,
        baseline: keyOf(pair.baseline),
        followUp: keyOf(pair.followUp),
        by: pair.by,
        ...(pair.chosen && { chosen: pair.chosen }),
      })),
    },
  };
}

const keyOf = ({ mask, region, series }: MaskCandidate): RegionKey => ({
  SOPInstanceUID: mask.SOPInstanceUID,
  region: region.number,
  SeriesInstanceUID: series.SeriesInstanceUID,
});

/** The objects that a measurement of one time point rests on, each with the digest of its bytes. */
export const objectsOf = (
  { mask, region, series }: MaskCandidate,
  digestOfInstance: (SOPInstanceUID: string) => string,
) => ({
  SeriesInstanceUID: series.SeriesInstanceUID,
  images: [...series.SOPInstanceUIDs].sort().map((uid) => [uid, digestOfInstance(uid)]),
  mask: [mask.SOPInstanceUID, digestOfInstance(mask.SOPInstanceUID), region.number],
});

/**
 * Digests of all that a score rests on, parted by a blank: of what was measured, and of what was found at earlier time points,
 * where there are any.
 */
export function inputsDigest(
  { pairs }: Pick<CaseInputs, 'pairs'>,
  digestOfInstance: (SOPInstanceUID: string) => string,
  history: readonly TrendPoint[],
): string {
  const side = (candidate: MaskCandidate) => objectsOf(candidate, digestOfInstance);
  const lesions = pairs.map((pair) => ({ baseline: side(pair.baseline), followUp: side(pair.followUp) }));
  const [only, ...others] = lesions;
  const measured = digestOf(canonicalJson(others.length === 0 ? only : { lesions }));
  return history.length === 0 ? measured : `${measured} ${historyDigest(history)}`;
}

/** Whether two of them are of the same measured objects. */
export const areOfSameObjects = (a: string, b: string): boolean => a.split(' ')[0] === b.split(' ')[0];

/** Whether just this was found at earlier time points when the inputs had that digest. */
export const isOfEqualHistory = (inputs: string, history: readonly TrendPoint[]): boolean =>
  (inputs.split(' ')[1] ?? '') === historyDigest(history);

const historyDigest = (history: readonly TrendPoint[]): string =>
  history.length === 0 ? '' : digestOf(canonicalJson(history));
