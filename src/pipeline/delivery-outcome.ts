/** What a try to deliver leaves behind: the row, its event, and the state of the case. */
import {
  type DeliveryRow,
  OPEN_DELIVERY,
  type Reason,
  type ReportObject,
  type ReportRow,
} from '../catalogue/rows.ts';
import type { Fault } from '../fault.ts';
import type { Statement } from '../ports.ts';
import { apply } from '../study/lifecycle.ts';
import { leftNothing, mayHaveSince } from './holders.ts';
import { eachOnce } from './reason.ts';
import type { World } from './world.ts';

type Needs = Pick<World, 'catalogue' | 'reports' | 'clock' | 'log' | 'meter' | 'delivery' | 'whyAway'>;

/**
 * The try has failed: it is made again after a growing pause, or given up. What a peer refuses, and what it takes without
 * confirming it, is given up sooner than a peer that cannot be reached. `row` is as it was before the try;
 * false, and nothing is recorded, when it is otherwise by now.
 */
export async function recordFailure(
  world: Needs,
  row: DeliveryRow,
  fault: Fault,
  also: readonly Statement[] = [],
  milliseconds?: number,
): Promise<boolean> {
  const isUnconfirmed = fault.code === 'PEER_UNCONFIRMED';
  // The sending itself was counted when the peer took it.
  const attempts = row.attempts + (isUnconfirmed ? 0 : 1);
  const refusals = row.refusals + (fault.disposition === 'retry' && !isUnconfirmed ? 0 : 1);
  const hasGivenUp = attempts >= world.delivery.maxAttempts || refusals >= world.delivery.maxRefusals;
  const { firstPauseSeconds, maxPauseSeconds } = world.delivery;
  const pauseSeconds = Math.min(maxPauseSeconds, firstPauseSeconds * 2 ** Math.min(row.attempts, 20));
  const now = world.clock();
  const outcome = { fault: fault.code, comment: fault.detail };
  const failed: DeliveryRow = {
    ...row,
    ...outcome,
    begunAt: leftNothing(outcome) ? mayHaveSince(row, now) : (row.begunAt ?? now),
    state: hasGivenUp ? 'gaveUp' : 'waiting',
    attempts,
    refusals,
    nextAttemptAt: new Date(now.getTime() + pauseSeconds * 1000),
  };
  if (!(await world.reports.setDelivery(failed, [...also, tell(world, failed, { milliseconds })], row)))
    return false;
  world.meter.delivered(row.destination, hasGivenUp ? 'gaveUp' : 'retry');
  world.log.warn('delivery.failed', { destination: row.destination, code: fault.code, attempts, hasGivenUp });
  return true;
}

/** The peer takes no objects of that SOP class, and nobody asked for them by name: the delivery is over, and no failure. False as above. */
export async function recordNotTaken(
  world: Needs,
  row: DeliveryRow,
  report: ReportRow,
  fault: Fault,
  milliseconds?: number,
): Promise<boolean> {
  const ended: DeliveryRow = {
    ...row,
    state: 'notTaken',
    attempts: row.attempts + 1,
    fault: fault.code,
    comment: fault.detail,
    begunAt: mayHaveSince(row, world.clock()),
  };
  const story = [tell(world, ended, { sent: report, milliseconds })];
  if (!(await world.reports.setDelivery(ended, story, row))) return false;
  world.meter.delivered(row.destination, 'notTaken');
  return true;
}

/** What did not go out with the report, and why: it stands with the case as long as the report is its newest. */
export const missingOf = ({ result }: Pick<ReportRow, 'result'>): readonly Reason[] =>
  (result as { missing?: readonly Reason[] }).missing ?? [];

/** The same of the report beside which an object goes, or that it is, as it stands now. */
export async function missingNow(
  { reports }: Pick<Needs, 'reports'>,
  { SOPInstanceUID, companionOf }: Pick<ReportRow, 'SOPInstanceUID' | 'companionOf'>,
): Promise<readonly Reason[]> {
  const report = await reports.report(companionOf ?? SOPInstanceUID);
  return report ? missingOf(report) : [];
}

