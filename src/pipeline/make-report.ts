/** From an evaluation to what goes out: the SR in every form that somebody wants, one transaction; what goes beside it follows. */
import { addingLocalDelta, newLocalDelta } from '../catalogue/local-deltas.ts';
import type { CompanionWish, Reason, ReportObject, ReportRow, StudyRow } from '../catalogue/rows.ts';
import { digestOf } from '../dicom/uid.ts';
import type { TrendPoint } from '../model/trend.ts';
import { isTestPatient } from '../patients/test-patient.ts';
import type { Statement } from '../ports.ts';
import { renderReport } from '../sr/document.ts';
import { canonicalContentKey, srSopClassOf } from '../sr/identity.ts';
import type { ReportContent } from '../sr/report.ts';
import type { Outcome } from '../sr/report-choice.ts';
import { apply, type StudyEvent } from '../study/lifecycle.ts';
import { identityOf } from './assess.ts';
import type { BesideRequest, CompanionMakers } from './companion-maker.ts';
import {
  addingCompanions,
  logMissing,
  missingReason,
  rowOf,
  unwantedReason,
  wakeCompanions,
} from './companion-rows.ts';
import { type Companions, makeCompanions, putObject } from './companions.ts';
import { deliveryKey } from './deliver.ts';
import { missingOf, settleCase } from './delivery-outcome.ts';
import type { Evaluation } from './evaluate.ts';
import type { CaseInputs, Decision } from './judge.ts';
import { localMoment } from './local-moment.ts';
import { eachOnce } from './reason.ts';
import { keepingShadow, type ShadowOutcome } from './score-shadow.ts';
import { segmentMasks } from './segment-masks.ts';
import { type SrForm, type Wanted, wantedOf, wantedOfTest } from './wanted.ts';
import type { World } from './world.ts';

type Needs = Pick<
  World,
  | 'catalogue'
  | 'reports'
  | 'renditions'
  | 'files'
  | 'queue'
  | 'destinations'
  | 'companions'
  | 'radiomics'
  | 'templates'
  | 'report'
  | 'clock'
  | 'log'
  | 'meter'
  | 'whyAway'
>;

/** A case that was measured and judged. */
export type Evaluated = Readonly<{
  row: StudyRow;
  evaluation: Evaluation;
  /** what the shadow model says; absent: there is none */
  shadow?: ShadowOutcome | undefined;
  outcome: Outcome;
  /** why the case is held, or empty */
  obstacles: readonly Reason[];
  inputs: CaseInputs;
  /** digest of the objects that were measured */
  inputsDigest: string;
  /** what the report states of earlier time points */
  history: readonly TrendPoint[];
  decision: Decision;
  fileOf: (SOPInstanceUID: string) => string;
  /** fails the transaction when an object of the patient arrived meanwhile */
  guard: Statement;
  /** what persons ordered about the case: fails the transaction when that changed meanwhile, and ends what is carried out */
  orders?: readonly Statement[] | undefined;
  /** a person had the case scored again */
  isRescore?: boolean | undefined;
}>;

/**
 * Makes the report with the masks that it refers to, and has it sent; until the transaction nothing has left the machine. Pictures
 * take seconds that the report does not wait for: they are due then, and the answer says of what they are to be made. A case
 * with obstacles is held with them, and its report tells them, with what could not be made beside it; when its last one tells the
 * same already, there is no second.
 */
