/** What rules would make of a study that is here: nothing is written, moved, queued or sent. */

import type { Reason, StudyRow } from '../catalogue/rows.ts';
import { type ExplainedRule, explainEligibility, SIDE_WORDS } from '../eligibility/explain.ts';
import { knownFacts } from '../eligibility/known-facts.ts';
import { Fault } from '../fault.ts';
import { explainRegions, type RegionVerdict } from '../masks/explain-roi.ts';
import type { LesionPair } from '../matching/lesion.ts';
import type { RejectedRegion } from '../matching/mask-of-series.ts';
import { type BaselineMatch, matchBaseline } from '../matching/match.ts';
import type { Patient } from '../patients/patient.ts';
import type { Measurement } from '../radiomics/measurement.ts';
import { isQuickOn } from '../rules/rule-limits.ts';
import { apply, type StudyState } from '../study/lifecycle.ts';
import { judgeCase, settledByReport } from './assess.ts';
import { archiveReasons, mustAskFirst } from './fetches-due.ts';
import type { Judgement } from './judge.ts';
import type { KnownStudy } from './known-study.ts';
import { keptMeasurement } from './measure-once.ts';
import { type PatientStudies, patientStudies } from './patient-studies.ts';
import { staysReported } from './standing-report.ts';
import { chooseTarget, type MeasuredLesion } from './target-lesion.ts';
import type { World } from './world.ts';

/** No queue, no files to write, nobody to send to: what a dry run does not have it cannot use. */
export type DryRunNeeds = Pick<
  World,
  | 'catalogue'
  | 'masks'
  | 'patients'
  | 'reports'
  | 'enrolment'
  | 'priors'
  | 'clock'
  | 'model'
  | 'normalisation'
  | 'classic'
  | 'installation'
>;
export type DryRunRules = World['rules'];

type Because = Readonly<{ StudyInstanceUID: string; because: string }>;

type DryRunLesion = Readonly<{
  /** label of the lesion, as its region is called: text from outside */
  label: string;
  by: LesionPair['by'];
  baseline: RegionPlace;
  followUp: RegionPlace;
  /** the model speaks of it; known once all lesions are measured, or when there is one */
  isTarget: boolean | null;
  isMeasured: boolean;
}>;
type RegionPlace = Readonly<{ SOPInstanceUID: string; region: number }>;

type DryRunStudy = Readonly<{
  StudyInstanceUID: string;
  state: Readonly<{
    now: StudyState;
    would: StudyState;
    isDifferent: boolean;
    reasonsNow: readonly Reason[];
    reasons: readonly Reason[];
    /** what the state alone does not say */
    note: string;
  }>;
  baseline: Readonly<{
    kind: BaselineMatch['kind'] | 'notAsked';
    chosen: string | null;
    rule: string | null;
    because: string;
    rejected: readonly Because[];
  }>;
  lesions: readonly DryRunLesion[];
  /** what the ROI rules make of each region of each mask object of the two studies */
  masks: readonly Readonly<{
    of: 'baseline' | 'followUp';
    SOPInstanceUID: string;
    regions: readonly RegionVerdict[];
  }>[];
  /** regions that belong to no series of their study */
  rejectedRegions: readonly RejectedRegion[];
  /** of the target, or of the first lesion */
  eligibility: readonly ExplainedRule[];
  rules: Readonly<Record<keyof DryRunRules, string>>;
}>;

/**
 * The judgement on one study by these rules, as it would be made now. Numbers are those that are kept; nothing is measured.
 * Faults: INPUT_NOT_FOUND; INPUT_INVALID for patterns that would take too long; ACTION_NOT_POSSIBLE while the study, or one of its patient, is arriving.
 */
