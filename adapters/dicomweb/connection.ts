/** HTTP to one DICOMweb node: its authorities, our certificate, its credentials. */
import { Agent, Headers, type RequestInit, type Response, fetch as undiciFetch } from 'undici';
import { Fault } from '../../src/fault.ts';
import type { Node } from '../../src/ports.ts';

export type Connection = (url: string, init: RequestInit) => Promise<Response>;

/** Redirects are errors: a request that names a patient goes to the configured server and nowhere else. */
export function connectionTo({ tls, authorization }: Node): Connection {
  const dispatcher = tls && new Agent({ connect: secure(tls) });
  return (url, init) => {
    const headers = new Headers(init.headers);
    if (authorization !== undefined) headers.set('Authorization', authorization);
    return undiciFetch(url, {
      ...init,
      headers,
      redirect: 'error',
      ...(dispatcher ? { dispatcher } : {}),
    });
  };
}

const secure = ({ ca, cert, key }: NonNullable<Node['tls']>) => ({
  ...(ca.length > 0 ? { ca: [...ca] } : {}),
  ...(cert && key ? { cert, key } : {}),
  minVersion: 'TLSv1.2' as const,
});

/** Codes of certificates and handshakes, as OpenSSL and Node name them. */
const TLS_ERROR =
  /^(ERR_TLS|ERR_SSL|EPROTO|CERT_|UNABLE_TO_|SELF_SIGNED|DEPTH_ZERO|HOSTNAME_MISMATCH|INVALID_CA|CRL_)/;

/** Why no answer came: the system's code, never an address. */
export function connectionFault(failure: unknown): Fault {
  const code = String((failure as { cause?: { code?: string } })?.cause?.code ?? '');
  return new Fault(TLS_ERROR.test(code) ? 'PEER_TLS' : 'PEER_UNREACHABLE', code);
}
