/** What the library's Client keeps to itself, and what must be set there before it speaks. */
import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { BCP_195 } from '../../src/dicom/secure-transport.ts';
import { Fault } from '../../src/fault.ts';
import type { Node } from '../../src/ports.ts';
import { library } from './library.ts';

export type Client = InstanceType<typeof library.Client>;
export type Association = InstanceType<typeof library.association.Association>;
/** `isProvidedByUs`: we offer to be the SCP of this SOP class; set in one context a class (PS3.7 D.3.3.4). */
export type PresentationContext = Readonly<{
  abstractSyntax: string;
  transferSyntax: string;
  isProvidedByUs?: boolean;
}>;

/** How the library is to connect: its own timeouts later than `timeoutMs`, which is watched here, and TLS if the node has it. */
export function connectOptions({ tls }: Node, timeoutMs: number) {
  // The library's timeouts do not cover every wait; they are kept from firing before ours, which does.
  const timeouts = {
    connectTimeout: 2 * timeoutMs,
    associationTimeout: 2 * timeoutMs,
    pduTimeout: 2 * timeoutMs,
  };
  if (tls === undefined) return timeouts;
  const securityOptions = {
    ...(tls.ca.length > 0 ? { ca: [...tls.ca] } : {}),
    ...(tls.cert && tls.key ? { cert: tls.cert, key: tls.key } : {}),
    rejectUnauthorized: true,
    ...BCP_195,
  };
  return { ...timeouts, securityOptions };
}

/** A connection that failed, told by the system's code: certificates and handshakes apart from everything else. */
export function connectionFault(socket: Socket): Fault {
  const thrown: NodeJS.ErrnoException | null = socket.errored;
  const code = thrown?.code ?? 'the connection failed';
  const isHandshake = socket instanceof TLSSocket && code === 'ECONNRESET' && !secured.has(socket);
  return new Fault(isHandshake || TLS_ERROR.test(code) ? 'PEER_TLS' : 'PEER_UNREACHABLE', code);
}

/** Connections whose handshake is over. */
const secured = new WeakSet<Socket>();

/** OpenSSL's and Node's codes for certificates and handshakes. */
const TLS_ERROR =
  /^(ERR_TLS|ERR_SSL|EPROTO|CERT_|UNABLE_TO_|SELF_SIGNED|DEPTH_ZERO|HOSTNAME_MISMATCH|INVALID_CA|CRL_)/;

/** The connection: it exists from `send` until the socket has closed. */
export type ClientNetwork = { socket: Socket; sendAssociationRequest(association: Association): void };

/** Throws INTERNAL before `send` and after the end. */
export function networkOf(client: Client): ClientNetwork {
  const { network } = client as unknown as { network?: ClientNetwork };
  if (network === undefined) throw new Fault('INTERNAL', 'the DIMSE client has no connection');
  network.socket.once('secureConnect', () => secured.add(network.socket));
  return network;
}

/**
 * Proposes exactly these contexts, one each. The library would offer Implicit VR as well: a peer that chose it would
 * get bytes of another encoding. Call it right after `send`.
 */
export function proposeExactly(network: ClientNetwork, contexts: readonly PresentationContext[]): void {
  const send = network.sendAssociationRequest.bind(network);
  network.sendAssociationRequest = (association) => {
    association.clearPresentationContexts();
    for (const { abstractSyntax, transferSyntax, isProvidedByUs } of contexts) {
      const id = association.addPresentationContext(abstractSyntax);
      association.addTransferSyntaxToPresentationContext(id, transferSyntax);
      if (isProvidedByUs) association.getPresentationContext(id).setProviderRole(true);
    }
    send(association);
  };
}

/** The peer took this pair of SOP class and transfer syntax. */
export const isAccepted = (association: Association, wanted: PresentationContext): boolean =>
  association
    .getPresentationContexts()
    .some(
      ({ context }) =>
        context.getResult() === library.constants.PresentationContextResult.Accept &&
        context.getAbstractSyntaxUid() === wanted.abstractSyntax &&
        context.getAcceptedTransferSyntaxUid() === wanted.transferSyntax,
    );
