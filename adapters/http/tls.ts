import type { Server } from 'node:http';
import type { TLSSocket } from 'node:tls';
import { BCP_195 } from '../../src/dicom/secure-transport.ts';

/** PEM. With `ca`, callers may show a certificate that one of these authorities signed, or must. */
export type ServerTls = Readonly<{
  cert: string;
  key: string;
  ca: readonly string[];
  clientCertificate: 'none' | 'optional' | 'required';
}>;

const HANDSHAKE_MS = 10_000;

/** As the options of an HTTPS server. */
export const tlsOptions = ({ cert, key, ca, clientCertificate }: ServerTls) => ({
  cert,
  key,
  ...(ca.length > 0 ? { ca: [...ca] } : {}),
  ...BCP_195,
  handshakeTimeout: HANDSHAKE_MS,
  requestCert: clientCertificate !== 'none',
  rejectUnauthorized: clientCertificate === 'required',
});

/** An optional certificate may be left out; one that is shown must be good. */
export function refuseBadCertificates(server: Server, { clientCertificate }: ServerTls): void {
  if (clientCertificate !== 'optional') return;
  server.prependListener('secureConnection', (socket: TLSSocket) => {
    if (!socket.authorized && Object.keys(socket.getPeerCertificate()).length > 0) socket.destroy();
  });
}
