/** One C-STORE from its command to its status. */
import { isUid } from '../../src/dicom/uid.ts';
import { asFault, FAULTS, Fault, type FaultCode } from '../../src/fault.ts';
import type { IncomingInstance } from '../../src/ports.ts';
import type { CommandSet } from './command-set.ts';
import { errorComment, STATUS, storeStatus } from './status.ts';

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

/** What is wrong with the request itself, before any dataset: PS3.7 9.1.1.1.9. */
export function commandRefusal(command: CommandSet, context: AcceptedContext): StoreAnswer | undefined {
  if (!isUid(command.AffectedSOPInstanceUID)) return refusal('DICOM_BAD_UID', STATUS.invalidSopInstance);
  if (command.AffectedSOPClassUID !== context.abstractSyntax) {
    return refusal('SOP_CLASS_MISMATCH', STATUS.sopClassNotSupported);
  }
  return command.hasDataset ? undefined : refusal('DICOM_UNPARSABLE', STATUS.cannotUnderstand);
}

/** Without a file the dataset is drained: `answer` says why. */
export class StoreOperation {
  readonly #incoming: IncomingInstance | undefined;
  #answer: StoreAnswer;

  constructor(incoming: IncomingInstance | undefined, answer: StoreAnswer = { status: STATUS.success }) {
    this.#incoming = incoming;
    this.#answer = answer;
  }

  /** The fragment as received. A promise: the buffer is full until it resolves. */
  write(fragment: Buffer): Promise<void> | undefined {
    return this.#incoming === undefined || this.#incoming.write(fragment)
      ? undefined
      : this.#incoming.drained();
  }

  /** Resolves with the answer once `receive` has made the object durable or refused it; never rejects. */
  async complete(receive: (incoming: IncomingInstance) => Promise<void>): Promise<StoreAnswer> {
    if (this.#incoming === undefined) return this.#answer;
    try {
      await receive(this.#incoming);
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
