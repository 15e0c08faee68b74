/** Whether a peer keeps what it took: storage commitment or read-back, asked until the answer is here or the limit is over. */
import type { ConfirmationRow } from '../catalogue/confirmations.ts';
import type { DeliveryRow, ReportRow } from '../catalogue/rows.ts';
import { asFault, Fault } from '../fault.ts';
import type { CommitmentResult, Destination, Proof } from '../ports.ts';
import { recordFailure, settleCase, tell } from './delivery-outcome.ts';
import { mayHaveSince } from './holders.ts';
import type { World } from './world.ts';

export type ConfirmNeeds = Pick<
  World,
  | 'catalogue'
  | 'reports'
  | 'renditions'
  | 'confirmations'
  | 'clock'
  | 'log'
  | 'meter'
  | 'delivery'
  | 'whyAway'
>;

/**
 * One look at a delivery that was taken: asks the peer, or notes that it did not confirm in time. An unconfirmed report is
 * sent again, which does no harm: it has the same UID.
 */
export async function prove(
  world: ConfirmNeeds,
  row: DeliveryRow,
  report: ReportRow,
  destination: Destination,
  signal: AbortSignal,
): Promise<void> {
  const proof = await world.confirmations.last(row);
  // The setting was taken back meanwhile: the peer's own success is all there is.
  if (!proof || !destination.prove) return confirmed(world, row, undefined);
  if (world.clock() >= proof.limitAt) {
    if (isAway(proof)) return sendAgain(world, row);
    const why = proof.kind ? `no ${NAME[proof.kind]} within the limit` : 'it could not be asked in time';
    return unconfirmed(world, row, proof, why);
  }
  // The answer comes by itself; the row is due again at the limit.
  if (proof.kind === 'commitment') return world.reports.postponeTaken(row, proof.limitAt);
  try {
    const { TransactionUID } = proof;
    const sent = (await world.renditions.sentAs(row)) ?? report;
    const answer = await destination.prove({ ...sent, TransactionUID }, signal);
    await takeAnswer(world, row, proof, answer);
  } catch (thrown) {
    if (signal.aborted) throw thrown;
    const fault = asFault(thrown);
    if (fault.disposition !== 'retry') return unconfirmed(world, row, proof, fault.message);
    await askAgain(world, row, proof);
  }
}

/** The time ran out while the node could not be asked: the report is sent again, and no try has failed. */
async function sendAgain(world: ConfirmNeeds, row: DeliveryRow): Promise<void> {
  const now = world.clock();
  const again: DeliveryRow = {
    ...row,
    state: 'waiting',
    nextAttemptAt: now,
    begunAt: mayHaveSince(row, now),
  };
  await world.reports.setDelivery(again, [tell(world, again)]);
}

const isAway = ({ fault }: ConfirmationRow): boolean => fault === 'NODE_UNKNOWN' || fault === 'NODE_OFF';

/** Notes, once, which proofs wait for a node that cannot be asked now. */
export async function noteAway({
  confirmations,
  whyAway,
}: Pick<World, 'confirmations' | 'whyAway'>): Promise<void> {
  for (const destination of await confirmations.awaitedFrom()) {
    const why = whyAway(destination);
    if (why) await confirmations.away(destination, why.code, why.detail);
  }
}

const NAME = { commitment: 'storage commitment', readBack: 'read-back' } as const;

async function takeAnswer(
  world: ConfirmNeeds,
  row: DeliveryRow,
  proof: ConfirmationRow,
  answer: Proof,
): Promise<void> {
  if (answer.kind === 'notOffered') return confirmed(world, row, undefined);
  await world.confirmations.asked(proof.TransactionUID, answer.kind);
  if (answer.kind === 'readBack') {
    return answer.isFound
      ? confirmed(world, row, { ...proof, kind: 'readBack' })
      : askAgain(world, row, proof);
  }
  // On an association of its own the result may have come already: only a row that still waits is postponed.
  await world.reports.postponeTaken(row, proof.limitAt);
  if (answer.result) await takeCommitment(world, answer.result);
}

