/** The C-STOREs that an archive sends while it answers our C-GET: their bytes go to disk, never through the library's parser. */
import { Writable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { sopClass } from '../../src/dicom/sop-class.ts';
import { STATUS, storeStatus } from '../../src/dicom/store-status.ts';
import { isUid } from '../../src/dicom/uid.ts';
import { asFault, type Fault } from '../../src/fault.ts';
import type { IncomingInstance, Intake } from '../../src/ports.ts';
import type { BoundAnswers } from './bounded-answers.ts';
import type { Client, ClientNetwork } from './client-network.ts';
import { library } from './library.ts';

type StoreRequest = InstanceType<typeof library.requests.CStoreRequest>;
type PresentationContext = InstanceType<typeof library.association.PresentationContext>;
type Respond = (response: InstanceType<typeof library.responses.CStoreResponse>) => void;

/** What the library lets its users replace, where it keeps it. */
type StoreHooks = ClientNetwork & {
  createStoreWritableStream(context: PresentationContext, request: StoreRequest): Writable;
  createDatasetFromStoreWritableStream(
    stream: Writable,
    context: PresentationContext,
    done: (dataset: undefined) => void,
  ): void;
};

export type RetrievedInto = Readonly<{
  /** the first object that could not be kept */
  readonly failure: Fault | undefined;
  /** Resolves when every object that came whole is durable, or failed. */
  settled(): Promise<void>;
  /** Drops what an association left half-written. */
  drop(): Promise<void>;
}>;

/** Takes the store sub-operations of one association. */
export function storeSubOperations(
  { client, network, answers }: Readonly<{ client: Client; network: ClientNetwork; answers: BoundAnswers }>,
  intake: Intake,
  from: string,
): RetrievedInto {
  const hooks = network as StoreHooks;
  const open = new Set<IncomingInstance>();
  const underWay = new Set<Promise<void>>();
  let failure: Fault | undefined;
  let status: number = STATUS.success;

  hooks.createStoreWritableStream = (context, request) => {
    const meta = {
      SOPClassUID: request.getAffectedSopClassUid() ?? '',
      SOPInstanceUID: request.getAffectedSopInstanceUid() ?? '',
      TransferSyntaxUID: context.getAcceptedTransferSyntaxUid() ?? '',
    };
    const { action = 'ignore' } = sopClass(meta.SOPClassUID) ?? {};
    const isKept = action !== 'ignore' && isUid(meta.SOPInstanceUID);
    if (!isKept) return new Drain();
    const incoming = intake.open(meta);
    open.add(incoming);
    return new RetrievedInstance(incoming, meta, network);
  };

  hooks.createDatasetFromStoreWritableStream = (stream, _context, done) => {
    const finish = async (): Promise<void> => {
      status = STATUS.success;
      if (!(stream instanceof RetrievedInstance)) return;
      const { incoming, meta } = stream;
      try {
        await finished(stream);
        await intake.receive(incoming, { ...meta, from });
      } catch (thrown) {
        const fault = asFault(thrown);
        failure ??= fault;
        status = storeStatus(fault);
      }
      open.delete(incoming);
    };
    const work = finish().then(() => done(undefined));
    underWay.add(work);
    // The response to C-GET may say meanwhile how many objects are left.
    answers.hold(work);
    void work.finally(() => underWay.delete(work)).catch(() => undefined);
  };

  client.on('cStoreRequest', (request: StoreRequest, respond: Respond) => {
    const response = library.responses.CStoreResponse.fromRequest(request);
    response.setStatus(status);
    respond(response);
  });

  return {
    get failure() {
      return failure;
    },
    settled: async () => {
      await Promise.allSettled(underWay);
    },
    drop: async () => {
      await Promise.allSettled(underWay);
      for (const incoming of open) await incoming.discard();
    },
  };
}

class Drain extends Writable {
  override _write(_chunk: Buffer, _encoding: string, done: () => void): void {
    done();
  }
}

/** The library ignores back-pressure: the socket itself is paused while the disk is behind. */
class RetrievedInstance extends Writable {
  readonly incoming: IncomingInstance;
  readonly meta: Readonly<{ SOPClassUID: string; SOPInstanceUID: string }>;
  readonly #network: ClientNetwork;

  constructor(
    incoming: IncomingInstance,
    meta: Readonly<{ SOPClassUID: string; SOPInstanceUID: string }>,
    network: ClientNetwork,
  ) {
    super({ highWaterMark: 1024 * 1024 });
    this.incoming = incoming;
    this.meta = meta;
    this.#network = network;
  }

  override _write(chunk: Buffer, _encoding: string, done: (error?: Error) => void): void {
    if (this.incoming.write(chunk)) {
      done();
      return;
    }
    const { socket } = this.#network;
    socket.pause();
    this.incoming.drained().then(
      () => {
        socket.resume();
        done();
      },
      (thrown: unknown) => done(asFault(thrown)),
    );
  }
}
