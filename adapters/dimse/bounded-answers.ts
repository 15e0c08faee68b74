/**
 * What a node that we called may send: whole and lawful PDUs, and answers that end. The library would put together what it is
 * announced, whatever its length, copying all of it again at each chunk, and keep a data set until its last fragment.
 */
import { Fault } from '../../src/fault.ts';
import type { ClientNetwork } from './client-network.ts';
import { COMMAND } from './command-set.ts';
import { MessageGate } from './message-gate.ts';
import { ABORT_PDU, MAX_PDU_LENGTH, PDU, PduFramer, type Violation } from './pdu.ts';

/** Of all data sets of an association that are kept in memory: answers to C-FIND, lists of objects. Objects themselves go to the disk. */
const MAX_ANSWER_BYTES = 64 * 1024 * 1024;

/** Takes what comes in, in chunks, and hands on each whole PDU that is lawful. The function answers what ends the association. */
export function boundedAnswers(onPdu: (pdu: Buffer) => void): (chunk: Buffer) => Violation | undefined {
  let answerBytes = 0;
  let isObject = false;
  const gate: MessageGate = new MessageGate({
    // The library looks the context up.
    isAccepted: () => true,
    onCommand: ({ command }) => {
      isObject = command.CommandField === COMMAND.cStore;
      // As many answers may follow each other as the peer has: none of them waits for a word of ours.
      if (!command.hasDataset) gate.answered();
      return undefined;
    },
    onDataset: (fragment) => {
      if (!isObject) answerBytes += fragment.length;
    },
    onDatasetEnd: () => gate.answered(),
  });
  const framer: PduFramer = new PduFramer(
    MAX_PDU_LENGTH,
    (pdu) => {
      if (pdu[0] === PDU.associateAc) framer.state = 'associated';
      const violation = pdu[0] === PDU.data ? gate.take(pdu) : undefined;
      if (violation !== undefined) return violation;
      if (answerBytes > MAX_ANSWER_BYTES) return 'answers without an end';
      onPdu(pdu);
      return undefined;
    },
    'acceptor',
  );
  return (chunk) => framer.push(chunk);
}

/** Stands between the connection and the library. `refuse` is called once, with PEER_PROTOCOL, when the association is given up. */
export function boundAnswers({ socket }: ClientNetwork, refuse: (fault: Fault) => void): void {
  const toLibrary = socket.listeners('data') as ((pdu: Buffer) => void)[];
  socket.removeAllListeners('data');
  const take = boundedAnswers((pdu) => {
    for (const each of toLibrary) each.call(socket, pdu);
  });
  let isRefused = false;
  socket.on('data', (chunk: Buffer) => {
    if (isRefused) return;
    const violation = take(chunk);
    if (violation === undefined) return;
    isRefused = true;
    socket.write(ABORT_PDU);
    refuse(new Fault('PEER_PROTOCOL', violation));
  });
}
