/** C-STORE of one file to a node, its bytes as they are on disk. */
import { readFile } from 'node:fs/promises';
import { Fault } from '../../src/fault.ts';
import type { Destination, Node, PeerAnswer, Proof, ProofRequest } from '../../src/ports.ts';
import { requestCommitment } from './commitment.ts';
import { library } from './library.ts';
import { exchange, type PeerOptions } from './peer.ts';
import { RawDataset, rawInstance } from './raw-dataset.ts';
import { isKept } from './read-back.ts';
import { hexStatus, printable, storeMeaning } from './status.ts';

/**
 * The node as a destination. `send` takes the absolute path of a Part 10 file and resolves once the peer has it.
 * Faults: PEER_BUSY, PEER_REFUSED and those of the association; INPUT_NOT_FOUND, DICOM_UNPARSABLE for the file.
 */
export const dimseDestination = (node: Node, options: PeerOptions): Destination => ({
  name: node.name,
  send: async (file, signal) => {
    const bytes = await readFile(file).catch((thrown: unknown) => {
      throw new Fault('INPUT_NOT_FOUND', '', { cause: thrown });
    });
    const instance = rawInstance(bytes);
    const request = new library.requests.CStoreRequest(new RawDataset(instance));
    const contexts = [{ abstractSyntax: instance.SOPClassUID, transferSyntax: instance.TransferSyntaxUID }];
    const response = await exchange(node, { request, contexts }, options, signal);
    return answerOf(response.getStatus(), response.getErrorComment());
  },
  ...(node.confirm && node.confirm !== 'none' && { prove: proving(node, node.confirm, options) }),
});

/** Storage commitment, C-FIND, or the first of both that the peer offers. */
const proving =
  (node: Node, confirm: 'auto' | 'commitment' | 'readBack', options: PeerOptions) =>
  async (request: ProofRequest, signal: AbortSignal): Promise<Proof> => {
    const commitment = async (): Promise<Proof> => ({
      kind: 'commitment',
      result: await requestCommitment(node, request, options, signal),
    });
    const readBack = async (): Promise<Proof> => ({
      kind: 'readBack',
      isFound: await isKept(node, request, options, signal),
    });
    if (confirm === 'commitment') return commitment();
    return confirm === 'readBack' ? readBack() : firstOffered(commitment, readBack);
  };

async function firstOffered(
  commitment: () => Promise<Proof>,
  readBack: () => Promise<Proof>,
): Promise<Proof> {
  try {
    return await commitment();
  } catch (cannotCommit) {
    if (!isNotOffered(cannotCommit) && !isBusy(cannotCommit)) throw cannotCommit;
    try {
      return await readBack();
    } catch (thrown) {
      if (!isNotOffered(thrown)) throw thrown;
      // Who could not commit just now may do so later.
      if (isBusy(cannotCommit)) throw cannotCommit;
      return { kind: 'notOffered' };
    }
  }
}

const isBusy = (thrown: unknown): boolean => thrown instanceof Fault && thrown.code === 'PEER_BUSY';

/** The peer does not do this at all, today or tomorrow. */
const isNotOffered = (thrown: unknown): boolean =>
  thrown instanceof Fault && (thrown.code === 'PEER_NO_CONTEXT' || thrown.code === 'PEER_REFUSED');

/** @see PS3.4 table B.2-1 */
function answerOf(status: number, comment: string | undefined): PeerAnswer {
  const meaning = storeMeaning(status);
  const detail = [`status ${hexStatus(status)}`, printable(comment)].filter(Boolean).join(', ');
  if (meaning === 'busy') throw new Fault('PEER_BUSY', detail);
  if (meaning === 'refused') throw new Fault('PEER_REFUSED', detail);
  return { status, comment: printable(comment), warning: meaning === 'takenWithWarning' };
}
