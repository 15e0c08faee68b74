/** A modality that does not give up. */
import { setTimeout as pause } from 'node:timers/promises';
import { sendFiles } from '../../adapters/dimse/sender.ts';
import { readPart10 } from '../../src/dicom/part10.ts';
import { datasetOf } from './ct-slice.ts';
import { PACS } from './running-service.ts';
import { sha256 } from './sha256.ts';

type Receiver = Readonly<{ dimsePort: number }>;

/** Sends until every object was acknowledged, over whichever receiver takes it, and remembers what was. */
export class Sender {
  /** SOP Instance UID and digest of the dataset: what a C-STORE-RSP with status 0x0000 promised to keep. */
  readonly promised = new Set<string>();
  readonly #receivers: readonly Receiver[];
  #turn = 0;

  constructor(receivers: readonly Receiver[]) {
    this.#receivers = receivers;
  }

  /** In several associations at once, which land on all receivers in turn. */
  async sendStudy(files: readonly Uint8Array[], associations: number): Promise<void> {
    const parts = Array.from({ length: associations }, (_, part) =>
      files.filter((_file, index) => index % associations === part),
    );
    await Promise.all(parts.map((part) => this.#sendAll(part)));
  }

  async #sendAll(files: readonly Uint8Array[]): Promise<void> {
    let left = files;
    while (left.length > 0) {
      this.#turn += 1;
      const receiver = this.#receivers[this.#turn % this.#receivers.length]!;
      const node = {
        name: 'earshot',
        host: '127.0.0.1',
        port: receiver.dimsePort,
        aeTitle: 'EARSHOT',
        roles: [],
      };
      const answers = await sendFiles(node, left, { callingAeTitle: PACS }).catch(() => []);
      const taken = new Set(answers.filter(({ status }) => status === 0).map((each) => each.SOPInstanceUID));
      const isTaken = (file: Uint8Array): boolean => taken.has(String(readPart10(file)['SOPInstanceUID']));
      for (const file of left.filter(isTaken))
        this.promised.add(`${readPart10(file)['SOPInstanceUID']} ${sha256(datasetOf(Buffer.from(file)))}`);
      left = left.filter((file) => !isTaken(file));
      if (left.length > 0) await pause(100);
    }
  }
}
