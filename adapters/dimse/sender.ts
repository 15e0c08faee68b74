import type { Socket } from 'node:net';
import { Fault } from '../../src/fault.ts';
import { library } from './library.ts';
import { RawDataset, type RawInstance, rawInstance } from './raw-dataset.ts';

const { Client } = library;
type Association = InstanceType<typeof library.association.Association>;
type Request = InstanceType<typeof library.requests.CStoreRequest>;

/** Where to send, and under which name. */
export type SendTo = Readonly<{ host: string; port: number; calledAeTitle: string; callingAeTitle: string }>;

export type SendOptions = Readonly<{
  signal?: AbortSignal | undefined;
  /** without an answer for so long the association is given up */
  silenceMs?: number | undefined;
  /** called after each answer */
  onAnswer?: ((answered: number, of: number) => void) | undefined;
}>;

/** `status` is the peer's DIMSE status; null: it never answered, or accepted no such presentation context. */
export type SentFile = Readonly<{ SOPInstanceUID: string; status: number | null; comment: string }>;

/** Long enough for a PACS that writes to tape, short enough to notice a dead one within a coffee. */
const SILENCE_MS = 60_000;

/**
 * Sends Part 10 files over one association, one C-STORE after the other, in the order given; one result a file.
 *
 * One presentation context for each pair of SOP class and transfer syntax: the peer cannot choose an encoding that
 * the bytes do not have. Throws PEER_UNREACHABLE, PEER_REJECTED or PEER_TIMEOUT when no association came about;
 * one that breaks later leaves `status` null in the files that were not answered.
 */
export async function sendFiles(
  to: SendTo,
  files: readonly Uint8Array[],
  options: SendOptions = {},
): Promise<SentFile[]> {
  if (files.length === 0) return [];
  const instances = files.map(rawInstance);
  const results: SentFile[] = instances.map(({ SOPInstanceUID }) => ({
    SOPInstanceUID,
    status: null,
    comment: '',
  }));
  const requests = instances.map((instance) => new library.requests.CStoreRequest(new RawDataset(instance)));
  let answered = 0;
  await converse(to, instances, requests, options, (index, response) => {
    const { SOPInstanceUID } = instances[index] ?? { SOPInstanceUID: '' };
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
  to: SendTo,
  instances: readonly RawInstance[],
  requests: readonly Request[],
  { signal, silenceMs = SILENCE_MS }: SendOptions,
  answer: (index: number, response: Response) => void,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const client = new Client();
    let failure: Fault | undefined = new Fault('PEER_UNREACHABLE');
    const giveUp = (fault?: Fault): void => {
      failure = fault;
      socketOf(client)?.destroy();
    };
    const silence = setTimeout(() => giveUp(new Fault('PEER_TIMEOUT')), silenceMs);
    const onAbort = (): void => giveUp(new Fault('PEER_TIMEOUT', 'the sending was called off'));
    signal?.addEventListener('abort', onAbort, { once: true });

    for (const [index, request] of requests.entries()) {
      request.on('response', (response: Response) => {
        silence.refresh();
        answer(index, response);
      });
      client.addRequest(request);
    }
    client.on('associationRejected', () => {
      failure = new Fault('PEER_REJECTED');
    });
    client.on('associationAccepted', (association: Association) => {
      failure = undefined;
      silence.refresh();
      client.clearRequests();
      for (const [index, request] of requests.entries()) {
        if (isAccepted(association, instances[index])) client.addRequest(request);
      }
    });
    client.on('networkError', () => socketOf(client)?.destroy());
    client.on('closed', () => {
      clearTimeout(silence);
      signal?.removeEventListener('abort', onAbort);
      if (failure === undefined) resolve();
      else reject(failure);
    });
    client.send(to.host, to.port, to.callingAeTitle, to.calledAeTitle, { pduTimeout: silenceMs });
    proposeExactly(client, instances);
    socketOf(client)?.setNoDelay(true);
    if (signal?.aborted === true) onAbort();
  });
}

/** The library's connection, which its types do not show. It exists from `send` until the socket has closed. */
type Network = { socket: Socket; sendAssociationRequest(association: Association): void };
const networkOf = (client: InstanceType<typeof Client>): Network | undefined =>
  (client as unknown as { network?: Network }).network;
const socketOf = (client: InstanceType<typeof Client>): Socket | undefined => networkOf(client)?.socket;

/** The library always offers Implicit VR as well; a peer that takes it would get bytes of another encoding. */
function proposeExactly(client: InstanceType<typeof Client>, instances: readonly RawInstance[]): void {
  const network = networkOf(client);
  if (network === undefined) return;
  const send = network.sendAssociationRequest.bind(network);
  network.sendAssociationRequest = (association) => {
    association.clearPresentationContexts();
    const pairs = new Map(instances.map((i) => [`${i.SOPClassUID} ${i.TransferSyntaxUID}`, i]));
    for (const { SOPClassUID, TransferSyntaxUID } of pairs.values()) {
      const id = association.addPresentationContext(SOPClassUID);
      association.addTransferSyntaxToPresentationContext(id, TransferSyntaxUID);
    }
    send(association);
  };
}

function isAccepted(association: Association, instance: RawInstance | undefined): boolean {
  return association
    .getPresentationContexts()
    .some(
      ({ context }) =>
        context.getResult() === library.constants.PresentationContextResult.Accept &&
        context.getAbstractSyntaxUid() === instance?.SOPClassUID &&
        context.getAcceptedTransferSyntaxUid() === instance.TransferSyntaxUID,
    );
}
