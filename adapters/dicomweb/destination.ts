import { readFile } from 'node:fs/promises';
import { Fault } from '../../src/fault.ts';
import type { Destination, Node, PeerAnswer, Proof, ProofRequest } from '../../src/ports.ts';
import { connectionTo } from './connection.ts';
import { type Ask, type Client, exchange, type Server } from './exchange.ts';
import { answerOf, namesInstance } from './stow-response.ts';

type StoreOptions = Parameters<Client['storeInstances']>[0];

const HEADERS = { Accept: 'application/dicom+json' };

/** Hands a report to a DICOMweb origin server by STOW-RS (PS3.18 10.5), one instance a request. */
export function dicomWebDestination(
  node: Node,
  { timeoutSeconds }: Readonly<{ timeoutSeconds: number }>,
): Destination {
  const url = node.dicomWeb;
  if (url === undefined) throw new Fault('CONFIG_INVALID', `node ${node.name} has no dicomWeb address`);
  const server = { url: url.replace(/\/+$/, ''), connection: connectionTo(node) };
  return {
    name: node.name,
    send: async (file, signal): Promise<PeerAnswer> => {
      const bytes = await readFile(file);
      const dataset = bytes.buffer.slice(
        bytes.byteOffset,
        bytes.byteOffset + bytes.byteLength,
      ) as ArrayBuffer;
      const store: Ask = (client, request) =>
        client.storeInstances({ datasets: [dataset], request } as unknown as StoreOptions);
      const { status, response } = await exchange(server, timeoutSeconds, signal, store, HEADERS);
      return answerOf(status, String(response));
    },
    ...(node.confirm &&
      node.confirm !== 'none' && {
        prove: async (request: ProofRequest, signal: AbortSignal): Promise<Proof> => ({
          kind: 'readBack',
          isFound: await isKept(server, request, timeoutSeconds, signal),
        }),
      }),
  };
}

/** QIDO-RS for one instance (PS3.18 10.6): true when the server answers with this very instance. */
async function isKept(
  server: Server,
  { StudyInstanceUID, SeriesInstanceUID, SOPInstanceUID }: ProofRequest,
  timeoutSeconds: number,
  signal: AbortSignal,
): Promise<boolean> {
  const search: Ask = (client, request) =>
    client.searchForInstances({
      studyInstanceUID: StudyInstanceUID,
      seriesInstanceUID: SeriesInstanceUID,
      queryParams: { SOPInstanceUID },
      request,
    } as unknown as Parameters<Client['searchForInstances']>[0]);
  const { status, response } = await exchange(server, timeoutSeconds, signal, search, HEADERS);
  if (status === 204 || status === 404) return false;
  if (status === 200) return namesInstance(response, SOPInstanceUID);
  throw new Fault(status === 429 || status >= 500 ? 'PEER_BUSY' : 'PEER_REFUSED', `QIDO-RS HTTP ${status}`);
}
