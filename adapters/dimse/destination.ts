/** C-STORE of one file to a node, its bytes as they are on disk. */
import { readFile } from 'node:fs/promises';
import { Fault } from '../../src/fault.ts';
import type { Destination, Node, PeerAnswer } from '../../src/ports.ts';
import { library } from './library.ts';
import { exchange, type PeerOptions } from './peer.ts';
import { RawDataset, rawInstance } from './raw-dataset.ts';
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
});

/** @see PS3.4 table B.2-1 */
function answerOf(status: number, comment: string | undefined): PeerAnswer {
  const meaning = storeMeaning(status);
  const detail = [`status ${hexStatus(status)}`, printable(comment)].filter(Boolean).join(', ');
  if (meaning === 'busy') throw new Fault('PEER_BUSY', detail);
  if (meaning === 'refused') throw new Fault('PEER_REFUSED', detail);
  return { status, comment: printable(comment), warning: meaning === 'takenWithWarning' };
}
