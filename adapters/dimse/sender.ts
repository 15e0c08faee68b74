/** C-STORE of many files to a node over one association. */
import { Fault } from '../../src/fault.ts';
import type { Node } from '../../src/ports.ts';
import { boundAnswers } from './bounded-answers.ts';
import {
  type Association,
  connectionFault,
  connectOptions,
  isAccepted,
  networkOf,
  type PresentationContext,
  proposeExactly,
} from './client-network.ts';
import { library } from './library.ts';
import { RawDataset, type RawInstance, rawInstance } from './raw-dataset.ts';

export type SendOptions = Readonly<{
  callingAeTitle: string;
  signal?: AbortSignal | undefined;
  /** without an answer for so long the association is given up */
  silenceSeconds?: number | undefined;
  /** called after each answer */
  onAnswer?: ((answered: number, of: number) => void) | undefined;
}>;

/** `status` is the peer's DIMSE status; null: it never answered, or accepted no such presentation context. */
export type SentFile = Readonly<{ SOPInstanceUID: string; status: number | null; comment: string }>;

/** Long enough for a PACS that writes to tape, short enough to notice a dead one within a coffee. */
const SILENCE_SECONDS = 60;

/**
 * Sends Part 10 files over one association, one C-STORE after the other, in the order given; one result a file.
 *
 * One presentation context for each pair of SOP class and transfer syntax: the peer cannot choose an encoding that
 * the bytes do not have. Throws PEER_UNREACHABLE, PEER_REJECTED, PEER_PROTOCOL or PEER_TIMEOUT when no association
 * came about, the last two also when the peer breaks the rules or falls silent later; an association that breaks later
 * leaves `status` null in the files that were not answered. DICOM_UNPARSABLE: one of the files is none.
 */
export async function sendFiles(
  node: Node,
  files: readonly Uint8Array[],
  options: SendOptions,
): Promise<SentFile[]> {
  if (files.length === 0) return [];
  if (options.signal?.aborted) throw new Fault('PEER_TIMEOUT', 'called off');
  const instances = files.map(rawInstance);
  const results = instances.map(
    ({ SOPInstanceUID }): SentFile => ({ SOPInstanceUID, status: null, comment: '' }),
  );
  let answered = 0;
  await converse(node, instances, options, (index, response) => {
    const SOPInstanceUID = instances[index]?.SOPInstanceUID ?? '';
    results[index] = {
      SOPInstanceUID,
      status: response.getStatus(),
      comment: response.getErrorComment() ?? '',
    };
    answered += 1;
    options.onAnswer?.(answered, files.length);
  });
  return results;
}

type Response = Readonly<{ getStatus(): number; getErrorComment(): string | undefined }>;

function converse(
  node: Node,
  instances: readonly RawInstance[],
  { callingAeTitle, signal, silenceSeconds = SILENCE_SECONDS }: SendOptions,
  answer: (index: number, response: Response) => void,
): Promise<void> {
  const { name, host, port, aeTitle } = node;
  if (host === undefined || port === undefined || aeTitle === undefined) {
    throw new Fault('CONFIG_INVALID', `node ${name} has no host, port or aeTitle`);
  }
  const contexts = instances.map(contextOf);
  const requests = instances.map((i) => new library.requests.CStoreRequest(new RawDataset(i)));
  const client = new library.Client();
  for (const request of requests) client.addRequest(request);
  client.send(host, port, callingAeTitle, aeTitle, connectOptions(node, 1000 * silenceSeconds));
  const network = networkOf(client);
  const { socket } = network;
  // Node leaves Nagle's algorithm on: 40 ms an object.
  socket.setNoDelay(true);
  proposeExactly(network, distinct(contexts));

  return new Promise((resolve, reject) => {
    let failure: Fault | undefined = new Fault('PEER_UNREACHABLE');
    let left = requests.length;
    const giveUp = (detail: string): void => {
      failure = new Fault('PEER_TIMEOUT', detail);
      socket.destroy();
    };
    const silence = setTimeout(() => giveUp(`silent for ${silenceSeconds} s`), 1000 * silenceSeconds);
    const callOff = (): void => giveUp('called off');
    signal?.addEventListener('abort', callOff, { once: true });
    boundAnswers(network, undefined, (fault) => {
      if (left > 0) failure = fault;
    });

    for (const [index, request] of requests.entries()) {
      request.on('response', (response: Response) => {
        silence.refresh();
        left -= 1;
        answer(index, response);
      });
    }
    client.on('associationRejected', () => {
      failure = new Fault('PEER_REJECTED');
    });
    client.on('associationAccepted', (association: Association) => {
      failure = undefined;
      silence.refresh();
      // What the peer did not take would be sent in another context of its SOP class, in the wrong encoding.
      client.clearRequests();
      for (const [index, request] of requests.entries()) {
        const context = contexts[index];
        if (context && isAccepted(association, context)) client.addRequest(request);
      }
    });
    client.on('networkError', () => {
      if (failure !== undefined) failure = connectionFault(socket);
      socket.destroy();
    });
    client.on('closed', () => {
      clearTimeout(silence);
      signal?.removeEventListener('abort', callOff);
      if (failure === undefined) resolve();
      else reject(failure);
    });
  });
}

const contextOf = ({ SOPClassUID, TransferSyntaxUID }: RawInstance): PresentationContext => ({
  abstractSyntax: SOPClassUID,
  transferSyntax: TransferSyntaxUID,
});

const distinct = (contexts: readonly PresentationContext[]): PresentationContext[] => [
  ...new Map(contexts.map((c) => [`${c.abstractSyntax} ${c.transferSyntax}`, c])).values(),
];