export async function dryRunStudy(
  world: DryRunNeeds,
  StudyInstanceUID: string,
  rules: DryRunRules,
): Promise<DryRunStudy> {
  const row = await world.catalogue.study(StudyInstanceUID);
  if (!row) throw new Fault('INPUT_NOT_FOUND', 'no such study is here');
  const studies = await patientStudies(world, row.PatientID);
  const followUp = studies.known.get(StudyInstanceUID);
  if (!followUp)
    throw new Fault('ACTION_NOT_POSSIBLE', 'the study is arriving, or its masks are not read yet');
  const names = [...studies.known.values()].flatMap(({ summary }) =>
    summary.masks.flatMap(({ regions }) => regions.map(({ name }) => name)),
  );
  if (!isQuickOn(rules.roi.value, names))
    throw new Fault('INPUT_INVALID', 'the patterns would take too long on the names of the regions');
  const judgement = await judgeCase({ ...world, rules }, row, studies);
  if (!judgement) throw new Fault('ACTION_NOT_POSSIBLE', 'the study is arriving');
  const patient = await world.patients.of(row.PatientID, row.IssuerOfPatientID, studies.issuers);
  const match = matchOf(followUp, studies, patient, rules);
  const baseline = match?.kind === 'matched' ? studies.known.get(match.baseline.StudyInstanceUID) : undefined;
  const measured = await measuredOf(world, judgement, studies);
  const eligibility = explained({ judgement, followUp, baseline, match, patient, measured }, rules);
  const state = await stateOf(world, { row, judgement, studies, eligibility, measured, rules });
  return {
    StudyInstanceUID,
    state: { now: row.state, isDifferent: state.would !== row.state, reasonsNow: row.reasons, ...state },
    baseline: chosenBaseline(match),
    lesions: lesionsOf(judgement, measured),
    masks: [
      ...verdicts('followUp', followUp, rules),
      ...(baseline ? verdicts('baseline', baseline, rules) : []),
    ],
    rejectedRegions: judgement.decision.masksRejected ?? [],
    eligibility,
    rules: {
      baseline: rules.baseline.sha256,
      eligibility: rules.eligibility.sha256,
      roi: rules.roi.sha256,
    },
  };
}

function matchOf(
  followUp: KnownStudy,
  { known }: PatientStudies,
  patient: Patient | undefined,
  { baseline }: DryRunRules,
): BaselineMatch | undefined {
  if (followUp.summary.ctSeries.length === 0) return undefined;
  const others = [...known.values()].filter((each) => each !== followUp).map(({ summary }) => summary);
  return matchBaseline(followUp.summary, others, patient, baseline.value);
}

function chosenBaseline(match: BaselineMatch | undefined): DryRunStudy['baseline'] {
  const nothing = { chosen: null, rule: null, because: '', rejected: [] };
  if (!match) return { ...nothing, kind: 'notAsked', because: 'The study holds no CT series.' };
  const { kind } = match;
  switch (kind) {
    case 'matched':
      return {
        kind,
        chosen: match.baseline.StudyInstanceUID,
        rule: match.rule,
        because: match.because,
        rejected: match.rejected,
      };
    case 'ambiguous':
      return { ...nothing, kind, rule: match.rule, because: match.because, rejected: match.considered };
    case 'none':
      return { ...nothing, kind, because: 'No rule takes a study.', rejected: match.considered };
    case 'conflict':
      return { ...nothing, kind, because: match.because, rejected: match.considered };
    case 'isBaselineItself':
      return { ...nothing, kind, because: match.because };
  }
}

type HalfMeasured = Readonly<{
  pair: LesionPair;
  baseline: Measurement | undefined;
  followUp: Measurement | undefined;
}>;

/** The target comes first where it is known. */
async function measuredOf(
  world: DryRunNeeds,
  judgement: Judgement,
  studies: PatientStudies,
): Promise<readonly HalfMeasured[]> {
  if (judgement.event !== 'inputsFound') return [];
  const found: HalfMeasured[] = [];
  for (const pair of judgement.inputs.pairs) {
    found.push({
      pair,
      baseline: await keptMeasurement(world, pair.baseline, studies),
      followUp: await keptMeasurement(world, pair.followUp, studies),
    });
  }
  const whole = found.filter(isWhole);
  if (whole.length < found.length) return found;
  const { target, others } = chooseTarget(whole);
  return [target, ...others];
}

const isWhole = (lesion: HalfMeasured): lesion is MeasuredLesion =>
  lesion.baseline !== undefined && lesion.followUp !== undefined;

type Looked = Readonly<{
  judgement: Judgement;
  followUp: KnownStudy;
  baseline: KnownStudy | undefined;
  match: BaselineMatch | undefined;
  patient: Patient | undefined;
  measured: readonly HalfMeasured[];
}>;

function explained(
  { followUp, baseline, match, patient, measured: [first] }: Looked,
  rules: DryRunRules,
): ExplainedRule[] {
  const identity = match?.kind === 'matched' ? match.identity : undefined;
  const facts = first
    ? {
        baseline: {
          header: first.baseline?.header ?? first.pair.baseline.series.header,
          mask: first.pair.baseline.mask,
          measurement: first.baseline,
        },
        followUp: {
          header: first.followUp?.header ?? first.pair.followUp.series.header,
          mask: first.pair.followUp.mask,
          measurement: first.followUp,
        },
      }
    : { baseline: { header: onlyHeader(baseline) }, followUp: { header: onlyHeader(followUp) } };
  return explainEligibility(rules.eligibility.value, knownFacts({ ...facts, identity, patient }));
}

