/** C-STORE of many files to a node that works with them (an annotator). */
import { readFile } from 'node:fs/promises';
import { Fault } from '../../src/fault.ts';
import type { Node, Recipient } from '../../src/ports.ts';
import { type SentFile, sendFiles } from './sender.ts';
import { hexStatus, storeMeaning } from './status.ts';

/** Files in memory at once, and objects an association. */
const BATCH = 50;

type Options = Readonly<{ callingAeTitle: string; timeoutSeconds: number }>;

/** Faults: PEER_BUSY, PEER_REFUSED, PEER_NO_CONTEXT and those of the association; INPUT_NOT_FOUND for a file. */
export const dimseRecipient = (node: Node, { callingAeTitle, timeoutSeconds }: Options): Recipient => ({
  name: node.name,
  sendAll: async (files, signal) => {
    for (let at = 0; at < files.length; at += BATCH) {
      const batch = await Promise.all(files.slice(at, at + BATCH).map((file) => readOne(file)));
      const sent = await sendFiles(node, batch, { callingAeTitle, signal, silenceSeconds: timeoutSeconds });
      for (const each of sent) requireTaken(each);
    }
  },
});

const readOne = (file: string): Promise<Uint8Array> =>
  readFile(file).catch((thrown: unknown) => {
    throw new Fault('INPUT_NOT_FOUND', '', { cause: thrown });
  });

function requireTaken({ status }: SentFile): void {
  if (status === null) throw new Fault('PEER_NO_CONTEXT', 'an object was not answered');
  const meaning = storeMeaning(status);
  if (meaning === 'busy') throw new Fault('PEER_BUSY', `status ${hexStatus(status)}`);
  if (meaning === 'refused') throw new Fault('PEER_REFUSED', `status ${hexStatus(status)}`);
}
