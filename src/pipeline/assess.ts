import type { Reason, ReportRow, StudyRow } from '../catalogue/rows.ts';
import { sameConfiguration } from '../catalogue/same-configuration.ts';
import { asFault } from '../fault.ts';
import { isTestPatient } from '../patients/test-patient.ts';
import type { Job } from '../ports.ts';
import type { RejectionReason } from '../sr/rejection-note.ts';
import { apply } from '../study/lifecycle.ts';
import { REASON_CODES, type ReasonCode } from '../study/reasons.ts';
import { awaitFiles } from './await-files.ts';
import { missingOf, settleCase } from './delivery-outcome.ts';
import { archiveReasons, mustAskFirst } from './fetches-due.ts';
import { historyOf } from './history.ts';
import { mayHave } from './holders.ts';
import { areOfSameObjects, type Decision, inputsDigest, type Judgement, judge } from './judge.ts';
import { followMerge } from './merge-patients.ts';
import { type PatientStudies, patientStudies } from './patient-studies.ts';
import { reason } from './reason.ts';
import { saysNothing } from './says-nothing.ts';
import { isOfHistory, isUnderOtherModel, restsOnTheSame, staysReported } from './standing-report.ts';
import { settleIdentity } from './study-identity.ts';
import { withdrawnBecause } from './withdraw.ts';
import type { World } from './world.ts';

type Needs = Pick<
  World,
  | 'catalogue'
  | 'masks'
  | 'patients'
  | 'reports'
  | 'queue'
  | 'files'
  | 'radiomics'
  | 'rules'
  | 'model'
  | 'normalisation'
  | 'enrolment'
  | 'log'
  | 'meter'
  | 'clock'
  | 'whyAway'
  | 'priors'
  | 'annotation'
  | 'decisive'
>;

/**
 * Looks at every case of the patient whose study has become complete: the study may be the follow-up of one case and
 * the baseline, or the mask, of another. A case that is arriving or being scored is left alone; it is looked at when
 * that is over.
 */
export async function assess(
  world: Needs,
  { key: StudyInstanceUID }: Job,
  signal: AbortSignal,
): Promise<void> {
  const started = performance.now();
  const study = await world.catalogue.study(StudyInstanceUID);
  if (!study || study.state === 'receiving') return;
  // Of every study that is judged below: a case must not leave `complete`, and lose its own look, with a mask unread.
  for (const each of await world.catalogue.studiesOfPatient(study.PatientID)) {
    if (each.state === 'receiving') continue;
    if (await followMerge(world, each)) continue;
    await describeMasks(world, each.StudyInstanceUID, signal);
    await settleIdentity(world, each);
  }

  const studies = await patientStudies(world, study.PatientID);
  for (const row of studies.rows) {
    if (row.state === 'receiving' || row.state === 'scoring') continue;
    // A study that arrives may be the better baseline: what could be scored waits for it, and is looked at when it is here.
    const judgement = await judgeCase(world, row, studies);
    if (judgement && (await staysReported(world, row, judgement, studies))) continue;
    await settle(world, row, judgement, studies);
  }
  world.meter.stage('assess', (performance.now() - started) / 1000);
}

/** Tries of a mask object whose reading meets the world's errors, or brings the thread down, before the case is held. */
const MAX_MASK_ATTEMPTS = 3;

/**
 * Reads the masks of a study that were not read yet; a fault that may pass is thrown, up to a number of tries. One that its sender
 * corrects meanwhile stays unread: its study is open again, and is looked at when that is over.
 */
