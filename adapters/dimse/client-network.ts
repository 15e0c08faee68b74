/** What the library's Client keeps to itself, and what must be set there before it speaks. */
import type { Socket } from 'node:net';
import { Fault } from '../../src/fault.ts';
import { library } from './library.ts';

export type Client = InstanceType<typeof library.Client>;
export type Association = InstanceType<typeof library.association.Association>;
/** `isProvidedByUs`: we offer to be the SCP of this SOP class; set in one context a class (PS3.7 D.3.3.4). */
export type PresentationContext = Readonly<{
  abstractSyntax: string;
  transferSyntax: string;
  isProvidedByUs?: boolean;
}>;

/** The connection: it exists from `send` until the socket has closed. */
export type ClientNetwork = { socket: Socket; sendAssociationRequest(association: Association): void };

/** Throws INTERNAL before `send` and after the end. */
export function networkOf(client: Client): ClientNetwork {
  const { network } = client as unknown as { network?: ClientNetwork };
  if (network === undefined) throw new Fault('INTERNAL', 'the DIMSE client has no connection');
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
