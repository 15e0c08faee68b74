/** What a peer shows in a TLS handshake. Nothing is sent to it beyond the handshake. */
import { isIP } from 'node:net';
import { connect, type DetailedPeerCertificate, type TLSSocket } from 'node:tls';
import { BCP_195 } from '../../src/dicom/secure-transport.ts';
import { Fault } from '../../src/fault.ts';
import type { TlsMaterial } from '../../src/ports.ts';

export type PeerTls = Readonly<{
  protocol: string;
  cipher: string;
  /** the peer's own certificate first, then those that signed it, as far as the peer sent them */
  chain: readonly PeerCertificate[];
  /** undefined: trusted; else why not, as OpenSSL or Node name it */
  objection: string | undefined;
}>;

type PeerCertificate = Readonly<{
  subject: string;
  issuer: string;
  /** names and addresses it is good for */
  altNames: string;
  validFrom: Date;
  validTo: Date;
  /** SHA-256, hexadecimal with colons */
  fingerprint: string;
}>;

type Endpoint = Readonly<{ host: string; port: number; tls: TlsMaterial; timeoutSeconds: number }>;

/** Faults: PEER_UNREACHABLE, PEER_TIMEOUT, PEER_TLS when there is no handshake at all. */
export function inspectTls({ host, port, tls, timeoutSeconds }: Endpoint): Promise<PeerTls> {
  return new Promise((resolve, reject) => {
    const socket = connect({
      host,
      port,
      ...(isIP(host) === 0 ? { servername: host } : {}),
      ...(tls.ca.length > 0 ? { ca: [...tls.ca] } : {}),
      ...(tls.cert && tls.key ? { cert: tls.cert, key: tls.key } : {}),
      ...BCP_195,
      // The handshake is finished whatever the certificate is, because showing it is the purpose; no data follows.
      rejectUnauthorized: false,
    });
    const timer = setTimeout(() => {
      socket.destroy();
      reject(new Fault('PEER_TIMEOUT', `${timeoutSeconds} s`));
    }, timeoutSeconds * 1000);
    socket.once('close', () => clearTimeout(timer));
    socket.once('secureConnect', () => {
      const found = describe(socket);
      socket.destroy();
      resolve(found);
    });
    socket.once('error', (thrown: NodeJS.ErrnoException) => {
      const isUnreachable = /^(ECONNREFUSED|EHOSTUNREACH|ENETUNREACH|ENOTFOUND|EAI_|ETIMEDOUT)/.test(
        thrown.code ?? '',
      );
      reject(new Fault(isUnreachable ? 'PEER_UNREACHABLE' : 'PEER_TLS', thrown.code ?? 'no handshake'));
    });
  });
}

function describe(socket: TLSSocket): PeerTls {
  const chain: PeerCertificate[] = [];
  const seen = new Set<string>();
  let next: DetailedPeerCertificate | undefined = socket.getPeerCertificate(true);
  while (next?.fingerprint256 && !seen.has(next.fingerprint256)) {
    seen.add(next.fingerprint256);
    chain.push(certificate(next));
    next = next.issuerCertificate;
  }
  return {
    protocol: socket.getProtocol() ?? '',
    cipher: socket.getCipher().standardName,
    chain,
    objection: socket.authorized ? undefined : String(socket.authorizationError),
  };
}

const certificate = (found: DetailedPeerCertificate): PeerCertificate => ({
  subject: nameOf(found.subject),
  issuer: nameOf(found.issuer),
  altNames: found.subjectaltname ?? '',
  validFrom: new Date(found.valid_from),
  validTo: new Date(found.valid_to),
  fingerprint: found.fingerprint256,
});

/** A distinguished name; nothing in it that a terminal would obey. */
const nameOf = (name: unknown): string =>
  Object.entries(name ?? {})
    .map(([key, value]) => `${key}=${[value].flat().join('+')}`)
    .join(', ')
    .replace(/[^\x20-\x7e]/g, '?');
