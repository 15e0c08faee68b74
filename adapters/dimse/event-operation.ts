/** One N-EVENT-REPORT from its command to its status: the result of a storage commitment (PS3.4 J.3.3). */
import { STATUS } from '../../src/dicom/store-status.ts';
import type { CommitmentResult } from '../../src/ports.ts';
import type { CommandSet } from './command-set.ts';
import { readCommitmentResult, STORAGE_COMMITMENT } from './commitment.ts';
import type { AcceptedContext } from './store-operation.ts';

/** A result names some instances of ours; one of this size names thousands. */
const MAX_EVENT_BYTES = 1024 * 1024;
/** PS3.4 J.3.3.1: all committed, or some failed. */
const EVENT_TYPES: ReadonlySet<number | undefined> = new Set([1, 2]);

export class EventOperation {
  readonly #context: AcceptedContext;
  readonly #take: (result: CommitmentResult) => Promise<void>;
  #fragments: Buffer[] = [];
  #bytes = 0;
  #status: number = STATUS.success;

  /** `take` must have made the result lasting when it resolves. */
  constructor(
    command: CommandSet,
    context: AcceptedContext,
    take: (result: CommitmentResult) => Promise<void>,
  ) {
    this.#context = context;
    this.#take = take;
    if (command.AffectedSOPClassUID !== STORAGE_COMMITMENT) this.#status = STATUS.noSuchSopClass;
    else if (!EVENT_TYPES.has(command.EventTypeID)) this.#status = STATUS.noSuchEventType;
    else if (!command.hasDataset) this.#status = STATUS.invalidArgument;
  }

  /** The fragment as received; nothing beyond the limit is kept. */
  write(fragment: Buffer): void {
    this.#bytes += fragment.length;
    if (this.#bytes <= MAX_EVENT_BYTES) this.#fragments.push(Buffer.from(fragment));
    else {
      this.#fragments = [];
      this.#status = STATUS.resourceLimitation;
    }
  }

  /** Resolves with the status to answer; never rejects. */
  async complete(): Promise<number> {
    if (this.#status !== STATUS.success) return this.#status;
    const result = readCommitmentResult(Buffer.concat(this.#fragments), this.#context.transferSyntax);
    if (result === undefined) return STATUS.invalidArgument;
    return this.#take(result).then(
      () => STATUS.success,
      () => STATUS.processingFailure,
    );
  }
}
