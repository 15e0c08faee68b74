/** Certificates for tests, made by openssl: authorities, and names signed by them. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export type Signed = Readonly<{ cert: string; key: string }>;
export type Certificates = Disposable &
  Readonly<{
    folder: string;
    /** PEM file of an authority of that name */
    authority(name: string): string;
    /** files of a certificate for localhost and 127.0.0.1 (or other `names`) that the authority signed */
    signed(authority: string, name: string, names?: string, days?: number): Signed;
  }>;

export function makeCertificates(): Certificates {
  const folder = mkdtempSync(join(tmpdir(), 'earshot-certificates-'));
  const openssl = (...args: string[]) => execFileSync('openssl', args, { cwd: folder, stdio: 'pipe' });
  const made = new Set<string>();
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  const authority = (name: string): string => {
    const [cert, key] = [`${name}.pem`, `${name}.key`];
    if (!made.has(name)) {
      openssl('req', '-x509', ...newKey, '-keyout', key, '-out', cert, '-subj', `/CN=${name}`, '-days', '30');
      made.add(name);
    }
    return join(folder, cert);
  };
  return {
    folder,
    authority,
    signed: (by, name, names = 'DNS:localhost,IP:127.0.0.1', days = 30) => {
      authority(by);
      openssl('req', ...newKey, '-keyout', `${name}.key`, '-out', `${name}.csr`, '-subj', `/CN=${name}`);
      writeFileSync(join(folder, `${name}.ext`), `subjectAltName=${names}\n`);
      const signing = [
        '-CA',
        `${by}.pem`,
        '-CAkey',
        `${by}.key`,
        '-CAcreateserial',
        '-extfile',
        `${name}.ext`,
      ];
      openssl('x509', '-req', '-in', `${name}.csr`, ...signing, '-out', `${name}.pem`, '-days', String(days));
      return { cert: join(folder, `${name}.pem`), key: join(folder, `${name}.key`) };
    },
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  };
}
