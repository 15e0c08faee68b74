import { readFileSync } from 'node:fs';
import { createSecureContext } from 'node:tls';
import { Fault } from '../../src/fault.ts';

/** PEM files. With `ca`, callers may show a certificate that it signed; with `requireClientCertificate` they must. */
export type TlsFiles = Readonly<{
  cert: string;
  key: string;
  ca?: string | undefined;
  requireClientCertificate?: boolean | undefined;
}>;

const HANDSHAKE_MS = 10_000;

/** The files as options of an HTTPS server. Faults: TLS_INVALID. */
export function tlsOptions({ cert, key, ca, requireClientCertificate = false }: TlsFiles) {
  const files = {
    cert: read(cert, 'cert'),
    key: read(key, 'key'),
    ...(ca === undefined ? {} : { ca: read(ca, 'ca') }),
  };
  try {
    createSecureContext(files);
  } catch (thrown) {
    const code = (thrown as NodeJS.ErrnoException).code ?? 'unreadable';
    throw new Fault('TLS_INVALID', `cert ${cert}, key ${key}: ${code}`, { cause: thrown });
  }
  return {
    ...files,
    minVersion: 'TLSv1.2' as const,
    handshakeTimeout: HANDSHAKE_MS,
    requestCert: ca !== undefined || requireClientCertificate,
    // Without `requireClientCertificate` a caller may show none; one that is shown is then not relied on.
    rejectUnauthorized: requireClientCertificate,
  };
}

function read(file: string, what: string): Buffer {
  try {
    return readFileSync(file);
  } catch (thrown) {
    const code = (thrown as NodeJS.ErrnoException).code ?? 'unreadable';
    throw new Fault('TLS_INVALID', `${what} ${file}: ${code}`, { cause: thrown });
  }
}
