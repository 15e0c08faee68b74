/** One association of our listener: dcmjs-dimse negotiates and answers, the guard and the gate decide what it sees. */
import type { Socket } from 'node:net';
import { StudySpotter } from '../../src/dicom/study-spotter.ts';
import { Fault } from '../../src/fault.ts';
import { type Clock, type CommitmentResult, type IncomingInstance, lookingAt } from '../../src/ports.ts';
import { COMMAND, eventReportResponse, storeResponse } from './command-set.ts';
import { STORAGE_COMMITMENT } from './commitment.ts';
import { contextsInOrder } from './context-order.ts';
import { EventOperation } from './event-operation.ts';
import { Guard, type GuardLimits, type GuardReason } from './guard.ts';
import { type Association, Listener } from './listener.ts';
import { type Message, MessageGate } from './message-gate.ts';
import { NO_STORAGE, negotiate, type StoragePolicy } from './negotiation.ts';
import { dataPdu, PDU, type Violation } from './pdu.ts';
import { REJECTION, type RejectionName } from './status.ts';
import { type AcceptedContext, commandRefusal, type StoreAnswer, StoreOperation } from './store-operation.ts';

export type Caller = Readonly<{ callingAeTitle: string; calledAeTitle: string; address: string }>;

/** What is known of an open association. `studies` grows as instances are finished. */
export type OpenAssociation = Caller &
  Readonly<{
    id: number;
    studies: ReadonlySet<string>;
    /** objects that were answered with success, by study */
    stored: ReadonlyMap<string, number>;
    /** milliseconds of the clock */
    openedAt: number;
    /** The study of the C-STORE that began last, also of one that is dropped; undefined until its dataset names it. */
    lastStudy: string | undefined;
    /** When the last object was kept and answered with success: milliseconds of the clock. */
    lastStoredAt: number | undefined;
    /** A C-STORE has begun and its response is not sent yet. */
    isStoring: boolean;
  }>;

/** What the C-STORE request says of the object; the dataset may say something else. */
export type Announced = Readonly<{
  SOPClassUID: string;
  SOPInstanceUID: string;
  TransferSyntaxUID: string;
  /** Calling AE title. */
  from: string;
  association: OpenAssociation;
}>;
export type FileMeta = Pick<Announced, 'SOPClassUID' | 'SOPInstanceUID' | 'TransferSyntaxUID'>;

export type AssociationOptions = Readonly<{
  openIncoming(meta: FileMeta): IncomingInstance;
  maxObjectBytes: number;
  policy: StoragePolicy;
  clock: Clock;
  admit(caller: Caller): Promise<'accept' | RejectionName>;
  /** False: the caller is offered no storage SOP class. */
  mayStore(caller: Caller): boolean;
  /** The result of a storage commitment; only when it resolves the peer hears 0x0000. */
  committed(result: CommitmentResult, association: OpenAssociation): Promise<void>;
  /** Resolves when the object is durable; only then the sender hears 0x0000. */
  receive(incoming: IncomingInstance, announced: Announced): Promise<void>;
  opened(association: OpenAssociation): void;
  instanceStarted(association: OpenAssociation): void;
  answered(answer: StoreAnswer, isKept: boolean, association: OpenAssociation): void;
  closed(association: OpenAssociation | undefined, reason: GuardReason | undefined): void;
}>;

type Mutable = { -readonly [Key in keyof OpenAssociation]: OpenAssociation[Key] };

