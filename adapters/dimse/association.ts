/** One association of our listener: dcmjs-dimse negotiates and answers, the guard and the gate decide what it sees. */
import type { Socket } from 'node:net';
import { Writable } from 'node:stream';
import type { IncomingInstance, InstanceFiles } from '../../src/ports.ts';
import { COMMAND } from './command-set.ts';
import { Guard, type GuardLimits, type GuardReason } from './guard.ts';
import { library } from './library.ts';
import { type Message, MessageGate } from './message-gate.ts';
import { negotiate, type StoragePolicy } from './negotiation.ts';
import { dataPdu, PDU, type Violation } from './pdu.ts';
import { REJECTION, type RejectionName, STATUS } from './status.ts';
import { type AcceptedContext, commandRefusal, type StoreAnswer, StoreOperation } from './store-operation.ts';

const { CEchoResponse, CStoreResponse } = library.responses;

export type Caller = Readonly<{ callingAeTitle: string; calledAeTitle: string; address: string }>;

/** What is known of an open association. `studies` grows as instances are finished. */
export type OpenAssociation = Caller &
  Readonly<{ id: number; studies: ReadonlySet<string>; isStoring: boolean }>;

export type StoreContext = Readonly<{
  association: OpenAssociation;
  SOPClassUID: string;
  SOPInstanceUID: string;
  TransferSyntaxUID: string;
}>;

export type AssociationOptions = Readonly<{
  files: Pick<InstanceFiles, 'receive'>;
  policy: StoragePolicy;
  admit(caller: Caller): Promise<'accept' | RejectionName>;
  /** Resolves when the object is durable; only then the sender hears 0x0000. */
  receive(incoming: IncomingInstance, context: StoreContext): Promise<void>;
  opened(association: OpenAssociation): void;
  instanceStarted(association: OpenAssociation): void;
  answered(answer: StoreAnswer, association: OpenAssociation): void;
  closed(association: OpenAssociation | undefined, reason: GuardReason | undefined): void;
}>;

type Association = InstanceType<typeof library.association.Association>;
type CEchoRequest = InstanceType<typeof library.requests.CEchoRequest>;
type CStoreRequest = InstanceType<typeof library.requests.CStoreRequest>;
type AnyResponse = InstanceType<typeof library.responses.Response>;
type Mutable = { -readonly [Key in keyof OpenAssociation]: OpenAssociation[Key] };

