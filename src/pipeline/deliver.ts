import { knownMerges } from '../catalogue/merges.ts';
import { isStopped } from '../catalogue/orders.ts';
import {
  type DeliveryRow,
  OPEN_DELIVERY,
  type ReportObject,
  type ReportRow,
  type StudyRow,
} from '../catalogue/rows.ts';
import {
  beginSending,
  endAfterWithdrawal,
  followingWithNote,
  formLeftNothing,
  isUnderWay,
} from '../catalogue/sendings.ts';
import { derivedUid } from '../dicom/uid.ts';
import { asFault, type Fault } from '../fault.ts';
import { mergeOf, type PatientKey } from '../patients/merge-csv.ts';
import { enrolmentOf } from '../patients/patient.ts';
import type { Destination, Job, PeerAnswer, Statement } from '../ports.ts';
import type { Language } from '../sr/language.ts';
import { apply } from '../study/lifecycle.ts';
import { awaitFiles } from './await-files.ts';
import { type ConfirmNeeds, prove } from './confirm.ts';
import { missingNow, moveCase, recordFailure, recordNotTaken, settleCase, tell } from './delivery-outcome.ts';
import { leftNothing } from './holders.ts';
import { saysNothing } from './says-nothing.ts';
import { untilTaken } from './until-taken.ts';
import type { World } from './world.ts';

type Needs = ConfirmNeeds &
  Pick<
    World,
    'files' | 'destinations' | 'queue' | 'slots' | 'pace' | 'renditions' | 'patients' | 'enrolment'
  >;

/** The key of a delivery's job. UIDs hold no space. */
export const deliveryKey = (row: Pick<DeliveryRow, 'SOPInstanceUID' | 'destination'>): string =>
  `${row.SOPInstanceUID} ${row.destination}`;

/**
 * One try to hand one report to one destination, or to have it confirmed. The peer's own answer is kept. Success moves the
 * case on; a failure sets the time of the next try, or gives up: an unreachable peer after many tries, a refusal after a
 * few.
 */
export async function deliver(world: Needs, job: Job, signal: AbortSignal): Promise<void> {
  const [SOPInstanceUID = '', destinationName = ''] = splitKey(job.key);
  const row = await world.reports.delivery(SOPInstanceUID, destinationName);
  const report = await world.reports.report(SOPInstanceUID);
  if (!row || !report || !OPEN_DELIVERY.has(row.state)) return;
  if (row.nextAttemptAt > world.clock()) return;
  const destination = world.destinations.get(destinationName);
  if (!destination || (row.state === 'waiting' && !(await mayBeSent(world, row, report)))) return;
  if (!(await inSlot(world, { row, report, destination }, signal))) return;
  await putDue(world, destinationName);
}

/** False when there was no slot, or the destination may not be asked now: the delivery stays due, and no try was made. */
async function inSlot(
  world: Needs,
  { row, report, destination }: Readonly<{ row: DeliveryRow; report: ReportRow; destination: Destination }>,
  signal: AbortSignal,
): Promise<boolean> {
  await using slot = await world.slots.take(destination.name);
  if (!slot || !(await world.pace.take(destination.name, world.clock())).mayAsk) return false;
  if (row.state === 'taken') await prove(world, row, report, destination, signal);
  else await send(world, row, report, destination, signal);
  return true;
}

/** More than there are slots, so that none is idle; few, so that a peer that hangs does not fill the queue. */
const MOST_DUE = 4;

/** Wakes the deliveries to one destination that have been due longest. */
export async function putDue(
  { reports, queue, clock, pace }: Pick<Needs, 'reports' | 'queue' | 'clock' | 'pace'>,
  destination: string,
): Promise<void> {
  if (!(await pace.mayAskNow(destination, clock())).mayAsk) return;
  for (const row of await reports.deliveriesDue(clock(), destination, MOST_DUE)) {
    await queue.put({ kind: 'deliver', key: deliveryKey(row) });
  }
}

/**
 * A case that is held or open again sends nothing but the report that tells why it is held, and a report that has a successor,
 * or was withdrawn, is not sent any more; what goes beside it shares its fate, and goes after it. A rejection note is always
 * sent, after what it is about. What still waits when its patient is retired is sent, too, unless the patient was merged or
 * opted out since. What is due of a case that a person holds waits until it is released.
 */
