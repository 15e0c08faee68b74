import { X509Certificate } from 'node:crypto';
import { createSecureContext } from 'node:tls';
import { Fault } from '../fault.ts';
import type { Node, TlsMaterial } from '../ports.ts';
import type { Config } from './config.ts';
import { readKeyFile } from './secret-file.ts';
import { readSmallFile } from './small-file.ts';

type Files = Readonly<{ ca: readonly string[]; cert?: string | undefined; key?: string | undefined }>;

/**
 * The contents of PEM files. Throws TLS_FILES_INVALID: one is missing, is no PEM, or the key is of another certificate; and
 * SECRET_FILE_OPEN: somebody else may read the key.
 */
export function readTls({ ca, cert, key }: Files): TlsMaterial {
  const material: TlsMaterial = {
    ca: ca.map(readCertificate),
    ...(cert && key ? { cert: readCertificate(cert), key: readKeyFile(key, unreadIn(key)) } : {}),
  };
  try {
    createSecureContext({ cert: material.cert, key: material.key, ca: [...material.ca] });
  } catch (thrown) {
    throw new Fault(
      'TLS_FILES_INVALID',
      `${key ?? cert ?? ca[0]}: ${(thrown as { code?: string }).code ?? ''}`,
    );
  }
  return material;
}

const unreadIn =
  (file: string) =>
  (code: string, cause: unknown): Fault =>
    new Fault('TLS_FILES_INVALID', `${file}: ${code}`, { cause });

type ServerFiles = Files &
  Readonly<{ cert: string; key: string; clientCertificate: 'none' | 'optional' | 'required' }>;

/** The same for a listener, which always has a certificate. */
export function readServerTls<T extends ServerFiles>(files: T) {
  const { ca, cert = '', key = '' } = readTls(files);
  return { ...files, ca, cert, key };
}

function readCertificate(file: string): string {
  let text: string;
  try {
    text = readSmallFile(file);
  } catch (thrown) {
    throw unreadIn(file)((thrown as NodeJS.ErrnoException).code ?? 'unreadable', thrown);
  }
  try {
    new X509Certificate(text);
    return text;
  } catch {
    throw new Fault('TLS_FILES_INVALID', `${file}: not a certificate in PEM`);
  }
}

/** A configured node with the contents of its files. */
export const nodeOf = ({ tls, auth, ...node }: Config['nodes'][number]): Node => ({
  ...node,
  ...(tls ? { tls: readTls(tls) } : {}),
  ...(auth ? { authorization: authorizationOf(auth) } : {}),
});

/** RFC 6750, RFC 7617. */
const authorizationOf = (auth: NonNullable<Config['nodes'][number]['auth']>): string =>
  'bearer' in auth
    ? `Bearer ${auth.bearer}`
    : `Basic ${Buffer.from(`${auth.user}:${auth.password}`).toString('base64')}`;