export function serveAssociation(
  socket: Socket,
  id: number,
  limits: GuardLimits,
  options: AssociationOptions,
) {
  const contexts = new Map<number, AcceptedContext>();
  const studies = new Set<string>();
  let open: Mutable | undefined;
  let operation: StoreOperation | undefined;
  let outcome: Promise<StoreAnswer> | undefined;
  let reason: GuardReason | undefined;

  const receiveFrom = (message: Message) => async (incoming: IncomingInstance) => {
    if (open === undefined) return;
    const context = contexts.get(message.contextId);
    await options.receive(noting(incoming, studies), {
      association: open,
      SOPClassUID: message.command.AffectedSOPClassUID ?? '',
      SOPInstanceUID: message.command.AffectedSOPInstanceUID ?? '',
      TransferSyntaxUID: context?.transferSyntax ?? '',
    });
  };

  const startStore = ({ contextId, command }: Message): void => {
    const context = contexts.get(contextId);
    if (context === undefined || open === undefined) return;
    const refused = commandRefusal(command, context);
    if (refused !== undefined || !options.policy(context.abstractSyntax)?.keep) {
      operation = new StoreOperation(undefined, refused);
    } else {
      open.isStoring = true;
      options.instanceStarted(open);
      const incoming = options.files.receive({
        SOPClassUID: context.abstractSyntax,
        SOPInstanceUID: command.AffectedSOPInstanceUID ?? '',
        TransferSyntaxUID: context.transferSyntax,
      });
      operation = new StoreOperation(incoming);
    }
    if (!command.hasDataset) outcome = operation.complete(async () => undefined);
  };

  const gate = new MessageGate({
    isAccepted: (contextId) => contexts.has(contextId),
    onCommand: (message) => {
      const { CommandField } = message.command;
      if (CommandField === COMMAND.cCancel) {
        gate.answered();
        return undefined;
      }
      if (!isRequest(CommandField)) return 'command set';
      if (!message.command.hasDataset) guard.owe();
      if (CommandField === COMMAND.cStore) startStore(message);
      guard.forward(dataPdu(message.contextId, true, message.commandBytes));
      return undefined;
    },
    onDataset: (fragment) => {
      const full = operation?.write(fragment);
      if (full !== undefined) guard.pauseUntil(full);
    },
    onDatasetEnd: (message) => {
      guard.owe();
      outcome = operation?.complete(receiveFrom(message));
      // The library is told that the dataset is over; its bytes are on their way to the disk already.
      guard.forward(dataPdu(message.contextId, false, Buffer.alloc(0)));
    },
  });

  const onPdu = (pdu: Buffer): Violation | undefined => {
    if (pdu[0] === PDU.data) return gate.take(pdu);
    if (pdu[0] === PDU.releaseRq && gate.isAnswering) return 'request before the response';
    guard.forward(pdu);
    return undefined;
  };
  const guard = new Guard(socket, limits, onPdu);

  const admit = async (scp: Listener, association: Association): Promise<void> => {
    const caller: Caller = {
      callingAeTitle: (association.getCallingAeTitle() ?? '').trim(),
      calledAeTitle: (association.getCalledAeTitle() ?? '').trim(),
      address: socket.remoteAddress ?? '',
    };
    const verdict = await options.admit(caller);
    if (guard.state !== 'negotiating') return;
    if (verdict !== 'accept') {
      scp.sendAssociationReject(...REJECTION[verdict]);
      return;
    }
    for (const { id: contextId, context } of association.getPresentationContexts()) {
      if (!negotiate(context, options.policy)) continue;
      contexts.set(contextId, {
        abstractSyntax: context.getAbstractSyntaxUid(),
        transferSyntax: context.getAcceptedTransferSyntaxUid() ?? '',
      });
    }
    // Our own maximum, not the smaller of both: it says what we take. No asynchronous operations.
    association.setMaxPduLength(limits.maxPduLength);
    association.setMaxAsyncOpsInvoked(1);
    association.setMaxAsyncOpsPerformed(1);
    open = { ...caller, id, studies, isStoring: false };
    options.opened(open);
    scp.sendAssociationAccept();
  };

  const storeAnswer = async (): Promise<StoreAnswer> => {
    const answer = await (outcome ?? Promise.resolve({ status: STATUS.processingFailure }));
    operation = outcome = undefined;
    if (open !== undefined) {
      open.isStoring = false;
      options.answered(answer, open);
    }
    return answer;
  };

  const scp = new Listener(guard, { admit, storeAnswer });
  scp.on('networkError', () => guard.giveUp('library error'));
  guard.on('written', (pdu: Buffer) => {
    if (pdu[0] === PDU.data) gate.answered();
  });
  guard.on('givenUp', (why: GuardReason) => {
    reason = why;
  });
  guard.on('close', () => {
    // A request whose dataset is complete is finished whether or not the peer waits; a partial one is dropped.
    if (outcome === undefined) void operation?.drop();
    if (open !== undefined) open.isStoring = outcome !== undefined;
    options.closed(open, reason);
  });
  return {
    isOpen: () => open !== undefined && guard.state === 'associated',
    association: () => open,
    giveUp: () => guard.giveUp('timeout'),
  };
}

/** Requests have the high bit clear (PS3.7 table E.1-1). */
const KNOWN_REQUESTS: ReadonlySet<number> = new Set([
  0x0001, 0x0010, 0x0020, 0x0021, 0x0030, 0x0100, 0x0110, 0x0120, 0x0130, 0x0140, 0x0150,
]);
const isRequest = (CommandField: number): boolean => KNOWN_REQUESTS.has(CommandField);