/** Peers index what they took a little later: asked again after a pause, until the limit. */
async function askAgain(world: ConfirmNeeds, row: DeliveryRow, proof: ConfirmationRow): Promise<void> {
  const { firstPauseSeconds, maxPauseSeconds } = world.delivery;
  const elapsedMs = world.clock().getTime() - proof.sentAt.getTime();
  const pauseMs = Math.min(1000 * maxPauseSeconds, Math.max(1000 * firstPauseSeconds, elapsedMs));
  const at = Math.min(world.clock().getTime() + pauseMs, proof.limitAt.getTime());
  await world.reports.postponeTaken(row, new Date(at));
}

/**
 * The result of a storage commitment that was asked for, on whatever association it came. One that names a transaction we
 * do not know is not ours, and is dropped, as is one that somebody else brings than the destination that was asked (`isFrom`; on the
 * association on which it was asked nobody else can); a second one of the same transaction changes nothing.
 */
export async function takeCommitment(
  world: ConfirmNeeds,
  { TransactionUID, committed, failed }: CommitmentResult,
  isFrom: (destination: string) => boolean = () => true,
): Promise<void> {
  const proof = await world.confirmations.of(TransactionUID);
  const row = proof && (await world.reports.delivery(proof.SOPInstanceUID, proof.destination));
  if (!proof || !row) {
    world.log.warn('commitment.unknown', { TransactionUID });
    return;
  }
  const { destination } = row;
  if (!isFrom(destination)) {
    world.log.warn('commitment.disbelieved', { TransactionUID, destination });
    world.meter.disbelieved(destination);
    return;
  }
  if (proof.confirmedAt) return;
  const sent = (await world.renditions.sentAs(row))?.SOPInstanceUID ?? proof.SOPInstanceUID;
  if (committed.includes(sent)) return confirmed(world, row, { ...proof, kind: 'commitment' });
  const failure = failed.find(({ SOPInstanceUID }) => SOPInstanceUID === sent);
  const last = await world.confirmations.last(row);
  // A failure of an older sending says nothing about the newer one.
  if (row.state !== 'taken' || last?.TransactionUID !== TransactionUID) return;
  const reason = failure ? `FailureReason ${hex(failure.FailureReason)}` : 'the result does not name it';
  await unconfirmed(world, row, proof, `storage commitment: ${reason}`);
}

const hex = (value: number): string => `0x${value.toString(16).toUpperCase().padStart(4, '0')}`;

/** `proof` undefined: the peer offers neither way, and its own success is all there is. */
async function confirmed(
  world: ConfirmNeeds,
  row: DeliveryRow,
  proof: ConfirmationRow | undefined,
): Promise<void> {
  const done: DeliveryRow = { ...row, state: 'delivered', fault: null };
  const { SOPInstanceUID, destination } = row;
  await world.reports.setDelivery(done, [
    ...(proof ? [world.confirmations.confirming(proof)] : []),
    world.catalogue.event(row.StudyInstanceUID, proof ? 'delivery.confirmed' : 'delivery.unconfirmable', {
      SOPInstanceUID,
      destination,
      ...(proof && { by: proof.kind }),
    }),
    tell(world, done),
  ]);
  world.meter.delivered(destination, 'delivered');
  await settleCase(world, row.StudyInstanceUID);
}

async function unconfirmed(
  world: ConfirmNeeds,
  row: DeliveryRow,
  { TransactionUID }: ConfirmationRow,
  why: string,
): Promise<void> {
  const fault = new Fault('PEER_UNCONFIRMED', why);
  await recordFailure(world, row, fault, [world.confirmations.failing(TransactionUID, fault.code, why)]);
  await settleCase(world, row.StudyInstanceUID);
}
