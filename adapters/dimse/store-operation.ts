/** One C-STORE from its command to its status. */
import { STATUS, storeStatus } from '../../src/dicom/store-status.ts';
import { isUid } from '../../src/dicom/uid.ts';
import { asFault, FAULTS, Fault, type FaultCode } from '../../src/fault.ts';
import type { IncomingInstance } from '../../src/ports.ts';
import type { CommandSet } from './command-set.ts';
import { errorComment } from './status.ts';

export type StoreAnswer = Readonly<{
  status: number;
  comment?: string | undefined;
  fault?: Fault | undefined;
}>;
export type AcceptedContext = Readonly<{ abstractSyntax: string; transferSyntax: string }>;

const answerOf = (fault: Fault, status = storeStatus(fault)): StoreAnswer => ({
  status,
  comment: errorComment(fault.code, FAULTS[fault.code].sentence),
  fault,
});
const refusal = (code: FaultCode, status: number): StoreAnswer => answerOf(new Fault(code), status);

/**
 * What is wrong with the request itself, before any dataset: PS3.7 9.1.1.1.9. `isStorage`: the SOP class of the context
 * is one of storage, not one of a service.
 */
export function commandRefusal(
  command: CommandSet,
  context: AcceptedContext,
  isStorage: boolean,
): StoreAnswer | undefined {
  if (!isUid(command.AffectedSOPInstanceUID)) return refusal('DICOM_BAD_UID', STATUS.invalidSopInstance);
  if (!isStorage || command.AffectedSOPClassUID !== context.abstractSyntax) {
    return refusal('SOP_CLASS_MISMATCH', STATUS.sopClassNotSupported);
  }
  return command.hasDataset ? undefined : refusal('DICOM_UNPARSABLE', STATUS.cannotUnderstand);
}

export class StoreOperation {
  #incoming: IncomingInstance | undefined;
  readonly #receive: (incoming: IncomingInstance) => Promise<void>;
  readonly #maxBytes: number;
  #bytes = 0;
  #dropped: Promise<void> | undefined;
  #answer: StoreAnswer;

  private constructor(
    incoming: IncomingInstance | undefined,
    answer: StoreAnswer,
    maxBytes: number,
    receive: (incoming: IncomingInstance) => Promise<void>,
  ) {
    this.#incoming = incoming;
    this.#answer = answer;
    this.#maxBytes = maxBytes;
    this.#receive = receive;
  }

  /** The dataset is read and dropped. */
  static draining(answer: StoreAnswer = { status: STATUS.success }): StoreOperation {
    return new StoreOperation(undefined, answer, Number.POSITIVE_INFINITY, async () => undefined);
  }

  /** The dataset goes to `incoming`, which `receive` makes durable. */
  static keeping(
    incoming: IncomingInstance,
    maxBytes: number,
    receive: (incoming: IncomingInstance) => Promise<void>,
  ): StoreOperation {
    return new StoreOperation(incoming, { status: STATUS.success }, maxBytes, receive);
  }

  get isKeeping(): boolean {
    return this.#incoming !== undefined;
  }

  /** The fragment as received. A promise: the buffer is full until it resolves. */
  write(fragment: Buffer): Promise<void> | undefined {
    this.#bytes += fragment.length;
    const incoming = this.#incoming;
    if (incoming === undefined) return undefined;
    if (this.#bytes <= this.#maxBytes) return incoming.write(fragment) ? undefined : incoming.drained();
    this.#answer = answerOf(new Fault('DICOM_TOO_LARGE'));
    this.#incoming = undefined;
    this.#dropped = incoming.discard().catch(() => undefined);
    return this.#dropped;
  }

  /** Resolves with the answer once the object is durable or refused; never rejects. */
  async complete(): Promise<StoreAnswer> {
    await this.#dropped;
    if (this.#incoming === undefined) return this.#answer;
    try {
      await this.#receive(this.#incoming);
    } catch (thrown) {
      this.#answer = answerOf(asFault(thrown));
    }
    await this.drop();
    return this.#answer;
  }

  /** What was not kept is removed. */
  async drop(): Promise<void> {
    await this.#incoming?.discard().catch(() => undefined);
  }
}