export async function makeReport(
  world: Needs,
  found: Evaluated,
  signal: AbortSignal,
): Promise<BesideRequest | undefined> {
  const { row, evaluation, outcome, obstacles, decision } = found;
  const guards = [found.guard, ...(found.orders ?? [])];
  const { StudyInstanceUID } = row;
  const last = (await world.reports.of(StudyInstanceUID)).at(-1);
  const at = world.clock();
  const completed = localMoment(at);
  const wanted = isTestPatient(row.PatientID) ? wantedOfTest(world) : wantedOf(world, outcome);
  const plain = { ...evaluation.content, completed, supersedes: last ? [last] : [] };
  const contentKey = digestOf(canonicalContentKey(plain));
  if (obstacles.length > 0 && last?.heldBecause && contentKeyOf(last) === contentKey) {
    await leave(world, row, 'doubt', last.heldBecause, decision, guards);
    return undefined;
  }
  if (found.isRescore && last && (await isStanding(world, last, contentKey))) {
    const told = world.catalogue.event(StudyInstanceUID, 'order.rescore.unchanged', {});
    if (await leave(world, row, 'unchanged', missingOf(last), decision, [...guards, told]))
      await settleCase(world, StudyInstanceUID);
    return undefined;
  }
  const { content, makers } = await segmentedFor(world, wanted, plain, found, signal);
  const report = renderReport(world.templates, content);
  const file = await putObject(world, report);
  const others = await renderOtherForms(world, wanted.forms, content, last);
  const { inputs, fileOf } = found;
  const { bytes: _bytes, ...identity } = report;
  const request = { content: plain, report: identity, renditions: others, outcome, inputs, fileOf };
  const { now, due } = whenMade(world, wanted, obstacles);
  const companions = { ...world.companions, ...makers };
  const done = await makeCompanions({ ...world, companions }, now, request, signal);
  const because = whatIsMissing(world, wanted, outcome, done, due);
  const added: ReportRow = {
    ...rowOf(report, file),
    ...resultOf(found, { contentKey, completed, at }, because),
    language: content.language,
    due: due.length > 0 ? due : null,
  };
  const event = obstacles.length > 0 ? 'doubt' : 'scored';
  const isLeft = await leave(world, row, event, added.heldBecause ?? because, decision, [
    ...guards,
    ...world.reports.adding(added, wanted.sr),
    ...others.map((form) => world.renditions.adding(added.SOPInstanceUID, form)),
    ...addingCompanions(world, added, done),
    ...keptForModels(world, found, added),
  ]);
  // An object of the patient arrived while it was scored: nothing of this score is kept or sent, and the case is looked at
  // again when that study is here.
  if (!isLeft) return undefined;
  logMissing(world, StudyInstanceUID, done);
  for (const destination of wanted.sr)
    await world.queue.put({ kind: 'deliver', key: deliveryKey({ ...report, destination }) });
  await wakeCompanions(world, added, done);
  await tellReported(world, found);
  return added.due ? request : undefined;
}

/** The report says just this, and was not taken back: there is nothing to report again. */
async function isStanding({ reports }: Needs, last: ReportRow, contentKey: string): Promise<boolean> {
  const isSame = last.heldBecause === null && contentKeyOf(last) === contentKey;
  return isSame && (await reports.withdrawalOf(last.SOPInstanceUID)) === undefined;
}

/** Of what is made with the report; whether what follows it is wanted by anybody is said when it was made. */
function whatIsMissing(
  { destinations }: Needs,
  { sr }: Wanted,
  outcome: Outcome,
  { made, missing }: Companions,
  due: readonly CompanionWish[],
): readonly Reason[] {
  const isUnwanted = destinations.size > 0 && sr.length + made.length + due.length === 0;
  return eachOnce([...missing.flatMap(missingReason), ...(isUnwanted ? unwantedReason(outcome) : [])]);
}

/** All of its row but the object itself, and what follows it. */
const resultOf = (
  { row, evaluation, outcome, obstacles, decision, inputsDigest, history }: Evaluated,
  { at, ...made }: Readonly<{ contentKey: string; completed: ReportContent['completed']; at: Date }>,
  missing: readonly Reason[],
) =>
  ({
    inputs: inputsDigest,
    result: {
      score: evaluation.score,
      findings: evaluation.findings,
      digests: evaluation.content.digests,
      decision,
      history,
      patient: identityOf(row),
      ...made,
      outcome,
      rules: evaluation.content.digests.rules,
      madeAt: at.getTime(),
      // A held case is no time point of the patient's course.
      ...(obstacles.length === 0 && { point: evaluation.point }),
      missing,
    },
    ContentDate: made.completed.date,
    kind: 'sr',
    companionOf: null,
    heldBecause: obstacles.length > 0 ? [...obstacles, ...missing] : null,
  }) as const;

