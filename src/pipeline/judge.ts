/** What may happen to a case, from what is known of its patient: pure, so that `score` and the service decide alike. */
import type { Reason } from '../catalogue/rows.ts';
import { canonicalJson, digestOf } from '../dicom/uid.ts';
import type { RoiRules } from '../masks/roi-rules.ts';
import { selectRegion, tumourRegions } from '../masks/select-roi.ts';
import type { IdentityComparison } from '../matching/identity.ts';
import { type LesionMatch, type LesionPair, matchLesion } from '../matching/lesion.ts';
import { type MaskCandidate, masksOfSeries, type RejectedRegion } from '../matching/mask-of-series.ts';
import { type BaselineMatch, matchBaseline } from '../matching/match.ts';
import type { BaselineRules } from '../matching/rule.ts';
import type { StudySummary } from '../matching/study-summary.ts';
import { enrolmentOf, type Patient } from '../patients/patient.ts';
import type { ReasonCode } from '../study/reasons.ts';

export type KnownStudy = Readonly<{
  summary: StudySummary;
  /** instances of the study disagree about the patient */
  identityConflict: boolean;
  /** other bytes arrived under a known SOP Instance UID of the study */
  hasConflict: boolean;
  /** mask objects that could not be read, with the fault's code */
  unreadableMasks: readonly string[];
}>;

export type CaseInputs = Readonly<{
  pair: LesionPair;
  baseline: StudySummary;
  followUp: StudySummary;
  identity: IdentityComparison;
  /** which rule chose the baseline, and why, in a sentence */
  baselineBecause: string;
}>;

