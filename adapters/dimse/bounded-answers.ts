/**
 * What a node that we called may send: whole and lawful PDUs, and answers of bounded size. The library would put together what it is
 * announced, whatever its length, copying all of it again at each chunk, and keep a data set until its last fragment. How many answers
 * without a data set come is bounded by the deadline of the exchange alone.
 */
import { Fault } from '../../src/fault.ts';
import { abort } from './abort.ts';
import type { ClientNetwork } from './client-network.ts';
import { isRequest } from './command-set.ts';
import { MessageGate } from './message-gate.ts';
import { MAX_PDU_LENGTH, PDU, PduFramer, type Violation } from './pdu.ts';

/** Of one data set that is parsed: an answer to C-FIND, a list of objects. A hostile one of this size takes a third of a second. */
const MAX_ANSWER_BYTES = 512 * 1024;
/** Of all of an association. */
const MAX_ANSWERS_BYTES = 16 * 1024 * 1024;

/** `serves`: the command that the node may ask of us on our own association; its objects go to the disk, or are answers, too. */
export type Serves = Readonly<{ command: number; isObject: boolean }>;

/** Takes what comes in, in chunks, and hands on each whole PDU that is lawful. The function answers what ends the association. */
export function boundedAnswers(
  onPdu: (pdu: Buffer) => void,
  serves?: Serves,
): (chunk: Buffer) => Violation | undefined {
  let [answerBytes, answersBytes] = [0, 0];
  let isObject = false;
  const gate: MessageGate = new MessageGate({
    // The library looks the context up.
    isAccepted: () => true,
    onCommand: ({ command }) => {
      const isServed = command.CommandField === serves?.command;
      if (isRequest(command) && !isServed) return 'unexpected request';
      isObject = isServed && serves.isObject;
      answerBytes = 0;
      if (!command.hasDataset) gate.answered();
      return undefined;
    },
    onDataset: (fragment) => {
      if (isObject) return;
      answerBytes += fragment.length;
      answersBytes += fragment.length;
    },
    onDatasetEnd: () => gate.answered(),
  });
  const framer: PduFramer = new PduFramer(
    MAX_PDU_LENGTH,
    (pdu) => {
      if (pdu[0] === PDU.associateAc) framer.state = 'associated';
      const violation = pdu[0] === PDU.data ? gate.take(pdu) : undefined;
      if (violation !== undefined) return violation;
      if (answerBytes > MAX_ANSWER_BYTES || answersBytes > MAX_ANSWERS_BYTES) return 'answers without an end';
      onPdu(pdu);
      return undefined;
    },
    'acceptor',
  );
  return (chunk) => framer.push(chunk);
}

export type BoundAnswers = Readonly<{
  /** Nothing more is handed on, nor read, until `until` settles: the library takes one message after the other. */
  hold(until: Promise<unknown>): void;
}>;

/** Stands between the connection and the library. `refuse` is called once, with PEER_PROTOCOL, when the association is aborted. */
export function boundAnswers(
  { socket }: ClientNetwork,
  serves: Serves | undefined,
  refuse: (fault: Fault) => void,
): BoundAnswers {
  const toLibrary = socket.listeners('data') as ((pdu: Buffer) => void)[];
  socket.removeAllListeners('data');
  const waiting: Buffer[] = [];
  let holds = 0;
  const handOn = (pdu: Buffer): void => {
    if (holds > 0) waiting.push(pdu);
    else for (const each of toLibrary) each.call(socket, pdu);
  };
  const release = (): void => {
    holds -= 1;
    while (holds === 0 && waiting.length > 0) handOn(waiting.shift() as Buffer);
    if (holds === 0) socket.resume();
  };
  const take = boundedAnswers(handOn, serves);
  let isRefused = false;
  socket.on('data', (chunk: Buffer) => {
    if (isRefused) return;
    // Who waits for the disk resumes it as well.
    if (holds > 0) socket.pause();
    const violation = take(chunk);
    if (violation === undefined) return;
    isRefused = true;
    abort(socket);
    refuse(new Fault('PEER_PROTOCOL', violation));
  });
  return {
    hold: (until) => {
      holds += 1;
      socket.pause();
      until.then(release, release);
    },
  };
}
