/** A case that waits for a mask: annotators get what they need to draw it, once. */
import type { MaskRequestRow } from '../catalogue/mask-requests.ts';
import type { StudyRow } from '../catalogue/rows.ts';
import { canonicalJson, digestOf } from '../dicom/uid.ts';
import { asFault } from '../fault.ts';
import { issuersOf } from '../matching/identity.ts';
import { disqualification } from '../matching/series.ts';
import type { StudySummary } from '../matching/study-summary.ts';
import { enrolmentOf } from '../patients/patient.ts';
import { isTestPatient } from '../patients/test-patient.ts';
import type { Job, Recipient } from '../ports.ts';
import { awaitFiles } from './await-files.ts';
import type { Decision } from './judge.ts';
import { type PatientStudies, patientStudies } from './patient-studies.ts';
import { saysNothing } from './says-nothing.ts';
import { untilTaken } from './until-taken.ts';
import type { World } from './world.ts';

type Needs = Pick<
  World,
  'catalogue' | 'patients' | 'files' | 'enrolment' | 'clock' | 'log' | 'delivery' | 'annotation' | 'pace'
>;

/**
 * Sends CT and masks of both time points of a case that waits for a mask to every annotator that does not have just these
 * objects yet. A failure is tried again with a growing pause as long as the case waits. In quiet hours of the annotator, or over
 * its rate, the request stays due and no try was made; one sending of a case counts as one request to the node.
 */
export async function requestMask(world: Needs, { key }: Job, signal: AbortSignal): Promise<void> {
  const { annotation, catalogue } = world;
  const row = await catalogue.study(key);
  if (!annotation || row?.state !== 'waitingForMask' || isTestPatient(row.PatientID)) return;
  const studies = await patientStudies(world, row.PatientID);
  const issuers = issuersOf(row.PatientID, studies.rows);
  const patient = await world.patients.of(row.PatientID, row.IssuerOfPatientID, issuers);
  if (!enrolmentOf(patient, world.enrolment).isEligible) return;
  const uids = objectsToDraw(row, studies);
  if (uids.length === 0) return;
  const objects = digestOf(canonicalJson(uids.map((uid) => [uid, studies.digestOf(uid)])));
  const files = await Promise.all(uids.map((uid) => world.files.regular(studies.fileOf(uid))));
  for (const annotator of annotation.annotators) {
    const request = await openRequest(world, row, annotator, objects, uids.length);
    if (request?.state !== 'waiting' || request.nextAttemptAt > world.clock()) continue;
    await awaitFiles(world, `request ${key}`, studies.placed(uids), signal);
    if (!(await world.pace.take(annotator.name, world.clock())).mayAsk) continue;
    await send(world, request, annotator, files, signal);
  }
}

/** Of the follow-up and its baseline: the CT series that can be measured, and the masks; in one order. */
function objectsToDraw(row: StudyRow, { known }: PatientStudies): string[] {
  const baseline = (row.decision as Decision | null)?.baseline;
  const summaries = [row.StudyInstanceUID, baseline ?? ''].flatMap((uid) => known.get(uid)?.summary ?? []);
  return [...new Set(summaries.flatMap(objectsOf))].sort();
}

function objectsOf({ ctSeries, masks }: StudySummary): string[] {
  const usable = ctSeries.filter((series) => disqualification(series) === undefined);
  const series = usable.length > 0 ? usable : ctSeries;
  return [
    ...series.flatMap(({ SOPInstanceUIDs }) => SOPInstanceUIDs),
    ...masks.map(({ SOPInstanceUID }) => SOPInstanceUID),
  ];
}

/** The request as it stands after it was opened, when it is new or for other objects than before. */
async function openRequest(
  { annotation, catalogue }: Needs,
  { StudyInstanceUID }: StudyRow,
  { name }: Recipient,
  objects: string,
  count: number,
): Promise<MaskRequestRow | undefined> {
  const find = async () =>
    (await annotation?.requests.of(StudyInstanceUID))?.find(({ annotator }) => annotator === name);
  const before = await find();
  if (before?.objects === objects) return before;
  const event = catalogue.event(StudyInstanceUID, 'mask.requested', { annotator: name, objects: count });
  await annotation?.requests.open(StudyInstanceUID, name, objects, event);
  return find();
}

async function send(
  { annotation, catalogue, clock, delivery, log }: Needs,
  request: MaskRequestRow,
  annotator: Recipient,
  files: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  const { StudyInstanceUID } = request;
  const attempts = request.attempts + 1;
  try {
    await annotator.sendAll(files, signal);
  } catch (thrown) {
    if (signal.aborted || saysNothing(thrown)) throw thrown;
    const { code, detail } = asFault(thrown);
    const pause = Math.min(
      delivery.maxPauseSeconds,
      delivery.firstPauseSeconds * 2 ** Math.min(request.attempts, 20),
    );
    const nextAttemptAt = new Date(clock().getTime() + pause * 1000);
    const told = { annotator: annotator.name, attempts, code, detail };
    const event = catalogue.event(StudyInstanceUID, 'mask.requestFailed', told);
    await annotation?.requests.set({ ...request, attempts, nextAttemptAt, fault: code }, event);
    log.warn('mask.requestFailed', { StudyInstanceUID, ...told });
    return;
  }
  const done: MaskRequestRow = { ...request, state: 'sent', attempts, sentAt: clock(), fault: null };
  const told = { annotator: annotator.name, attempts };
  const event = catalogue.event(StudyInstanceUID, 'mask.requestSent', told);
  await untilTaken(async () => annotation?.requests.set(done, event), signal);
}

/**
 * Puts a job for every case whose request is to be sent (again), unless the annotator may not be asked now. What waits for one
 * annotator, also for one that is no longer configured, keeps no other waiting.
 */
export async function putMaskRequestsDue({
  annotation,
  queue,
  pace,
  clock,
}: Pick<World, 'annotation' | 'queue' | 'pace' | 'clock'>): Promise<void> {
  if (!annotation) return;
  for (const { name } of annotation.annotators) {
    if (!(await pace.mayAskNow(name, clock())).mayAsk) continue;
    for (const key of await annotation.requests.due(name, MOST_DUE))
      await queue.put({ kind: 'request', key });
  }
}
const MOST_DUE = 50;
