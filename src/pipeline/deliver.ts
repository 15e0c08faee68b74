import type { DeliveryRow, ReportRow } from '../catalogue/rows.ts';
import { asFault, type Fault } from '../fault.ts';
import type { Destination, Job } from '../ports.ts';
import { apply } from '../study/lifecycle.ts';
import type { World } from './world.ts';

type Needs = Pick<
  World,
  | 'catalogue'
  | 'reports'
  | 'files'
  | 'destinations'
  | 'clock'
  | 'log'
  | 'meter'
  | 'delivery'
  | 'queue'
  | 'slots'
>;

/** The key of a delivery's job. UIDs hold no space. */
export const deliveryKey = (row: Pick<DeliveryRow, 'SOPInstanceUID' | 'destination'>): string =>
  `${row.SOPInstanceUID} ${row.destination}`;

/**
 * One try to hand one report to one destination. The peer's own answer is kept. Success moves the case on; a failure
 * sets the time of the next try, or gives up: an unreachable peer after many tries, a refusal after a few.
 */
export async function deliver(world: Needs, job: Job, signal: AbortSignal): Promise<void> {
  const [SOPInstanceUID = '', destinationName = ''] = splitKey(job.key);
  const row = await world.reports.delivery(SOPInstanceUID, destinationName);
  const report = await world.reports.report(SOPInstanceUID);
  if (!row || !report || row.state !== 'waiting') return;
  if (row.nextAttemptAt > world.clock()) return;
  const destination = world.destinations.get(destinationName);
  if (!destination || !(await mayBeSent(world, row))) return;
  const free = world.slots.take(destinationName);
  if (!free) return;
  try {
    await send(world, row, report, destination, signal);
  } finally {
    free();
  }
  await putDue(world, destinationName);
}

/** More than there are slots, so that none is idle; few, so that a peer that hangs does not fill the queue. */
const MOST_DUE = 4;

/** Wakes the deliveries to one destination that have been due longest. */
export async function putDue(
  { reports, queue, clock }: Pick<Needs, 'reports' | 'queue' | 'clock'>,
  destination: string,
): Promise<void> {
  for (const row of await reports.deliveriesDue(clock(), destination, MOST_DUE)) {
    await queue.put({ kind: 'deliver', key: deliveryKey(row) });
  }
}

/** A case that is held or open again sends nothing, and a report that has a successor is not sent any more. */
async function mayBeSent(world: Needs, row: DeliveryRow): Promise<boolean> {
  const study = await world.catalogue.study(row.StudyInstanceUID);
  if (!study || !apply(study.state, 'deliveryStarted')) return false;
  const newest = (await world.reports.of(row.StudyInstanceUID)).at(-1);
  if (newest?.SOPInstanceUID === row.SOPInstanceUID) return true;
  const superseded: DeliveryRow = { ...row, state: 'superseded' };
  await world.reports.setDelivery(superseded, [tell(world, superseded)]);
  await settleCase(world, row.StudyInstanceUID);
  return false;
}

async function send(
  world: Needs,
  row: DeliveryRow,
  report: ReportRow,
  destination: Destination,
  signal: AbortSignal,
): Promise<void> {
  if (!(await moveCase(world, row.StudyInstanceUID, 'deliveryStarted'))) return;
  try {
    const answer = await destination.send(world.files.absolute(report.file), signal);
    const done: DeliveryRow = {
      ...row,
      state: 'delivered',
      attempts: row.attempts + 1,
      status: answer.status,
      comment: answer.comment ?? null,
      warning: answer.warning,
      fault: null,
    };
    await world.reports.setDelivery(done, [tell(world, done)]);
    world.meter.delivered(destination.name, 'delivered');
  } catch (thrown) {
    if (signal.aborted) throw thrown;
    await recordFailure(world, row, asFault(thrown));
  }
  await settleCase(world, row.StudyInstanceUID);
}

function splitKey(key: string): [string, string] {
  const space = key.indexOf(' ');
  return [key.slice(0, space), key.slice(space + 1)];
}

async function recordFailure(world: Needs, row: DeliveryRow, fault: Fault): Promise<void> {
  const attempts = row.attempts + 1;
  const refusals = row.refusals + (fault.disposition === 'retry' ? 0 : 1);
  const hasGivenUp = attempts >= world.delivery.maxAttempts || refusals >= world.delivery.maxRefusals;
  const { firstPauseSeconds, maxPauseSeconds } = world.delivery;
  const pauseSeconds = Math.min(maxPauseSeconds, firstPauseSeconds * 2 ** Math.min(row.attempts, 20));
  const failed: DeliveryRow = {
    ...row,
    state: hasGivenUp ? 'gaveUp' : 'waiting',
    attempts,
    refusals,
    nextAttemptAt: new Date(world.clock().getTime() + pauseSeconds * 1000),
    fault: fault.code,
    comment: fault.detail,
  };
  await world.reports.setDelivery(failed, [tell(world, failed)]);
  world.meter.delivered(row.destination, hasGivenUp ? 'gaveUp' : 'retry');
  world.log.warn('delivery.failed', { destination: row.destination, code: fault.code, attempts, hasGivenUp });
}

const tell = ({ catalogue }: Needs, row: DeliveryRow) =>
  catalogue.event(row.StudyInstanceUID, `delivery.${row.state}`, {
    destination: row.destination,
    attempts: row.attempts,
    status: row.status,
    comment: row.comment,
    fault: row.fault,
    warning: row.warning,
  });

/** The case follows the deliveries of its newest report: all taken, or one given up, or still under way. */
export async function settleCase(
  world: Pick<Needs, 'catalogue' | 'reports'>,
  StudyInstanceUID: string,
): Promise<void> {
  const newest = (await world.reports.of(StudyInstanceUID)).at(-1);
  const all = await world.reports.deliveriesOf(StudyInstanceUID);
  const deliveries = all.filter(({ SOPInstanceUID }) => SOPInstanceUID === newest?.SOPInstanceUID);
  // Without a destination nothing was delivered: the case stays reported.
  if (deliveries.length === 0 || deliveries.some(({ state }) => state === 'waiting')) return;
  const gaveUp = deliveries.find(({ state }) => state === 'gaveUp');
  await moveCase(world, StudyInstanceUID, gaveUp ? 'deliveryGaveUp' : 'allDelivered', gaveUp);
}

async function moveCase(
  { catalogue }: Pick<Needs, 'catalogue'>,
  StudyInstanceUID: string,
  event: 'deliveryStarted' | 'allDelivered' | 'deliveryGaveUp',
  gaveUp?: DeliveryRow,
): Promise<boolean> {
  const study = await catalogue.study(StudyInstanceUID);
  const state = study && apply(study.state, event);
  if (!study || !state) return false;
  if (state === study.state) return true;
  const reasons = gaveUp
    ? [{ code: gaveUp.fault ?? 'PEER_REFUSED', text: `${gaveUp.destination}: ${gaveUp.comment}` }]
    : [];
  return catalogue.move(study, { state, reasons });
}