/** `sent`: the object that was handed over, or refused for its class; `milliseconds`: how long the try took. */
export const tell = (
  { catalogue }: Pick<Needs, 'catalogue'>,
  row: DeliveryRow,
  { sent, milliseconds }: Readonly<{ sent?: ReportObject; milliseconds?: number | undefined }> = {},
) =>
  catalogue.event(row.StudyInstanceUID, `delivery.${row.state}`, {
    destination: row.destination,
    attempts: row.attempts,
    status: row.status,
    comment: row.comment,
    fault: row.fault,
    warning: row.warning,
    SOPInstanceUID: sent?.SOPInstanceUID ?? row.SOPInstanceUID,
    ...(sent && { SOPClassUID: sent.SOPClassUID }),
    ...(milliseconds !== undefined && { milliseconds: Math.round(milliseconds) }),
  });

/**
 * The case follows the deliveries of its newest report and of what goes beside it: all taken, or one given up, or still under
 * way, as it is while something is still to be made. It does not wait for nodes to which nothing goes out now, and says so. A held
 * case follows nothing.
 */
export async function settleCase(
  world: Pick<Needs, 'catalogue' | 'reports' | 'whyAway'>,
  StudyInstanceUID: string,
): Promise<void> {
  const newest = (await world.reports.of(StudyInstanceUID)).at(-1);
  if (!newest) return;
  const objects = [newest, ...(await world.reports.companionsOf(newest.SOPInstanceUID))];
  const kinds = new Map(objects.map(({ SOPInstanceUID, kind }) => [SOPInstanceUID, kind]));
  const all = await world.reports.deliveriesOf(StudyInstanceUID);
  const deliveries = all.filter(({ SOPInstanceUID }) => kinds.has(SOPInstanceUID));
  // Without a destination nothing was delivered: the case stays reported.
  if (deliveries.length === 0) return;
  const open = deliveries.filter(({ state }) => OPEN_DELIVERY.has(state));
  const away = open.flatMap((row) => awayReason(row, world.whyAway(row.destination)));
  if (away.length < open.length) return;
  const reasons = [...missingOf(newest), ...eachOnce(away)];
  const gaveUp = deliveries
    .filter(({ state }) => state === 'gaveUp')
    .sort(
      (a, b) => Number(kinds.get(b.SOPInstanceUID) === 'sr') - Number(kinds.get(a.SOPInstanceUID) === 'sr'),
    )
    .at(0);
  if (gaveUp) {
    const kind = kinds.get(gaveUp.SOPInstanceUID);
    const what = kind === 'sr' ? '' : `${kind}: `;
    const text = `${gaveUp.destination}: ${what}${gaveUp.comment}`;
    const because = { code: gaveUp.fault ?? 'PEER_REFUSED', text };
    await moveCase(world, StudyInstanceUID, 'deliveryGaveUp', [because, ...reasons]);
  } else if (newest.due === null) {
    const event = away.length < deliveries.length ? 'allDelivered' : 'nodesAway';
    await moveCase(world, StudyInstanceUID, event, reasons);
  }
}

const awayReason = ({ destination, state }: DeliveryRow, why: Fault | undefined): Reason[] =>
  why ? [{ code: why.code, text: `${destination}: ${awayText(state, why)}` }] : [];

/** What a delivery waits for whose node is away. */
export const awayText = (state: DeliveryRow['state'], { detail }: Fault): string =>
  state === 'taken' ? `taken and not confirmed: ${detail}` : `waits: ${detail}`;

/** False: the event means nothing in the state of the case. A patient who was retired has no case any more that could move. */
export async function moveCase(
  { catalogue }: Pick<Needs, 'catalogue'>,
  StudyInstanceUID: string,
  event: 'deliveryStarted' | 'allDelivered' | 'deliveryGaveUp' | 'nodesAway',
  reasons: readonly Reason[] = [],
): Promise<boolean> {
  const study = await catalogue.study(StudyInstanceUID);
  if (!study) return true;
  const state = apply(study.state, event);
  if (!state) return false;
  if (state !== study.state) return catalogue.move(study, { state, reasons });
  if (JSON.stringify(reasons) === JSON.stringify(study.reasons)) return true;
  const told = catalogue.event(StudyInstanceUID, 'delivery.reasons', { reasons });
  return catalogue.move(study, { state, reasons }, [told]);
}