async function mayBeSent(world: Needs, row: DeliveryRow, report: ReportRow): Promise<boolean> {
  if (report.kind === 'note') return !(await waitsForItsEnd(world, row));
  // A look that was under way when a person stopped the case may have moved it on; it is looked at again.
  if (await isStopped(world.catalogue.sql, row.StudyInstanceUID)) return false;
  const isWithdrawn = (await world.reports.withdrawalOf(row.SOPInstanceUID)) !== undefined;
  const study = await world.catalogue.study(row.StudyInstanceUID);
  const newest = (await world.reports.of(row.StudyInstanceUID)).at(-1);
  const isNewest = newest?.SOPInstanceUID === (report.companionOf ?? row.SOPInstanceUID);
  const isOfHeld = isNewest && report.heldBecause !== null;
  const mayLeave = !study || isHeldFor(study, report) || (isReported(study) && !isOfHeld);
  if (!isWithdrawn && !mayLeave) return false;
  if (!isWithdrawn && isNewest && (study || (await isStillOfPatient(world, report)))) {
    return !(await isBehindItsReport(world, row, report));
  }
  const ended: DeliveryRow = { ...row, state: isWithdrawn ? 'withdrawn' : 'superseded' };
  await world.reports.setDelivery(ended, [tell(world, ended)], row);
  await settleCase(world, row.StudyInstanceUID);
  return false;
}

/** No try takes longer of which no end is written: its process died. */
const longestTryMs = ({ delivery }: Needs): number => 1000 * Math.max(600, 4 * delivery.timeoutSeconds);
const LOOK_AGAIN_MS = 10_000;

/** A note that comes before what it takes back may take back nothing: it waits, and goes when that try has ended. */
async function waitsForItsEnd(world: Needs, row: DeliveryRow): Promise<boolean> {
  if (!(await isUnderWay(world.reports, row, longestTryMs(world)))) return false;
  const nextAttemptAt = new Date(world.clock().getTime() + LOOK_AGAIN_MS);
  await world.reports.setDelivery({ ...row, nextAttemptAt }, [], row);
  return true;
}

const isReported = ({ state }: StudyRow): boolean => apply(state, 'deliveryStarted') !== undefined;

/** Held for what the report tells, and for nothing else. */
const isHeldFor = ({ state, reasons }: StudyRow, { heldBecause }: ReportRow): boolean =>
  state === 'held' && JSON.stringify(reasons) === JSON.stringify(heldBecause);

/** The SR was not taken by the destination yet, nor given up there. */
async function isBehindItsReport(
  { reports }: Needs,
  { destination }: DeliveryRow,
  { companionOf }: ReportRow,
): Promise<boolean> {
  return companionOf !== null && (await reports.delivery(companionOf, destination))?.state === 'waiting';
}

/** Of a report whose study is not here any more. */
async function isStillOfPatient(
  { catalogue, patients, enrolment }: Pick<Needs, 'catalogue' | 'patients' | 'enrolment'>,
  { result }: ReportRow,
): Promise<boolean> {
  const { patient } = result as { patient?: PatientKey };
  if (!patient) return true;
  if (mergeOf(patient, await knownMerges(catalogue.sql))) return false;
  const record = await patients.of(patient.PatientID, patient.IssuerOfPatientID, []);
  return enrolmentOf(record, enrolment).isEligible;
}

/** Only a report that stands moves its case. */
const movesCase = ({ kind, heldBecause }: ReportRow): boolean => kind !== 'note' && heldBecause === null;

async function send(
  world: Needs,
  row: DeliveryRow,
  report: ReportRow,
  destination: Destination,
  signal: AbortSignal,
): Promise<void> {
  const { StudyInstanceUID } = row;
  if (movesCase(report)) {
    const missing = await missingNow(world, report);
    if (!(await moveCase(world, StudyInstanceUID, 'deliveryStarted', missing))) return;
  }
  const started = performance.now();
  try {
    const taken = await sendForm(world, row, report, destination, signal);
    if (!taken) return settleCase(world, StudyInstanceUID);
    const { answer, sent } = taken;
    const milliseconds = performance.now() - started;
    await recordSent(world, row, { answer, sent, milliseconds, isToBeProven: !!destination.prove }, signal);
  } catch (thrown) {
    if (signal.aborted || saysNothing(thrown)) throw thrown;
    const fault = asFault(thrown);
    const milliseconds = performance.now() - started;
    const isRecorded =
      mayGoWithout(report, destination) && isClassRefused(fault)
        ? await recordNotTaken(world, row, report, fault, milliseconds)
        : await recordFailure(world, row, fault, [], milliseconds);
    if (!isRecorded) await untilTaken(() => endAfterWithdrawal(world.reports, row), signal);
  }
  await settleCase(world, StudyInstanceUID);
}

type Sent = Readonly<{ answer: PeerAnswer; sent: ReportObject; milliseconds: number; isToBeProven: boolean }>;

