/** HTTP to one DICOMweb node: its authorities, our certificate, its credentials. */
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { BCP_195 } from '../../src/dicom/secure-transport.ts';
import { Fault } from '../../src/fault.ts';
import type { Node } from '../../src/ports.ts';

type Asking = Readonly<{
  method?: string;
  headers?: Readonly<Record<string, string>>;
  body?: Uint8Array | undefined;
  signal: AbortSignal;
}>;
export type Answer = Readonly<{
  status: number;
  header(name: string): string | null;
  headers(): readonly (readonly [string, string])[];
  /** Reads as fast as the reader does; it must be read to its end, or cancelled. */
  body: AsyncIterable<Uint8Array>;
  /** Throws QUERY_TOO_MANY beyond 64 MiB. */
  bytes(): Promise<Buffer>;
  cancel(): void;
}>;
export type Connection = (url: string, asking: Asking) => Promise<Answer>;

/**
 * Redirects are not followed: a request that names a patient goes to the configured server and nowhere else. Every request
 * has a connection of its own, so that none dies with one that the server has just closed.
 */
export function connectionTo({ tls, authorization }: Node): Connection {
  const secured = {
    ...(tls && tls.ca.length > 0 ? { ca: [...tls.ca] } : {}),
    ...(tls?.cert && tls.key ? { cert: tls.cert, key: tls.key } : {}),
    ...BCP_195,
  };
  return (url, { method = 'GET', headers = {}, body, signal }) =>
    new Promise((resolve, reject) => {
      const common = {
        method,
        agent: false as const,
        signal,
        headers: {
          ...headers,
          ...(body ? { 'Content-Length': String(body.length) } : {}),
          ...(authorization === undefined ? {} : { Authorization: authorization }),
        },
      };
      const request = url.startsWith('https:')
        ? httpsRequest(url, { ...common, ...secured })
        : httpRequest(url, common);
      request.once('response', (message) => resolve(answerOf(message)));
      request.once('error', reject);
      request.end(body);
    });
}

/** An answer that is read as a whole: descriptions of studies and of objects, never objects. */
const MOST_BYTES = 64 * 2 ** 20;

const answerOf = (message: IncomingMessage): Answer => ({
  status: message.statusCode ?? 0,
  header: (name) => message.headers[name.toLowerCase()]?.toString() ?? null,
  headers: () => Object.entries(message.headers).map(([name, value]) => [name, String(value)] as const),
  body: message,
  bytes: async () => {
    const chunks: Buffer[] = [];
    let length = 0;
    for await (const chunk of message) {
      length += (chunk as Buffer).length;
      if (length > MOST_BYTES)
        throw new Fault('QUERY_TOO_MANY', `an answer of more than ${MOST_BYTES >> 20} MiB`);
      chunks.push(chunk as Buffer);
    }
    return Buffer.concat(chunks);
  },
  cancel: () => void message.destroy(),
});

/** Codes of certificates and handshakes, as OpenSSL and Node name them. */
const TLS_ERROR =
  /^(ERR_TLS|ERR_SSL|EPROTO|CERT_|UNABLE_TO_|SELF_SIGNED|DEPTH_ZERO|HOSTNAME_MISMATCH|INVALID_CA|CRL_)/;

/** Why no answer came: a fault of ours, or the system's code, never an address. */
export function connectionFault(failure: unknown): Fault {
  if (failure instanceof Fault) return failure;
  const code = String((failure as { code?: string } | undefined)?.code ?? '');
  return new Fault(TLS_ERROR.test(code) ? 'PEER_TLS' : 'PEER_UNREACHABLE', code);
}