export function serveAssociation(
  socket: Socket,
  { id, address }: Pick<OpenAssociation, 'id' | 'address'>,
  limits: GuardLimits,
  options: AssociationOptions,
) {
  const contexts = new Map<number, AcceptedContext>();
  const studies = new Set<string>();
  const stored = new Map<string, number>();
  let open: Mutable | undefined;
  let operation: StoreOperation | undefined;
  let event: EventOperation | undefined;
  let spotter: StudySpotter | undefined;
  let outcome: Promise<StoreAnswer> | undefined;
  let reason: GuardReason | undefined;

  /** Drains when there is nothing to keep; otherwise the bytes go to a file of their own. */
  const startStore = ({ contextId, command }: Message): StoreOperation => {
    const context = contexts.get(contextId);
    if (context === undefined || open === undefined) throw new Fault('INTERNAL', 'no association');
    const association = open;
    association.isStoring = true;
    association.lastStudy = undefined;
    spotter = new StudySpotter(context.transferSyntax);
    options.instanceStarted(association);
    const storage = options.policy(context.abstractSyntax);
    const refused = commandRefusal(command, context, storage !== undefined);
    if (refused !== undefined || !storage?.keep) {
      return StoreOperation.draining(refused);
    }
    const meta = {
      SOPClassUID: context.abstractSyntax,
      SOPInstanceUID: command.AffectedSOPInstanceUID ?? '',
      TransferSyntaxUID: context.transferSyntax,
    };
    return StoreOperation.keeping(options.openIncoming(meta), options.maxObjectBytes, (incoming) =>
      options.receive(
        lookingAt(incoming, ({ header }) => noteStudy(header.StudyInstanceUID)),
        {
          ...meta,
          from: association.callingAeTitle,
          association,
        },
      ),
    );
  };

  const noteStudy = (study: string): void => {
    studies.add(study);
    if (open !== undefined) open.lastStudy = study;
  };

  const noteStored = (association: Mutable): void => {
    const { lastStudy } = association;
    association.lastStoredAt = options.clock().getTime();
    if (lastStudy !== undefined) stored.set(lastStudy, (stored.get(lastStudy) ?? 0) + 1);
  };

  /** C-STORE is answered here; the library never sees an object. */
  const answerStore = async (message: Message, store: StoreOperation): Promise<void> => {
    guard.owe();
    outcome = store.complete();
    const answer = await outcome;
    operation = outcome = undefined;
    if (open !== undefined) {
      if (store.isKeeping && answer.fault === undefined) noteStored(open);
      options.answered(answer, store.isKeeping, open);
      guard.write(dataPdu(message.contextId, true, storeResponse(message.command, answer)));
      open.isStoring = false;
    }
  };

  /** Undefined: not on a context of storage commitment, so the library says no. */
  const startEvent = ({ contextId, command }: Message): EventOperation | undefined => {
    const [context, association] = [contexts.get(contextId), open];
    if (context?.abstractSyntax !== STORAGE_COMMITMENT || association === undefined) return undefined;
    return new EventOperation(command, context, (result) => options.committed(result, association));
  };

  const answerEvent = async (message: Message, started: EventOperation): Promise<void> => {
    guard.owe();
    const status = await started.complete();
    event = undefined;
    guard.write(dataPdu(message.contextId, true, eventReportResponse(message.command, { status })));
  };

  /** True: the message is ours to answer, not the library's. */
  const begin = (message: Message): boolean => {
    if (message.command.CommandField === COMMAND.cStore) operation = startStore(message);
    if (message.command.CommandField === COMMAND.nEventReport) event = startEvent(message);
    return operation !== undefined || event !== undefined;
  };

  /** Answers what is ours to answer, once the message is whole; false: it is the library's. */
  const finish = (message: Message): boolean => {
    if (operation !== undefined) settle(answerStore(message, operation));
    else if (event !== undefined) settle(answerEvent(message, event));
    return operation !== undefined || event !== undefined;
  };

  const gate = new MessageGate({
    isAccepted: (contextId) => contexts.has(contextId),
    onCommand: (message) => {
      const { CommandField, hasDataset } = message.command;
      if (CommandField === COMMAND.cCancel) {
        gate.answered();
        return undefined;
      }
      if (!isRequest(CommandField)) return 'command set';
      if (begin(message)) {
        if (!hasDataset) finish(message);
        return undefined;
      }
      if (!hasDataset) guard.owe();
      guard.forward(dataPdu(message.contextId, true, message.commandBytes));
      return undefined;
    },
    onDataset: (fragment) => {
      event?.write(fragment);
      const study = operation && spotter?.push(fragment);
      if (study !== undefined && open !== undefined) open.lastStudy = study;
      const full = operation?.write(fragment);
      if (full !== undefined) guard.pauseUntil(full);
    },
    onDatasetEnd: (message) => {
      if (finish(message)) return;
      // Not a C-STORE: the answer will be no, whatever the dataset says, so the library gets an empty one.
      guard.owe();
      guard.forward(dataPdu(message.contextId, false, Buffer.alloc(0)));
    },
  });

  const onPdu = (pdu: Buffer): Violation | undefined => {
    if (pdu[0] === PDU.data) return gate.take(pdu);
    if (pdu[0] === PDU.releaseRq && gate.isAnswering) return 'request before the response';
    guard.forward(pdu[0] === PDU.associateRq ? contextsInOrder(pdu) : pdu);
    return undefined;
  };
  const guard = new Guard(socket, limits, onPdu);

  const admit = async (association: Association): Promise<void> => {
    const caller: Caller = {
      callingAeTitle: (association.getCallingAeTitle() ?? '').trim(),
      calledAeTitle: (association.getCalledAeTitle() ?? '').trim(),
      address,
    };
    const verdict = await options.admit(caller);
    if (guard.state !== 'negotiating') return;
    if (verdict !== 'accept') {
      scp.sendAssociationReject(...REJECTION[verdict]);
      return;
    }
    const policy = options.mayStore(caller) ? options.policy : NO_STORAGE;
    for (const { id: contextId, context } of association.getPresentationContexts()) {
      if (!negotiate(context, policy)) continue;
      contexts.set(contextId, {
        abstractSyntax: context.getAbstractSyntaxUid(),
        transferSyntax: context.getAcceptedTransferSyntaxUid() ?? '',
      });
    }
    // Our own maximum, not the smaller of both: it says what we take. No asynchronous operations.
    association.setMaxPduLength(limits.maxPduLength);
    association.setMaxAsyncOpsInvoked(1);
    association.setMaxAsyncOpsPerformed(1);
    open = {
      ...caller,
      id,
      studies,
      stored,
      openedAt: options.clock().getTime(),
      lastStudy: undefined,
      lastStoredAt: undefined,
      isStoring: false,
    };
    options.opened(open);
    scp.sendAssociationAccept();
  };

  const settle = (work: Promise<void>): void => {
    work.catch(() => guard.giveUp('internal error'));
  };
  const scp = new Listener(guard, (association) => settle(admit(association)));
  scp.on('networkError', () => guard.giveUp(guard.reasonOfFailure));
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
    /** No association is open or being negotiated. */
    isWaiting: () => guard.state === 'awaiting' || guard.state === 'ended',
    giveUp: (why: GuardReason) => guard.giveUp(why),
  };
}

/** Requests have the high bit clear (PS3.7 table E.1-1). */
const KNOWN_REQUESTS: ReadonlySet<number> = new Set([
  0x0001, 0x0010, 0x0020, 0x0021, 0x0030, 0x0100, 0x0110, 0x0120, 0x0130, 0x0140, 0x0150,
]);
const isRequest = (CommandField: number): boolean => KNOWN_REQUESTS.has(CommandField);
