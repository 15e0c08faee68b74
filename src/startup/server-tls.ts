import { createSecureContext } from 'node:tls';
import { Fault } from '../fault.ts';
import type { Config } from './config.ts';
import { readText } from './yaml.ts';

/**
 * `http.tls` with the contents of its PEM files; undefined without it. Throws TLS_FILES_INVALID: one is missing, is no PEM, or
 * the key is of another certificate.
 */
export function readHttpTls(files: Config['http']['tls']) {
  if (files === undefined) return undefined;
  const read = (file: string): string => readText(file, 'TLS_FILES_INVALID');
  const material = { ca: files.ca.map(read), cert: read(files.cert), key: read(files.key) };
  try {
    createSecureContext(material);
  } catch (thrown) {
    const code = (thrown as NodeJS.ErrnoException).code ?? 'unreadable';
    throw new Fault('TLS_FILES_INVALID', `cert ${files.cert}, key ${files.key}: ${code}`, { cause: thrown });
  }
  return { ...files, ...material };
}