/** What the peer took is not sent again because it cannot be recorded now: it is recorded as soon as it can be, also of what was withdrawn meanwhile. */
async function recordSent(
  world: Needs,
  row: DeliveryRow,
  { answer, sent, milliseconds, isToBeProven }: Sent,
  signal: AbortSignal,
): Promise<void> {
  const done: DeliveryRow = {
    ...row,
    state: isToBeProven ? 'taken' : 'delivered',
    nextAttemptAt: world.clock(),
    attempts: row.attempts + 1,
    status: answer.status,
    comment: answer.comment ?? null,
    warning: answer.warning,
    fault: null,
    begunAt: row.begunAt ?? world.clock(),
  };
  const story = [
    tell(world, done, { sent, milliseconds }),
    world.renditions.sending(done, sent),
    ...proofOf(world, done),
    followingWithNote(done, world.clock()),
  ];
  await untilTaken(() => world.reports.setDelivery(done, story), signal);
  if (done.state === 'delivered') world.meter.delivered(row.destination, 'delivered');
}

/** Something beside the report that nobody asked this destination to take by name. */
const mayGoWithout = ({ kind }: ReportRow, { areSendsChosen = false }: Destination): boolean =>
  kind === 'seg' || (kind !== 'sr' && kind !== 'note' && !areSendsChosen);

/**
 * Sends the report in the form that the destination prefers, and in the next one when the peer does not take that. A form that
 * is not there (the report is older than the setting) is passed over, a language that is not there at all too; a rejection note,
 * and what goes beside a report, has one form only. Undefined when it must not leave any more.
 */
async function sendForm(
  world: Needs,
  row: DeliveryRow,
  report: ReportRow,
  destination: Destination,
  signal: AbortSignal,
): Promise<Readonly<{ answer: PeerAnswer; sent: ReportObject }> | undefined> {
  const forms = report.kind === 'sr' ? [report, ...(await world.renditions.of(report.SOPInstanceUID))] : [];
  const wanted = formsFor(destination, forms, report.language);
  const inTurn = wanted.length > 0 ? wanted : [report];
  let refusal: unknown;
  for (const sent of inTurn) {
    try {
      const answer = await sendOne(world, row, sent, destination, signal);
      if (answer) return { answer, sent };
      break;
    } catch (thrown) {
      if (signal.aborted || !isFormRefused(asFault(thrown))) throw thrown;
      refusal = thrown;
    }
  }
  if (refusal === undefined) return undefined;
  throw refusal;
}

async function sendOne(
  world: Needs,
  row: DeliveryRow,
  { SOPInstanceUID, file }: ReportObject,
  destination: Destination,
  signal: AbortSignal,
): Promise<PeerAnswer | undefined> {
  await awaitFiles(world, `deliver ${SOPInstanceUID}`, [{ file }], signal);
  const path = await world.files.regular(file);
  const name = await beginSending(world.reports, row, SOPInstanceUID);
  if (name === undefined) return undefined;
  try {
    return await destination.send(path, signal);
  } catch (thrown) {
    const { code, detail } = asFault(thrown);
    if (leftNothing({ fault: code, comment: detail })) await formLeftNothing(world.reports, name);
    throw thrown;
  }
}

/** The forms that a destination takes, the preferred one first: in its language, or all in the report's own. */
function formsFor(
  { srSopClasses = [], language }: Destination,
  forms: readonly ReportObject[],
  own: Language,
): readonly ReportObject[] {
  const inLanguage = (wanted: Language) =>
    srSopClasses.flatMap((uid) =>
      forms.filter((form) => form.SOPClassUID === uid && form.language === wanted),
    );
  const found = inLanguage(language ?? own);
  return found.length > 0 ? found : inLanguage(own);
}

/** The peer takes no objects of the SOP class at all. */
const isClassRefused = ({ code, detail }: Fault): boolean =>
  code === 'PEER_NO_CONTEXT' ||
  (code === 'PEER_REFUSED' && /^(status|HTTP \d{3}, reason) 0x0?122\b/.test(detail));

/** No presentation context; data set does not match (A9xx), cannot understand (Cxxx), SOP class not supported (PS3.4 B.2.3). */
const isFormRefused = ({ code, detail }: Fault): boolean =>
  code === 'PEER_NO_CONTEXT' ||
  (code === 'PEER_REFUSED' && /^(status|HTTP \d{3}, reason) 0x(A9..|C...|0?122)\b/.test(detail));

/** A sending that is to be confirmed waits for its proof under a name of its own. */
function proofOf({ clock, confirmations, delivery }: Needs, row: DeliveryRow): Statement[] {
  if (row.state !== 'taken') return [];
  const TransactionUID = derivedUid(`transaction ${crypto.randomUUID()}`);
  const limitAt = new Date(clock().getTime() + delivery.confirmWithinSeconds * 1000);
  return [confirmations.opening(TransactionUID, row, limitAt)];
}

function splitKey(key: string): [string, string] {
  const space = key.indexOf(' ');
  return [key.slice(0, space), key.slice(space + 1)];
}
