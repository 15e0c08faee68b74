import { dicomWebDestination } from '../../adapters/dicomweb/destination.ts';
import { dimseRecipient } from '../../adapters/dimse/recipient.ts';
import type { Node, Recipient } from '../ports.ts';
import type { Config } from './config.ts';
import { isSwitchedOff } from './destinations.ts';
import { nodeOf } from './tls.ts';

/** The nodes that are sent what waits for a mask; a DIMSE node without an address only sends to us. */
export const annotatorsOf = ({ nodes, dimse, delivery }: Config): Recipient[] =>
  nodes
    .filter(
      ({ roles, mode, disabled, dicomWeb, host }) =>
        roles.includes('annotator') &&
        !isSwitchedOff({ roles, mode, disabled }) &&
        (dicomWeb !== undefined || host !== undefined),
    )
    .map(nodeOf)
    .map((node) =>
      node.dicomWeb
        ? webRecipient(node, delivery.timeoutSeconds)
        : dimseRecipient(node, {
            callingAeTitle: dimse.aeTitle,
            timeoutSeconds: delivery.timeoutSeconds,
          }),
    );

/** STOW-RS, one instance a request: a server that refuses one object still says which. */
function webRecipient(node: Node, timeoutSeconds: number): Recipient {
  const destination = dicomWebDestination(node, { timeoutSeconds });
  return {
    name: node.name,
    sendAll: async (files, signal) => {
      for (const file of files) await destination.send(file, signal);
    },
  };
}
