/** One request to a peer over an association of its own; every way of going wrong becomes a Fault. */
import { Fault } from '../../src/fault.ts';
import type { Node } from '../../src/ports.ts';
import { type BoundAnswers, boundAnswers, type Serves } from './bounded-answers.ts';
import {
  type Association,
  type Client,
  type ClientNetwork,
  connectionFault,
  connectOptions,
  networkOf,
  type PresentationContext,
  proposeExactly,
} from './client-network.ts';
import { COMMAND } from './command-set.ts';
import { library } from './library.ts';

type Request = InstanceType<typeof library.requests.Request>;
type Response = InstanceType<typeof library.responses.Response>;

export type PeerOptions = Readonly<{
  callingAeTitle: string;
  /** For the whole exchange, from connecting to the final response. */
  timeoutSeconds?: number;
}>;
/** `contexts`: exactly these are proposed, not what the library would add. `prepare`: called before anything is sent. */
export type Exchange = Readonly<{
  request: Request;
  contexts: readonly PresentationContext[];
  prepare?: (client: Client, network: ClientNetwork, answers: BoundAnswers) => void;
  /** what the peer may ask of us meanwhile; with `linger` N-EVENT-REPORT */
  serves?: Serves;
  /** the association stays open so long after the final response, for an N-EVENT-REPORT of the peer */
  linger?: Readonly<{ ms: number; onEvent(elements: Readonly<Record<string, unknown>>): void }>;
}>;

const DEFAULT_TIMEOUT_SECONDS = 60;
/** After the final response the association is released; a peer that does not answer that is left. */
const RELEASE_MS = 2000;

/**
 * Sends one request and resolves with its final response.
 * Faults: PEER_UNREACHABLE, PEER_REJECTED, PEER_NO_CONTEXT, PEER_PROTOCOL, PEER_TIMEOUT.
 */
export async function exchange(
  node: Node,
  { request, contexts, prepare, serves, linger }: Exchange,
  options: PeerOptions,
  signal?: AbortSignal,
): Promise<Response> {
  const { host, port, aeTitle } = node;
  if (host === undefined || port === undefined || aeTitle === undefined) {
    throw new Fault('CONFIG_INVALID', `node ${node.name} has no host, port or aeTitle`);
  }
  if (signal?.aborted) throw new Fault('PEER_TIMEOUT', 'called off');
  const timeoutMs = (options.timeoutSeconds ?? DEFAULT_TIMEOUT_SECONDS) * 1000;
  const client = new library.Client();
  client.addRequest(request);
  if (linger) answerEvents(client, linger.onEvent);
  const lingering = { associationLingerTimeout: linger?.ms ?? 0 };
  client.send(host, port, options.callingAeTitle, aeTitle, {
    ...connectOptions(node, timeoutMs),
    ...lingering,
  });
  const network = networkOf(client);
  const { socket } = network;
  // Node leaves Nagle's algorithm on: 40 ms an object.
  socket.setNoDelay(true);
  proposeExactly(network, contexts);
  let leaveMs = 0;
  try {
    const response = await new Promise<Response>((resolve, reject) => {
      const answers = boundAnswers(network, serves ?? (linger && EVENTS), (fault) => {
        leaveMs = RELEASE_MS;
        reject(fault);
      });
      prepare?.(client, network, answers);
      finalResponse(client, network, request, { timeoutMs, signal }).then(resolve, reject);
    });
    leaveMs = RELEASE_MS + (linger?.ms ?? 0);
    return response;
  } finally {
    if (leaveMs === 0) socket.destroy();
    const leave = setTimeout(() => socket.destroy(), leaveMs);
    socket.once('close', () => clearTimeout(leave));
  }
}

const EVENTS: Serves = { command: COMMAND.nEventReport, isObject: false };

type EventRequest = InstanceType<typeof library.requests.NEventReportRequest>;

/** The peer's event is answered with success once it has been looked at. */
function answerEvents(client: Client, onEvent: (elements: Readonly<Record<string, unknown>>) => void): void {
  client.on('nEventReportRequest', (event: EventRequest, respond: (response: unknown) => void) => {
    onEvent(event.getDataset()?.getElements() ?? {});
    const response = library.responses.NEventReportResponse.fromRequest(event);
    response.setStatus(library.constants.Status.Success);
    respond(response);
  });
}

function finalResponse(
  client: Client,
  network: ClientNetwork,
  request: Request,
  { timeoutMs, signal }: { timeoutMs: number; signal: AbortSignal | undefined },
): Promise<Response> {
  return new Promise((resolve, reject) => {
    const fail = (fault: Fault) => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', callOff);
      reject(fault);
    };
    const callOff = () => fail(new Fault('PEER_TIMEOUT', 'called off'));
    const timer = setTimeout(() => fail(new Fault('PEER_TIMEOUT', `${timeoutMs / 1000} s`)), timeoutMs);
    signal?.addEventListener('abort', callOff, { once: true });
    request.on('response', (response: Response) => {
      if (isPending(response.getStatus())) return;
      clearTimeout(timer);
      signal?.removeEventListener('abort', callOff);
      resolve(response);
    });
    client.on('associationRejected', (rejection: Rejection) => {
      fail(new Fault('PEER_REJECTED', rejectionText(rejection)));
    });
    client.on('associationAccepted', (association: Association) => {
      // Without the context of the request itself the library would never answer.
      if (association.getAcceptedPresentationContextFromRequest(request) === undefined) {
        fail(new Fault('PEER_NO_CONTEXT'));
      }
    });
    client.on('networkError', () => fail(connectionFault(network.socket)));
    client.on('closed', () => fail(new Fault('PEER_UNREACHABLE', 'closed before the final response')));
  });
}

/** PS3.7 annex C.4: more responses follow. */
export const isPending = (status: number): boolean => status === 0xff00 || status === 0xff01;

type Rejection = Readonly<{ result: number; source: number; reason: number }>;

/** @see PS3.8 table 9-21 */
const REJECTION_REASONS: Readonly<Record<string, string>> = {
  '1/1': 'no reason given',
  '1/2': 'application context not supported',
  '1/3': 'calling AE title not recognised',
  '1/7': 'called AE title not recognised',
  '2/1': 'no reason given',
  '2/2': 'protocol version not supported',
  '3/1': 'temporary congestion',
  '3/2': 'local limit exceeded',
};

const rejectionText = ({ result, source, reason }: Rejection): string =>
  `${result === 2 ? 'transient' : 'permanent'}: ${REJECTION_REASONS[`${source}/${reason}`] ?? `source ${source}, reason ${reason}`}`;