/** Kept with the case: what was chosen, what was rejected and why. */
export type Decision = Readonly<{
  baseline?: string;
  baselineBecause?: string;
  /** a person designated this baseline */
  isDesignated?: boolean;
  baselineRejected?: readonly Readonly<{ StudyInstanceUID: string; because: string }>[];
  masksRejected?: readonly RejectedRegion[];
  regions?: Readonly<{ baseline: RegionKey; followUp: RegionKey; by: string }>;
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

const reason = (code: ReasonCode | string, text: string): readonly Reason[] => [{ code, text }];

/** Baseline, masks and lesion of a follow-up, or the first thing that stands in the way. */
export function judge(
  followUp: KnownStudy,
  others: readonly KnownStudy[],
  patient: Patient | undefined,
  rules: JudgeRules,
): Judgement {
  const obstacle = obstacleOf(followUp, patient, rules.enrolment) ?? contradictionIn(followUp, 'this');
  if (obstacle) return { ...obstacle, decision: {} };

  const match = matchBaseline(
    followUp.summary,
    others.map(({ summary }) => summary),
    patient,
    rules.baseline,
  );
  if (match.kind !== 'matched') return unmatched(match);
  const baseline = others.find(({ summary }) => summary.StudyInstanceUID === match.baseline.StudyInstanceUID);
  const decision: Decision = {
    baseline: match.baseline.StudyInstanceUID,
    baselineBecause: `Baseline by rule ${match.rule}: ${match.because}`,
    isDesignated: match.baseline.StudyInstanceUID === patient?.designatedBaseline,
    baselineRejected: match.rejected,
  };
  if (!baseline) throw new Error('the baseline is one of the studies');
  const contradiction = contradictionIn(baseline, 'the baseline');
  if (contradiction) return { ...contradiction, decision };
  return pairRegions(baseline, followUp, match, decision, rules.roi);
}

type InTheWay = Pick<Extract<Judgement, { reasons: unknown }>, 'event' | 'reasons'>;

/** Objects of a study that contradict each other: a person must say which are right. */
function contradictionIn({ identityConflict, hasConflict }: KnownStudy, which: string): InTheWay | undefined {
  if (identityConflict) {
    const text = `The objects of ${which} study disagree about the patient.`;
    return { event: 'doubt', reasons: reason('IDENTITY_CONFLICT', text) };
  }
  if (hasConflict) {
    const text = `Other bytes arrived under a known SOP Instance UID of ${which} study.`;
    return { event: 'doubt', reasons: reason('INSTANCE_CONFLICT', text) };
  }
  return undefined;
}

function obstacleOf(
  { summary }: KnownStudy,
  patient: Patient | undefined,
  enrolment: 'all' | 'listed',
): InTheWay | undefined {
  if (summary.ctSeries.length === 0) {
    return { event: 'outOfScope', reasons: reason('NO_CT', 'The study holds no CT series.') };
  }
  const enrolled = enrolmentOf(patient, enrolment);
  return enrolled.isEligible
    ? undefined
    : { event: 'outOfScope', reasons: reason('NOT_ENROLLED', enrolled.because) };
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
  const atBaseline = chooseRegion(baseline, 'baseline', roi);
  const atFollowUp = chooseRegion(followUp, 'follow-up', roi);
  const decision: Decision = { ...before, masksRejected: [...atBaseline.rejected, ...atFollowUp.rejected] };
  const obstacles = [atFollowUp, atBaseline].flatMap(({ obstacle }) => obstacle ?? []);
  const lesion = lesionOf(atBaseline, atFollowUp, followUp);
  if (lesion?.kind !== 'matched') {
    const first = obstacles.find(({ event }) => event === 'doubt') ?? obstacles[0];
    const unpaired = reason('LESION_UNMATCHED', lesion?.because ?? '');
    const reasons = first ? obstacles.flatMap((obstacle) => obstacle.reasons) : unpaired;
    return { event: first?.event ?? 'doubt', reasons, decision };
  }
  const { pair } = lesion;
  return {
    event: 'inputsFound',
    inputs: {
      pair,
      baseline: baseline.summary,
      followUp: followUp.summary,
      identity: match.identity,
      baselineBecause: before.baselineBecause ?? '',
    },
    decision: {
      ...decision,
      regions: { baseline: keyOf(pair.baseline), followUp: keyOf(pair.followUp), by: pair.by },
    },
  };
}

/** The lesion of both time points; undefined when one of them has no region to choose from. */
function lesionOf(
  atBaseline: RegionChoice,
  atFollowUp: RegionChoice,
  { summary }: KnownStudy,
): LesionMatch | undefined {
  if (atBaseline.ranked.length === 0 || atFollowUp.ranked.length === 0) return undefined;
  const alsoThere = { baseline: atBaseline.alsoThere, followUp: atFollowUp.alsoThere };
  return matchLesion(atBaseline.ranked, atFollowUp.ranked, summary.identity, { alsoThere });
}

const keyOf = ({ mask, region, series }: MaskCandidate): RegionKey => ({
  SOPInstanceUID: mask.SOPInstanceUID,
  region: region.number,
  SeriesInstanceUID: series.SeriesInstanceUID,
});

type Obstacle = Readonly<{ event: 'maskMissing' | 'doubt'; reasons: readonly Reason[] }>;
type RegionChoice = Readonly<{
  chosen?: MaskCandidate;
  obstacle?: Obstacle;
  /** the regions that the rules leave: one, or several of which the other time point may tell one; none: nothing may be paired */
  ranked: readonly MaskCandidate[];
  /** tumours that the rules rank below them */
  alsoThere: readonly MaskCandidate[];
  rejected: readonly RejectedRegion[];
}>;

/**
 * The region of one time point, or why there is none yet or more than one. A mask object that could not be read is a
 * doubt even beside others: it may be the newer drawing. `name`: only regions of that name.
 */
export function chooseRegion(
  { summary, unreadableMasks }: KnownStudy,
  where: string,
  roi: RoiRules,
  name?: string,
): RegionChoice {
  const { candidates, rejected } = masksOfSeries(summary);
  const named = name === undefined ? candidates : candidates.filter(({ region }) => region.name === name);
  const without = (event: Obstacle['event'], reasons: Obstacle['reasons']): RegionChoice => ({
    obstacle: { event, reasons },
    ranked: [],
    alsoThere: [],
    rejected,
  });
  const [unreadable] = unreadableMasks;
  if (unreadable) return without('doubt', reason(unreadable, `${where}: a mask object could not be read.`));
  const { ranked, alsoThere } = rankTumours(named, roi);
  const [chosen, second] = ranked;
  if (chosen && !second) return { chosen, ranked, alsoThere, rejected };
  if (chosen) {
    const list = ranked.map(({ mask, region }) => `${mask.kind} region ${region.number}`).join(', ');
    const text = `${where}: ${ranked.length} regions qualify and no rule tells which is meant: ${list}.`;
    const obstacle: Obstacle = { event: 'doubt', reasons: reason('MASK_AMBIGUOUS', text) };
    return { obstacle, ranked, alsoThere, rejected };
  }
  const because = [...new Set(rejected.map((each) => each.because))].join(' ');
  return without('maskMissing', reason('MASK_MISSING', `${where}: no usable mask. ${because}`.trim()));
}

/** The tumours that the rules prefer: none, the one, or several that a person must choose from; and all others. */
function rankTumours(
  candidates: readonly MaskCandidate[],
  roi: RoiRules,
): Pick<RegionChoice, 'ranked' | 'alsoThere'> {
  const asRegions = (of: readonly MaskCandidate[]) =>
    of.map((candidate) => ({ ...candidate.region, candidate }));
  const drawn = tumourRegions(asRegions(candidates), roi).map(({ candidate }) => candidate);
  // What a newer object replaced is there no more.
  const tumours = roi.severalObjects === 'newest' ? ofNewestObject(drawn) : drawn;
  const selected = selectRegion(asRegions(tumours), roi);
  if (selected.kind === 'none') return { ranked: [], alsoThere: [] };
  const left = selected.kind === 'chosen' ? [selected.region] : selected.candidates;
  const ranked = left.map(({ candidate }) => candidate);
  return { ranked, alsoThere: tumours.filter((candidate) => !ranked.includes(candidate)) };
}

/** Of several mask objects, the regions of the one that was certainly drawn last; all of them when that cannot be told. */
function ofNewestObject(candidates: readonly MaskCandidate[]): readonly MaskCandidate[] {
  const drawnAt = ({ mask }: MaskCandidate) => `${mask.drawnDate ?? ''}${mask.drawnTime ?? ''}`;
  const newest = candidates.map(drawnAt).sort().at(-1);
  const isKnown = candidates.every(
    ({ mask }) => mask.drawnDate !== undefined && mask.drawnTime !== undefined,
  );
  const last = candidates.filter((candidate) => drawnAt(candidate) === newest);
  const isOneObject = new Set(last.map(({ mask }) => mask.SOPInstanceUID)).size === 1;
  return isKnown && isOneObject ? last : candidates;
}

/** Digest of the objects that a score rests on: equal when nothing that was measured has changed. */
export function inputsDigest(
  { pair }: CaseInputs,
  digestOfInstance: (SOPInstanceUID: string) => string,
): string {
  const side = ({ mask, region, series }: MaskCandidate) => ({
    SeriesInstanceUID: series.SeriesInstanceUID,
    images: [...series.SOPInstanceUIDs].sort().map((uid) => [uid, digestOfInstance(uid)]),
    mask: [mask.SOPInstanceUID, digestOfInstance(mask.SOPInstanceUID), region.number],
  });
  return digestOf(canonicalJson({ baseline: side(pair.baseline), followUp: side(pair.followUp) }));
}
