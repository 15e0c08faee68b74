/** From an evaluation to what goes out: the SR in every form that somebody wants, what goes beside it, one transaction. */
import type { Reason, ReportObject, ReportRow, StudyRow } from '../catalogue/rows.ts';
import { digestOf } from '../dicom/uid.ts';
import type { Statement } from '../ports.ts';
import { renderReport } from '../sr/document.ts';
import { canonicalContentKey, SR_SOP_CLASSES } from '../sr/identity.ts';
import type { RenderedReport, ReportContent } from '../sr/report.ts';
import type { Outcome } from '../sr/report-choice.ts';
import { apply, type StudyEvent } from '../study/lifecycle.ts';
import { identityOf } from './assess.ts';
import type { CompanionMakers } from './companion-maker.ts';
import { type MadeCompanion, type MissingCompanion, makeCompanions, putObject } from './companions.ts';
import { deliveryKey } from './deliver.ts';
import type { Evaluation } from './evaluate.ts';
import type { CaseInputs, Decision } from './judge.ts';
import { localMoment } from './local-moment.ts';
import { reason } from './reason.ts';
import { segmentMasks } from './segment-masks.ts';
import { type SrForm, type Wanted, wantedOf } from './wanted.ts';
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
>;

/** A case that was measured and judged. */
export type Evaluated = Readonly<{
  row: StudyRow;
  evaluation: Evaluation;
  outcome: Outcome;
  /** why the case is held, or empty */
  obstacles: readonly Reason[];
  inputs: CaseInputs;
  /** digest of the objects that were measured */
  inputsDigest: string;
  decision: Decision;
  fileOf: (SOPInstanceUID: string) => string;
  /** fails the transaction when an object of the patient arrived meanwhile */
  guard: Statement;
}>;

/**
 * Makes the report and everything that a destination wants with it. A case with obstacles is held with them, and its report
 * tells them; when its last one tells the same already, there is no second. Until the transaction nothing has left the machine.
 */
export async function makeReport(world: Needs, found: Evaluated, signal: AbortSignal): Promise<void> {
  const { row, evaluation, outcome, obstacles, decision, guard } = found;
  const { StudyInstanceUID } = row;
  const last = (await world.reports.of(StudyInstanceUID)).at(-1);
  const completed = localMoment(world.clock());
  const wanted = wantedOf(world, outcome);
  const plain = { ...evaluation.content, completed, supersedes: last ? [last] : [] };
  const segmented = await segmentedFor(world, wanted, plain, found, signal);
  const { content } = segmented;
  const contentKey = digestOf(canonicalContentKey(content));
  if (obstacles.length > 0 && last?.heldBecause && contentKeyOf(last) === contentKey) {
    await leave(world, row, 'doubt', last.heldBecause, decision, [guard]);
    return;
  }
  const report = renderReport(world.templates, content);
  const file = await putObject(world, report);
  const others = await renderOtherForms(world, wanted.forms, content, last);
  const { inputs, fileOf } = found;
  const request = { content, report, outcome, inputs, fileOf };
  const { made, missing } = await makeCompanions(
    { ...world, companions: { ...world.companions, ...segmented.makers } },
    wanted.companions,
    request,
    signal,
  );
  const isUnwanted = world.destinations.size > 0 && wanted.sr.length + made.length === 0;
  const because = [...missing.flatMap(missingReason), ...(isUnwanted ? unwantedReason(outcome) : [])];
  const added: ReportRow = {
    ...rowOf(report, file),
    inputs: found.inputsDigest,
    result: {
      score: evaluation.score,
      findings: evaluation.findings,
      decision,
      patient: identityOf(row),
      contentKey,
      // A held case is no time point of the patient's course.
      ...(obstacles.length === 0 && { point: evaluation.point }),
      missing: because,
    },
    ContentDate: completed.date,
    kind: 'sr',
    language: content.language,
    companionOf: null,
    heldBecause: obstacles.length > 0 ? [...obstacles, ...because] : null,
  };
  const event = obstacles.length > 0 ? 'doubt' : 'scored';
  const isLeft = await leave(world, row, event, added.heldBecause ?? because, decision, [
    guard,
    ...world.reports.adding(added, wanted.sr),
    ...others.map((form) => world.renditions.adding(added.SOPInstanceUID, form)),
    ...made.flatMap((each) =>
      world.reports.adding(companionRow(each, added), each.wish.destinations, StudyInstanceUID),
    ),
    ...missing.map((each) => tellMissing(world, StudyInstanceUID, each)),
  ]);
  // An object of the patient arrived while it was scored: nothing of this score is kept or sent, and the case is looked at
  // again when that study is here.
  if (!isLeft) return;
  for (const { wish, fault } of missing)
    world.log.warn('companion.failed', { StudyInstanceUID, kind: wish.kind, code: fault.code });
  const category = obstacles.length > 0 ? 'notEvaluable' : (evaluation.score.category ?? 'deltaOnly');
  world.log.info('case.reported', { StudyInstanceUID, category });
  await wakeDeliveries(world, report, wanted, made);
  if (obstacles.length > 0) return;
  world.meter.scored(category);
  await world.queue.put({ kind: 'assess', key: StudyInstanceUID });
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

const rowOf = ({ bytes, ...identity }: RenderedReport, file: string) => ({
  ...identity,
  file,
  digest: digestOf(bytes),
});

/** It is of the report's patient, and ends with the report. */
const companionRow = ({ wish, object, file }: MadeCompanion, report: ReportRow): ReportRow => {
  const { patient, missing } = report.result as Readonly<{ patient: unknown; missing: unknown }>;
  return {
    ...report,
    ...rowOf(object, file),
    result: { patient, missing },
    kind: wish.kind,
    language: wish.language,
    companionOf: report.SOPInstanceUID,
  };
};

const missingReason = ({ wish: { kind, language }, fault }: MissingCompanion): readonly Reason[] =>
  reason('COMPANION_MISSING', `The report goes out without its ${kind} (${language}): ${fault.code}`);

const unwantedReason = (outcome: Outcome): readonly Reason[] =>
  reason('REPORT_UNWANTED', `No destination is to get a report on this outcome: ${outcome}`);

const tellMissing = (
  { catalogue }: Needs,
  StudyInstanceUID: string,
  { wish: { kind, language, destinations }, fault }: MissingCompanion,
): Statement =>
  catalogue.event(StudyInstanceUID, 'companion.failed', { kind, language, destinations, fault: fault.code });

/** The SR first; what goes beside it is woken by its delivery, and here where no SR goes. */
async function wakeDeliveries(
  { queue }: Needs,
  { SOPInstanceUID }: RenderedReport,
  wanted: Wanted,
  made: readonly MadeCompanion[],
): Promise<void> {
  const keys = wanted.sr.map((destination) => deliveryKey({ SOPInstanceUID, destination }));
  for (const { wish, object } of made) {
    const alone = wish.destinations.filter((name) => !wanted.sr.includes(name));
    keys.push(...alone.map((destination) => deliveryKey({ ...object, destination })));
  }
  for (const key of keys) await queue.put({ kind: 'deliver', key });
}

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
    const srSopClass = classNamed(SOPClassUID);
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

const classNamed = (uid: string): ReportContent['srSopClass'] | undefined =>
  (Object.keys(SR_SOP_CLASSES) as ReportContent['srSopClass'][]).find((name) => SR_SOP_CLASSES[name] === uid);

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
