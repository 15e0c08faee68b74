import { randomUUID } from 'node:crypto';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { DryRunFileNeeds } from '../pipeline/dry-run-file.ts';
import type { Radiomics } from '../ports.ts';

/**
 * Reads what was dropped on a page: written to a file of its own for the thread that reads it, and removed whatever
 * comes of it. `folder` exists, and lies where patient data may lie.
 */
export function openDroppedFiles(
  folder: string,
  radiomics: Pick<Radiomics, 'describeMask' | 'readHeader'>,
): DryRunFileNeeds {
  async function asFile<Answer>(bytes: Uint8Array, ask: (file: string) => Promise<Answer>): Promise<Answer> {
    const file = join(folder, `${randomUUID()}.dcm`);
    try {
      // Another process that took this one for dead may have removed it.
      await mkdir(folder, { recursive: true });
      await writeFile(file, bytes, { flag: 'wx', mode: 0o600 });
      return await ask(file);
    } finally {
      await rm(file, { force: true });
    }
  }
  return {
    readHeader: (bytes, signal) => asFile(bytes, (file) => radiomics.readHeader(file, signal)),
    describeMask: (bytes, signal) => asFile(bytes, (file) => radiomics.describeMask(file, signal)),
  };
}