export async function describeMasks(
  { catalogue, radiomics, files, log }: Pick<Needs, 'catalogue' | 'radiomics' | 'files' | 'log'>,
  study: string,
  signal: AbortSignal,
): Promise<void> {
  for (const mask of await catalogue.masksOf(study)) {
    const { SOPInstanceUID, file, bytes, description, fault } = mask;
    if (description || fault) continue;
    try {
      await awaitFiles({ catalogue, files, log }, `mask ${SOPInstanceUID}`, [{ file, bytes }], signal);
      await catalogue.describeMask(mask, await radiomics.describeMask(files.absolute(file), signal));
    } catch (thrown) {
      const found = asFault(thrown);
      if (signal.aborted || saysNothing(found)) throw thrown;
      const mayPass = found.disposition === 'retry';
      if (mayPass && (await catalogue.countMaskAttempt(mask)) < MAX_MASK_ATTEMPTS) throw found;
      await catalogue.describeMask(mask, found.code);
      log.warn('mask.unreadable', { SOPInstanceUID, code: found.code });
    }
  }
}

/** The judgement on one case of a patient. */
export async function judgeCase(
  world: Pick<World, 'patients' | 'rules' | 'enrolment'>,
  row: StudyRow,
  { known, issuers }: PatientStudies,
): Promise<Judgement | undefined> {
  const followUp = known.get(row.StudyInstanceUID);
  if (!followUp) return undefined;
  const others = [...known.values()].filter((other) => other !== followUp);
  const patient = await world.patients.of(row.PatientID, row.IssuerOfPatientID, issuers);
  const { baseline, roi } = world.rules;
  return judge(followUp, others, patient, {
    baseline: baseline.value,
    roi: roi.value,
    enrolment: isTestPatient(row.PatientID) ? 'all' : world.enrolment,
  });
}

type SettledNeeds = Pick<World, 'catalogue' | 'reports' | 'rules' | 'model' | 'normalisation'>;
type SettleNeeds = SettledNeeds &
  Pick<World, 'queue' | 'clock' | 'priors' | 'annotation' | 'whyAway' | 'decisive'>;

/** Moves a case to where the judgement says; a case whose inputs are found and new is queued for scoring. */
export async function settle(
  world: SettleNeeds,
  row: StudyRow,
  judgement: Judgement | undefined,
  studies: PatientStudies,
): Promise<void> {
  if (!judgement) return;
  if (await world.priors?.fetches.isPrior(row.StudyInstanceUID)) return settlePrior(world, row, judgement);
  if (judgement.event === 'inputsFound') {
    return studies.isArriving ? postpone(world, row) : settleInputs(world, row, judgement, studies);
  }
  const { event, decision } = judgement;
  const state = apply(row.state, event);
  const sent = state === 'held' ? await reportsInDoubt(world, judgement.reasons, row) : [];
  const reasons = [
    ...judgement.reasons,
    ...(await archiveReasons(world, row, state)),
    ...(sent.length > 0 ? reason('REPORT_SENT', REASON_CODES.REPORT_SENT) : []),
  ];
  const told = world.catalogue.event(row.StudyInstanceUID, 'report.inDoubt', { reports: sent });
  const isNews = sent.length > 0 && row.state !== 'held';
  const also = [...sameConfiguration(row.StudyInstanceUID, world.decisive), ...(isNews ? [told] : [])];
  // Not moved: something arrived, or the rules changed meanwhile; the case is looked at again.
  if (!state || !(await world.catalogue.move(row, { state, reasons, decision }, also))) return;
  if (state === 'waitingForBaseline' && row.state !== state)
    await world.queue.put({ kind: 'measure', key: row.StudyInstanceUID });
  if (state === 'waitingForMask' && world.annotation)
    await world.queue.put({ kind: 'request', key: row.StudyInstanceUID });
}

/** A study that is here for another case's sake is no case: nobody waits for a report on it, unless it is sent (`sent-prior.ts`). */
async function settlePrior(
  { catalogue }: Pick<World, 'catalogue'>,
  row: StudyRow,
  { decision }: Judgement,
): Promise<void> {
  const state = apply(row.state, 'outOfScope');
  const text = 'The study was fetched as the prior of another case.';
  if (state) await catalogue.move(row, { state, reasons: reason('FETCHED_AS_PRIOR', text), decision });
}

