import { readFile } from 'node:fs/promises';
import dicomweb from 'dicomweb-client';
import { Fault } from '../../src/fault.ts';
import type { Destination, Node, PeerAnswer } from '../../src/ports.ts';
import { ClientRequest } from './client-request.ts';
import { connectionFault, connectionTo } from './connection.ts';
import { answerOf } from './stow-response.ts';

const { DICOMwebClient } = dicomweb.api;
/** The client's types want a browser's request; ours has the part that it uses. */
type StoreOptions = Parameters<InstanceType<typeof DICOMwebClient>['storeInstances']>[0];

/** Hands a report to a DICOMweb origin server by STOW-RS (PS3.18 10.5), one instance a request. */
export function dicomWebDestination(
  node: Node,
  { timeoutSeconds }: Readonly<{ timeoutSeconds: number }>,
): Destination {
  const url = node.dicomWeb;
  if (url === undefined) throw new Fault('CONFIG_INVALID', `node ${node.name} has no dicomWeb address`);
  const connection = connectionTo(node);
  return {
    name: node.name,
    send: async (file, signal): Promise<PeerAnswer> => {
      const bytes = await readFile(file);
      const dataset = bytes.buffer.slice(
        bytes.byteOffset,
        bytes.byteOffset + bytes.byteLength,
      ) as ArrayBuffer;
      const deadline = AbortSignal.timeout(timeoutSeconds * 1000);
      const instance = new ClientRequest(connection, AbortSignal.any([signal, deadline]));
      const headers = { Accept: 'application/dicom+json' };
      // verbose: the client would print whole requests and answers, which name patients, to the console.
      const client = new DICOMwebClient({
        url: url.replace(/\/+$/, ''),
        headers,
        singlepart: '',
        verbose: false,
      });
      // The client's own errors carry the whole request; only the status and the body are looked at.
      await client
        .storeInstances({ datasets: [dataset], request: { instance } } as unknown as StoreOptions)
        .catch(() => undefined);
      signal.throwIfAborted();
      if (deadline.aborted) throw new Fault('PEER_TIMEOUT', `${timeoutSeconds} s`);
      if (instance.status === 0) throw connectionFault(instance.failure);
      return answerOf(instance.status, String(instance.response));
    },
  };
}
