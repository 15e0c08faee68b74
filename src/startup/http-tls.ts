import { createSecureContext } from 'node:tls';
import { Fault } from '../fault.ts';
import { readText } from './yaml.ts';

type Files = Readonly<{ ca: readonly string[]; cert: string; key: string }>;

/** The contents of PEM files. Throws TLS_FILES_INVALID: one is missing, is no PEM, or the key is of another certificate. */
export function readHttpTls(files: Files): { ca: string[]; cert: string; key: string } {
  const read = (file: string): string => readText(file, 'TLS_FILES_INVALID');
  const material = { ca: files.ca.map(read), cert: read(files.cert), key: read(files.key) };
  try {
    createSecureContext(material);
  } catch (thrown) {
    const code = (thrown as NodeJS.ErrnoException).code ?? 'unreadable';
    throw new Fault('TLS_FILES_INVALID', `cert ${files.cert}, key ${files.key}: ${code}`, { cause: thrown });
  }
  return material;
}