/** Reports that left, or may have, or something beside them, and now name a patient who is in doubt: they must not stay wrong in silence. */
async function reportsInDoubt(
  { reports }: SettleNeeds,
  reasons: readonly Reason[],
  { StudyInstanceUID }: StudyRow,
): Promise<string[]> {
  if (!reasons.some(({ code }) => code === 'IDENTITY_CONFLICT')) return [];
  const rows = await reports.deliveriesOf(StudyInstanceUID);
  const out = rows.filter(mayHave);
  const inDoubt: string[] = [];
  for (const { SOPInstanceUID } of await reports.of(StudyInstanceUID)) {
    const beside = await reports.companionsOf(SOPInstanceUID);
    const uids = new Set([SOPInstanceUID, ...beside.map((each) => each.SOPInstanceUID)]);
    if (!out.some((row) => uids.has(row.SOPInstanceUID))) continue;
    if (!(await reports.withdrawalOf(SOPInstanceUID))) inDoubt.push(SOPInstanceUID);
  }
  return inDoubt;
}

/** Back to complete, from where every sweep has the case looked at again. */
export async function postpone({ catalogue }: Pick<World, 'catalogue'>, row: StudyRow): Promise<void> {
  const state = apply(row.state, 'lookAgain');
  if (state && state !== row.state) await catalogue.move(row, { state });
}

export type FoundInputs = Extract<Judgement, { event: 'inputsFound' }>;

async function settleInputs(
  world: SettleNeeds,
  row: StudyRow,
  judgement: FoundInputs,
  studies: PatientStudies,
): Promise<void> {
  if (await isSettledByReport(world, row, judgement, studies)) return;
  if (!judgement.decision.isDesignated && (await mustAskFirst(world, row))) return postpone(world, row);
  const state = apply(row.state, 'inputsFound');
  if (state && (await world.catalogue.move(row, { state, decision: judgement.decision }))) {
    await world.queue.put({ kind: 'score', key: row.StudyInstanceUID });
  }
}

/** Under which identity a report was made. */
export const identityOf = ({ PatientID, IssuerOfPatientID, PatientBirthDate, PatientSex }: StudyRow) => ({
  PatientID,
  IssuerOfPatientID,
  PatientBirthDate,
  PatientSex,
});

/** The patient was merged or corrected since: the report says what is not so any more, and is made anew. */
function isOfAnotherIdentity({ result }: ReportRow, row: StudyRow): boolean {
  const { patient } = result as { patient?: Partial<ReturnType<typeof identityOf>> };
  if (!patient) return false;
  const differs = (keyword: 'IssuerOfPatientID' | 'PatientBirthDate' | 'PatientSex'): boolean => {
    const values = [patient[keyword] ?? '', row[keyword]];
    return values[0] !== values[1] && !values.includes('');
  };
  return (
    patient.PatientID !== row.PatientID ||
    differs('IssuerOfPatientID') ||
    differs('PatientBirthDate') ||
    differs('PatientSex')
  );
}

/** The last score that stands was made against another baseline than the rules would take now, and no person chose that one. */
async function isAgainstAnother(
  { reports }: Pick<World, 'reports'>,
  made: readonly ReportRow[],
  { baseline, isDesignated }: Decision,
): Promise<boolean> {
  const scored = made.findLast(({ heldBecause }) => !heldBecause);
  if (!scored || isDesignated || (await reports.withdrawalOf(scored.SOPInstanceUID))) return false;
  return (scored.result as { decision?: Decision }).decision?.baseline !== baseline;
}

