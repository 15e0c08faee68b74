import { chmodSync, copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const FIXTURES = join(import.meta.dirname, '../fixtures/tls');

/** A private key of `fixtures/tls` as a file for its owner alone, as Earshot asks for: git keeps no such mode. */
export function closedKeys(...names: readonly string[]): { file(name: string): string; remove(): void } {
  const folder = mkdtempSync(join(tmpdir(), 'earshot-keys-'));
  const file = (name: string): string => join(folder, `${name}.pem`);
  for (const name of names) {
    copyFileSync(join(FIXTURES, `${name}.pem`), file(name));
    chmodSync(file(name), 0o600);
  }
  return { file, remove: () => rmSync(folder, { recursive: true }) };
}