/** The same object; the study that `finish` finds is noted for the association. */
const noting = (incoming: IncomingInstance, studies: Set<string>): IncomingInstance => ({
  write: (chunk) => incoming.write(chunk),
  drained: () => incoming.drained(),
  finish: async () => {
    const received = await incoming.finish();
    studies.add(received.header.StudyInstanceUID);
    return received;
  },
  keep: (place) => incoming.keep(place),
  discard: () => incoming.discard(),
});

type ResponseClass = Readonly<{ fromRequest(request: never): AnyResponse }>;
/** Requests that a storage SCP does not offer are answered, not left hanging. */
const UNRECOGNISED: readonly (readonly [event: string, Response: ResponseClass])[] = [
  ['cFindRequest', library.responses.CFindResponse],
  ['cMoveRequest', library.responses.CMoveResponse],
  ['cGetRequest', library.responses.CGetResponse],
  ['nCreateRequest', library.responses.NCreateResponse],
  ['nActionRequest', library.responses.NActionResponse],
  ['nDeleteRequest', library.responses.NDeleteResponse],
  ['nEventReportRequest', library.responses.NEventReportResponse],
  ['nGetRequest', library.responses.NGetResponse],
  ['nSetRequest', library.responses.NSetResponse],
];

type Decisions = Readonly<{
  admit(scp: Listener, association: Association): Promise<void>;
  storeAnswer(): Promise<StoreAnswer>;
}>;

/**
 * dcmjs-dimse's Scp over a guard. It swallows what a handler throws, and its events come a turn of the event loop
 * later; so each handler ends in an answer or in 'networkError'.
 */
class Listener extends library.Scp {
  readonly #decisions: Decisions;

  constructor(guard: Guard, decisions: Decisions) {
    super(guard as unknown as Socket);
    this.#decisions = decisions;
    for (const [event, Response] of UNRECOGNISED) {
      this.removeAllListeners(event);
      this.on(event, (request: never, callback: (response: AnyResponse) => void) => {
        this.#forgetCommand();
        const response = Response.fromRequest(request);
        response.setStatus(STATUS.unrecognisedOperation);
        callback(response);
      });
    }
  }

  override associationRequested(association: Association): void {
    this.#settle(this.#decisions.admit(this, association));
  }

  override associationReleaseRequested(): void {
    this.sendAssociationReleaseResponse();
  }

  override createStoreWritableStream(): Writable {
    return new Writable({ write: (_chunk, _encoding, done) => done() });
  }

  override createDatasetFromStoreWritableStream(
    _writable: Writable,
    _context: unknown,
    callback: (dataset: never) => void,
  ): void {
    callback(undefined as never);
  }

  override cEchoRequest(request: CEchoRequest, callback: (response: never) => void): void {
    this.#forgetCommand();
    const response = CEchoResponse.fromRequest(request);
    response.setStatus(STATUS.success);
    callback(response as never);
  }

  override cStoreRequest(request: CStoreRequest, callback: (response: never) => void): void {
    const answer = async () => {
      const { status, comment } = await this.#decisions.storeAnswer();
      this.#forgetCommand();
      const response = CStoreResponse.fromRequest(request);
      response.setStatus(status);
      const instance = request.getAffectedSopInstanceUid();
      if (instance) response.setAffectedSopInstanceUid(instance);
      if (comment !== undefined) response.setErrorComment(comment);
      callback(response as never);
    };
    this.#settle(answer());
  }

  #settle(work: Promise<void>): void {
    work.catch((thrown: unknown) => this.emit('networkError', thrown));
  }

  /** dcmjs-dimse 0.3.3 puts the next command behind one that had no dataset unless its buffer is taken away. */
  #forgetCommand(): void {
    Object.assign(this, { dimseStream: undefined });
  }
}