/** How the objects and rules of a case now compare with those of its last report. */
async function comparedWith(
  world: Pick<World, 'catalogue' | 'reports' | 'rules'>,
  last: ReportRow,
  row: StudyRow,
  { inputs, decision }: FoundInputs,
  studies: PatientStudies,
): Promise<Readonly<{ isSame: boolean; isOfSameObjects: boolean; isOfSameIdentity: boolean }>> {
  const isOfSameIdentity = !isOfAnotherIdentity(last, row);
  const history = await historyOf(world, inputs, studies);
  // Other rules measure nothing anew; another nadir or trend does, under any rules.
  const isOfSameObjects =
    restsOnTheSame(last, decision, studies, world.rules) ||
    areOfSameObjects(last.inputs, inputsDigest(inputs, studies.digestOf, []));
  const isSame = isOfSameIdentity && isOfSameObjects && isOfHistory(last, history);
  return { isSame, isOfSameObjects, isOfSameIdentity };
}

/**
 * True when the last report of the case leaves nothing to score: it rests on these very objects, whether it stands or was
 * withdrawn, or a person must decide: about another baseline, or about earlier time points that changed under another model. A report that tells why its case is held never does: what
 * holds it may be otherwise now. Nor does any when a person had the case scored again.
 */
export async function isSettledByReport(
  world: SettledNeeds & Pick<World, 'whyAway'>,
  row: StudyRow,
  judgement: FoundInputs,
  studies: PatientStudies,
): Promise<boolean> {
  const settled = await settledByReport(world, row, judgement, studies);
  if (!settled) return false;
  const { event, reasons } = settled;
  const state = apply(row.state, event);
  const isNews = event === 'doubt' || state !== row.state;
  if (state && isNews) await world.catalogue.move(row, { state, reasons, decision: judgement.decision });
  if (event === 'unchanged') await settleCase(world, row.StudyInstanceUID);
  return true;
}

/** The same, looked at only: what happens to the case then, and why; undefined when it is to be scored. */
export async function settledByReport(
  world: SettledNeeds,
  row: StudyRow,
  found: FoundInputs,
  studies: PatientStudies,
): Promise<Readonly<{ event: 'doubt' | 'unchanged'; reasons: readonly Reason[] }> | undefined> {
  if (studies.known.get(row.StudyInstanceUID)?.orders?.rescore !== undefined) return undefined;
  const reports = await world.reports.of(row.StudyInstanceUID);
  const last = reports.at(-1);
  const compared = last && (await comparedWith(world, last, row, found, studies));
  const withdrawal = last && (await world.reports.withdrawalOf(last.SOPInstanceUID));
  // What was found at other time points, or is told of the patient, brings back nothing that a person withdrew for anything else.
  const isExplained = withdrawal?.reason === WRONG_PATIENT && !compared?.isOfSameIdentity;
  if (withdrawal && compared?.isOfSameObjects && !isExplained) {
    return { event: 'doubt', reasons: withdrawnBecause(withdrawal) };
  }
  if (last && compared?.isSame && !last.heldBecause) return { event: 'unchanged', reasons: missingOf(last) };
  if (await isAgainstAnother(world, reports, found.decision)) return decidedByPerson('BASELINE_CHANGED');
  const isOtherwiseBefore = compared?.isOfSameObjects && compared.isOfSameIdentity;
  if (last && !last.heldBecause && isOtherwiseBefore && isUnderOtherModel(last, world))
    return decidedByPerson('HISTORY_CHANGED');
  return undefined;
}

/** The reason of withdrawals for which another identity is news. */
const WRONG_PATIENT: RejectionReason = 'worklist';

const ASKED = {
  BASELINE_CHANGED: 'Another study would now be the baseline. The report that was sent is unchanged.',
  HISTORY_CHANGED:
    'An earlier time point that the report states is otherwise now, and model or normalisation are not those that it was made with. The report that was sent is unchanged; have the case scored again.',
} as const satisfies Partial<Record<ReasonCode, string>>;

const decidedByPerson = (code: keyof typeof ASKED) =>
  ({ event: 'doubt', reasons: [{ code, text: ASKED[code] }] }) as const;
