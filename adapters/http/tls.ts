/** PEM. With `ca`, callers may show a certificate that one of these authorities signed, or must. */
export type ServerTls = Readonly<{
  cert: string;
  key: string;
  ca: readonly string[];
  clientCertificate: 'none' | 'optional' | 'required';
}>;

const HANDSHAKE_MS = 10_000;

/** As the options of an HTTPS server. An optional certificate opens no door: nothing relies on it. */
export const tlsOptions = ({ cert, key, ca, clientCertificate }: ServerTls) => ({
  cert,
  key,
  ...(ca.length > 0 ? { ca: [...ca] } : {}),
  minVersion: 'TLSv1.2' as const,
  handshakeTimeout: HANDSHAKE_MS,
  requestCert: clientCertificate !== 'none',
  rejectUnauthorized: clientCertificate === 'required',
});
