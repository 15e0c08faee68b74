/** One exchange with a DICOMweb server by dicomweb-client, whose own errors and prints name patients. */
import dicomweb from 'dicomweb-client';
import { Fault } from '../../src/fault.ts';
import { ClientRequest } from './client-request.ts';
import { type Connection, connectionFault } from './connection.ts';

const { DICOMwebClient } = dicomweb.api;
export type Client = InstanceType<typeof DICOMwebClient>;
/** A server's root, without a slash at its end, and the way there. */
export type Server = Readonly<{ url: string; connection: Connection }>;
/** The client's types want a browser's request; ours has the part that it uses. */
export type Ask = (client: Client, request: Readonly<{ instance: ClientRequest }>) => unknown;

/** What the server answered, whatever its status. Faults: PEER_TIMEOUT, PEER_UNREACHABLE, PEER_TLS, QUERY_TOO_MANY. */
export async function exchange(
  { url, connection }: Server,
  timeoutSeconds: number,
  signal: AbortSignal,
  ask: Ask,
  headers: Readonly<Record<string, string>> = {},
): Promise<Pick<ClientRequest, 'status' | 'response'>> {
  const deadline = AbortSignal.timeout(timeoutSeconds * 1000);
  const instance = new ClientRequest(connection, AbortSignal.any([signal, deadline]));
  // verbose: the client would print whole requests and answers, which name patients, to the console.
  const client = new DICOMwebClient({ url, headers, singlepart: '', verbose: false });
  // The client's own errors carry the whole request; only the status and the body are looked at.
  await Promise.resolve(ask(client, { instance })).catch(() => undefined);
  signal.throwIfAborted();
  if (deadline.aborted) throw new Fault('PEER_TIMEOUT', `${timeoutSeconds} s`);
  if (instance.status === 0) throw connectionFault(instance.failure);
  return instance;
}
