/** What goes beside a report is made after it; also what a crash kept from being made, of the same numbers, or the case says that it is missing. */
import type { ReportRow, StudyRow } from '../catalogue/rows.ts';
import { digestOf } from '../dicom/uid.ts';
import { asFault, Fault } from '../fault.ts';
import type { Job } from '../ports.ts';
import { canonicalContentKey } from '../sr/identity.ts';
import type { ReportContent } from '../sr/report.ts';
import { apply } from '../study/lifecycle.ts';
import { judgeCase } from './assess.ts';
import type { BesideRequest } from './companion-maker.ts';
import { obstaclesTo, outcomeOf } from './evaluate.ts';
import { historyOf } from './history.ts';
import { besideOneByOne, makeDue, settleDue } from './make-beside.ts';
import { measureAndEvaluate } from './measure-case.ts';
import { type PatientStudies, patientStudies } from './patient-studies.ts';
import { saysNothing } from './says-nothing.ts';
import type { World } from './world.ts';

/**
 * Makes what is due beside the newest report of a case that stands reported, of what scoring has found, or else found again. Nothing
 * waits for ever: when the case is another one
 * now, or its objects are gone, nothing is due any more, with the reason.
 */
export const finishBeside = (world: World, { key }: Job, signal: AbortSignal): Promise<void> =>
  besideOneByOne(world, key, () => finish(world, key, signal));

async function finish(world: World, StudyInstanceUID: string, signal: AbortSignal): Promise<void> {
  const [report, predecessor] = (await world.reports.of(StudyInstanceUID)).reverse();
  const row = await world.catalogue.study(StudyInstanceUID);
  const kept = world.besideRequests.get(StudyInstanceUID);
  world.besideRequests.delete(StudyInstanceUID);
  if (!report?.due || !row || !apply(row.state, 'deliveryStarted')) return;
  if (kept && kept.report.SOPInstanceUID === report.SOPInstanceUID) return makeDue(world, kept, signal);
  const studies = await patientStudies(world, row.PatientID);
  // What arrives may be the baseline, opened again: a later sweep looks.
  if (studies.isArriving) return;
  let request: BesideRequest;
  try {
    request = await requestAgain(world, row, { report, predecessor }, studies, signal);
  } catch (thrown) {
    if (signal.aborted || saysNothing(thrown)) throw thrown;
    const fault = asFault(thrown);
    const missing = report.due.map((wish) => ({ wish, fault }));
    await settleDue(world, report, { made: [], missing });
    return;
  }
  await makeDue(world, request, signal);
}

type Made = Readonly<{ report: ReportRow; predecessor: ReportRow | undefined }>;

/** What the report was made of. Faults: REPORT_CHANGED when it would say something else now, and those of measuring. */
async function requestAgain(
  world: World,
  row: StudyRow,
  { report, predecessor }: Made,
  studies: PatientStudies,
  signal: AbortSignal,
): Promise<BesideRequest> {
  const judgement = await judgeCase(world, row, studies);
  if (judgement?.event !== 'inputsFound')
    throw new Fault('REPORT_CHANGED', 'its inputs are not here any more');
  const { inputs } = judgement;
  const history = await historyOf(world, inputs, studies);
  const evaluation = await measureAndEvaluate(world, row, inputs, { studies, history }, signal);
  const { completed, contentKey } = report.result as Readonly<{
    completed: ReportContent['completed'];
    contentKey: string;
  }>;
  const content = { ...evaluation.content, completed, supersedes: predecessor ? [predecessor] : [] };
  if (digestOf(canonicalContentKey(content)) !== contentKey) throw new Fault('REPORT_CHANGED');
  return {
    content,
    report,
    renditions: await world.renditions.of(report.SOPInstanceUID),
    outcome: outcomeOf(evaluation, obstaclesTo(evaluation)),
    inputs,
    fileOf: (uid) => world.files.absolute(studies.fileOf(uid)),
  };
}
