/** Retrieve Series (PS3.18 10.4): each part is a Part 10 file, which goes to disk as it comes. */
import dicomParser from 'dicom-parser';
import { sopClass } from '../../src/dicom/sop-class.ts';
import { asFault, Fault } from '../../src/fault.ts';
import type { IncomingInstance, Intake } from '../../src/ports.ts';
import { relatedParts } from './related-parts.ts';

/** Preamble, prefix, group length: then it is known how long the file meta information is (PS3.10 7.1). */
const LENGTH_AT = 140;
const MAX_META_BYTES = 64 * 1024;

type Meta = Readonly<{ SOPClassUID: string; SOPInstanceUID: string; TransferSyntaxUID: string }>;

/** Every part through the intake; the first object that could not be kept is thrown when all have come. */
export async function receiveParts(
  body: AsyncIterable<Uint8Array>,
  boundary: string,
  intake: Intake,
  from: string,
): Promise<number> {
  let part = new RetrievedPart(intake, from);
  let failure: Fault | undefined;
  let count = 0;
  try {
    for await (const event of relatedParts(body, boundary)) {
      if (event.kind === 'start') part = new RetrievedPart(intake, from);
      if (event.kind === 'data') await part.write(event.bytes);
      if (event.kind !== 'end') continue;
      count += 1;
      await part.finish().catch((thrown: unknown) => {
        failure ??= asFault(thrown);
      });
    }
  } finally {
    await part.drop();
  }
  if (failure) throw failure;
  return count;
}

/** One Part 10 file on its way: the meta information is gathered, the data set passed on. */
class RetrievedPart {
  readonly #intake: Intake;
  readonly #from: string;
  #head: Buffer = Buffer.alloc(0);
  #meta: Meta | undefined;
  #incoming: IncomingInstance | undefined;
  #failure: Fault | undefined;

  constructor(intake: Intake, from: string) {
    this.#intake = intake;
    this.#from = from;
  }

  async write(bytes: Buffer): Promise<void> {
    if (this.#failure) return;
    if (this.#meta) return this.#pass(bytes);
    this.#head = Buffer.concat([this.#head, bytes]);
    try {
      const read = readMeta(this.#head);
      if (!read) return;
      this.#meta = read.meta;
      if (sopClass(read.meta.SOPClassUID)?.action === 'keep') this.#incoming = this.#intake.open(read.meta);
      await this.#pass(this.#head.subarray(read.end));
      this.#head = Buffer.alloc(0);
    } catch (thrown) {
      this.#failure = asFault(thrown);
    }
  }

  async finish(): Promise<void> {
    if (this.#failure) throw this.#failure;
    if (!this.#meta) throw new Fault('DICOM_TRUNCATED', 'a part without file meta information');
    const incoming = this.#incoming;
    this.#incoming = undefined;
    if (incoming) await this.#intake.receive(incoming, { ...this.#meta, from: this.#from });
  }

  /** What was not finished is not kept. */
  async drop(): Promise<void> {
    await this.#incoming?.discard();
  }

  async #pass(bytes: Buffer): Promise<void> {
    // The file is written later than this chunk of the network is used again.
    if (this.#incoming && !this.#incoming.write(Buffer.from(bytes))) await this.#incoming.drained();
  }
}

/** The file meta information and where it ends; undefined while it is not all here. Faults: DICOM_UNPARSABLE. */
function readMeta(head: Buffer): Readonly<{ meta: Meta; end: number }> | undefined {
  if (head.length < LENGTH_AT + 4) return undefined;
  if (head.toString('latin1', 128, 132) !== 'DICM') throw new Fault('DICOM_UNPARSABLE', 'no Part 10 file');
  const hasLength = head.readUInt32LE(132) === 0x0000_0002;
  const end = LENGTH_AT + 4 + (hasLength ? head.readUInt32LE(LENGTH_AT) : 0);
  if (!hasLength || end > MAX_META_BYTES) {
    throw new Fault('DICOM_UNPARSABLE', 'the file meta information has no usable length');
  }
  if (head.length < end) return undefined;
  try {
    const elements = dicomParser.readPart10Header(head.subarray(0, end));
    const text = (tag: string): string => elements.string(tag) ?? '';
    return {
      meta: {
        SOPClassUID: text('x00020002'),
        SOPInstanceUID: text('x00020003'),
        TransferSyntaxUID: text('x00020010'),
      },
      end,
    };
  } catch (thrown) {
    throw new Fault('DICOM_UNPARSABLE', 'the file meta information cannot be read', { cause: thrown });
  }
}