/** A held case gives no delta to learn from. */
function keptForModels(
  world: Needs,
  { row, evaluation, outcome, obstacles, shadow }: Evaluated,
  report: ReportRow,
): readonly Statement[] {
  const delta = newLocalDelta(report, row, evaluation, outcome);
  return [
    ...(obstacles.length === 0 ? [addingLocalDelta(delta)] : []),
    ...keepingShadow(world, report, evaluation.score, shadow),
  ];
}

async function tellReported(world: Needs, { row, evaluation, obstacles }: Evaluated): Promise<void> {
  const { StudyInstanceUID } = row;
  const category = obstacles.length > 0 ? 'notEvaluable' : (evaluation.score.category ?? 'deltaOnly');
  world.log.info('case.reported', { StudyInstanceUID, category });
  if (obstacles.length > 0 || isTestPatient(row.PatientID)) return;
  world.meter.scored(category);
  await world.queue.put({ kind: 'assess', key: StudyInstanceUID });
}

/**
 * The masks before the report, which refers to them; the rest after it. With the report of a held case nothing follows: the case
 * is held for just what the report tells, and that is all there is to tell.
 */
function whenMade(
  { companions }: Needs,
  wanted: Wanted,
  obstacles: readonly Reason[],
): Readonly<Record<'now' | 'due', readonly CompanionWish[]>> {
  if (obstacles.length > 0) return { now: wanted.companions, due: [] };
  return {
    now: wanted.companions.filter(({ kind }) => kind === 'seg'),
    due: wanted.companions.filter(({ kind }) => kind !== 'seg' && companions[kind]),
  };
}

/** Masks that cannot be written cost themselves alone: the report refers to what was drawn. */
async function segmentedFor(
  world: Needs,
  { companions }: Wanted,
  content: ReportContent,
  { inputs, fileOf }: Pick<Evaluated, 'inputs' | 'fileOf'>,
  signal: AbortSignal,
): Promise<Readonly<{ content: ReportContent; makers?: CompanionMakers }>> {
  if (!companions.some(({ kind }) => kind === 'seg') || world.companions.seg) return { content };
  try {
    const segmented = await segmentMasks(world, content, inputs, fileOf, signal);
    return { content: segmented.content, makers: { seg: async () => segmented.objects } };
  } catch (thrown) {
    if (signal.aborted) throw thrown;
    return { content, makers: { seg: () => Promise.reject(thrown) } };
  }
}

const contentKeyOf = ({ result }: ReportRow): string | undefined =>
  (result as { contentKey?: string }).contentKey;

/** The report in each other form that a destination wants, or falls back on; a form has its own chain of predecessors. */
async function renderOtherForms(
  world: Needs,
  forms: readonly SrForm[],
  content: ReportContent,
  last: ReportRow | undefined,
): Promise<ReportObject[]> {
  const before = last ? [last, ...(await world.renditions.of(last.SOPInstanceUID))] : [];
  const made: ReportObject[] = [];
  for (const { SOPClassUID, language } of forms) {
    const srSopClass = srSopClassOf(SOPClassUID);
    if (!srSopClass || (srSopClass === content.srSopClass && language === content.language)) continue;
    const predecessor =
      before.find((each) => each.SOPClassUID === SOPClassUID && each.language === language) ?? last;
    const supersedes = predecessor && last ? [{ ...predecessor, ContentDate: last.ContentDate }] : [];
    const report = renderReport(world.templates, { ...content, srSopClass, language, supersedes });
    const { bytes: _bytes, ...identity } = report;
    made.push({ ...identity, file: await putObject(world, report), language });
  }
  return made;
}

/** Moves a case on from `scoring`. False: something arrived meanwhile, and nothing was done. */
export async function leave(
  { catalogue }: Pick<World, 'catalogue'>,
  row: StudyRow,
  event: StudyEvent,
  reasons: readonly Reason[],
  decision?: Decision,
  also: readonly Statement[] = [],
): Promise<boolean> {
  const state = apply(row.state, event);
  return state !== undefined && catalogue.move(row, { state, reasons, decision }, also);
}
