import { readFile } from 'node:fs/promises';
import dicomweb from 'dicomweb-client';
import { Fault } from '../../src/fault.ts';
import type { Destination, Node, PeerAnswer, Proof, ProofRequest } from '../../src/ports.ts';
import { ClientRequest } from './client-request.ts';
import { type Connection, connectionFault, connectionTo } from './connection.ts';
import { answerOf, namesInstance } from './stow-response.ts';

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
    ...(node.confirm &&
      node.confirm !== 'none' && {
        prove: async (request: ProofRequest, signal: AbortSignal): Promise<Proof> => ({
          kind: 'readBack',
          isFound: await isKept({ url, connection }, request, timeoutSeconds, signal),
        }),
      }),
  };
}

/** QIDO-RS for one instance (PS3.18 10.6): true when the server answers with this very instance. */
async function isKept(
  { url, connection }: Readonly<{ url: string; connection: Connection }>,
  { StudyInstanceUID, SeriesInstanceUID, SOPInstanceUID }: ProofRequest,
  timeoutSeconds: number,
  signal: AbortSignal,
): Promise<boolean> {
  const deadline = AbortSignal.timeout(timeoutSeconds * 1000);
  const instance = new ClientRequest(connection, AbortSignal.any([signal, deadline]));
  const headers = { Accept: 'application/dicom+json' };
  const client = new DICOMwebClient({
    url: url.replace(/\/+$/, ''),
    headers,
    singlepart: '',
    verbose: false,
  });
  await Promise.resolve(
    client.searchForInstances({
      studyInstanceUID: StudyInstanceUID,
      seriesInstanceUID: SeriesInstanceUID,
      queryParams: { SOPInstanceUID },
      request: { instance },
    } as unknown as Parameters<typeof client.searchForInstances>[0]),
  ).catch(() => undefined);
  signal.throwIfAborted();
  if (deadline.aborted) throw new Fault('PEER_TIMEOUT', `${timeoutSeconds} s`);
  const { status } = instance;
  if (status === 0) throw connectionFault(instance.failure);
  if (status === 204 || status === 404) return false;
  if (status === 200) return namesInstance(instance.response, SOPInstanceUID);
  throw new Fault(status === 429 || status >= 500 ? 'PEER_BUSY' : 'PEER_REFUSED', `QIDO-RS HTTP ${status}`);
}
