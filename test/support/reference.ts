import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, it } from 'vitest';

/** Folder of expected values computed by other programs; undefined when it is not there. Never copied into the project. */
export function referenceDir(): string | undefined {
  const folder = resolve(process.env['EARSHOT_REFERENCE_DIR'] ?? '../shared/reference');
  return existsSync(folder) ? folder : undefined;
}

/** A suite that needs the reference folder; without it the suite is skipped, and its title says why. */
export function describeWithReference(name: string, body: (folder: string) => void): void {
  const folder = referenceDir();
  if (folder === undefined) {
    // The body reads files of the reference before it names its tests.
    describe.skip(`${name} (skipped: no reference folder; set EARSHOT_REFERENCE_DIR)`, () =>
      it.skip('is not there', () => undefined));
  } else {
    describe(name, () => body(folder));
  }
}