/** Without a mask nobody knows which of several series is meant. */
function onlyHeader(study: KnownStudy | undefined) {
  const [only, ...more] = study?.summary.ctSeries ?? [];
  return more.length === 0 ? only?.header : undefined;
}

const verdicts = (
  of: 'baseline' | 'followUp',
  { summary }: KnownStudy,
  { roi }: DryRunRules,
): DryRunStudy['masks'] =>
  summary.masks.map(({ SOPInstanceUID, regions }) => ({
    of,
    SOPInstanceUID,
    regions: explainRegions(regions, roi.value),
  }));

function lesionsOf(judgement: Judgement, measured: readonly HalfMeasured[]): DryRunLesion[] {
  if (judgement.event !== 'inputsFound') return [];
  const isTargetKnown = measured.length === 1 || measured.every(isWhole);
  return measured.map((lesion, at) => ({
    label: lesion.pair.trackingId,
    by: lesion.pair.by,
    baseline: placeOf(lesion.pair.baseline),
    followUp: placeOf(lesion.pair.followUp),
    isTarget: isTargetKnown ? at === 0 : null,
    isMeasured: isWhole(lesion),
  }));
}

const placeOf = ({ mask, region }: LesionPair['baseline']): RegionPlace => ({
  SOPInstanceUID: mask.SOPInstanceUID,
  region: region.number,
});

type Judged = Readonly<{
  row: StudyRow;
  judgement: Judgement;
  studies: PatientStudies;
  eligibility: readonly ExplainedRule[];
  measured: readonly HalfMeasured[];
  rules: DryRunRules;
}>;
type Would = Pick<DryRunStudy['state'], 'would' | 'reasons' | 'note'>;

/** Where a look at the case would move it, as assess.ts and score-follow-up.ts do. */
async function stateOf(world: DryRunNeeds, judged: Judged): Promise<Would> {
  const { row, judgement, studies } = judged;
  const to = (event: Parameters<typeof apply>[1], reasons: readonly Reason[], note = ''): Would => ({
    would: apply(row.state, event) ?? row.state,
    reasons,
    note,
  });
  if (await world.priors?.fetches.isPrior(row.StudyInstanceUID))
    return to('outOfScope', [], 'It is here as the prior of another case and is no case of its own.');
  if (await staysReported({ ...world, rules: judged.rules }, row, judgement, studies))
    return { would: row.state, reasons: row.reasons, note: 'The report that was made stands.' };
  if (judgement.event !== 'inputsFound') {
    const found = to(judgement.event, judgement.reasons);
    return { ...found, reasons: [...found.reasons, ...(await archiveReasons(world, row, found.would))] };
  }
  if (studies.isArriving) return to('lookAgain', [], 'Another study of the patient is arriving.');
  const settled = await settledByReport({ ...world, rules: judged.rules }, row, judgement, studies);
  if (settled) return to(settled.event, settled.reasons, 'The report that was made stands.');
  if (!judgement.decision.isDesignated && (await mustAskFirst({ ...world, queue: NO_QUEUE }, row)))
    return to('lookAgain', [], 'Archives are asked for earlier studies first.');
  return scored(judged, to);
}

const NO_QUEUE = { put: async () => false };

function scored({ eligibility, measured }: Judged, to: (...given: Parameters<ToState>) => Would): Would {
  const holds = eligibility.filter(({ outcome }) => outcome === 'hold');
  if (holds.length > 0) {
    const reasons = holds.map(({ id, check, seen }) => ({
      code: 'OUT_OF_SCOPE',
      text: `${id} ${check}: ${seen.map(({ of, value }) => `${SIDE_WORDS[of]}${value ?? 'withheld'}`).join('; ')}`,
    }));
    return to('doubt', reasons, 'The case would be measured, and held by a rule.');
  }
  return measured.every(isWhole)
    ? to('inputsFound', [], 'The case would be scored.')
    : to('inputsFound', [], 'The case would be measured; what rules ask of the measurement is open.');
}
type ToState = (event: 'doubt' | 'inputsFound', reasons: readonly Reason[], note?: string) => Would;
