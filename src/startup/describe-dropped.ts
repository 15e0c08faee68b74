import { randomUUID } from 'node:crypto';
import { mkdir, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { DryRunFileNeeds } from '../pipeline/dry-run-file.ts';
import type { Radiomics } from '../ports.ts';

/** Below the data folder, so that a dropped file lies where patient data may lie. */
const FOLDER = 'dropped';
/** One that another process reads is never as old. */
const LEFT_AFTER_MS = 3_600_000;

/**
 * Reads what was dropped on a page: written to a file of its own for the thread that reads it, and removed whatever
 * comes of it. What a crash has left is removed at the next start; `isOneOfMany`: what is an hour old, the rest may be another
 * process's.
 */
export async function openDroppedFiles(
  dataDir: string,
  radiomics: Pick<Radiomics, 'describeMask' | 'readHeader'>,
  isOneOfMany = false,
): Promise<DryRunFileNeeds> {
  const folder = join(dataDir, FOLDER);
  if (isOneOfMany) await removeOld(folder);
  else await rm(folder, { recursive: true, force: true });
  async function asFile<Answer>(bytes: Uint8Array, ask: (file: string) => Promise<Answer>): Promise<Answer> {
    await mkdir(folder, { recursive: true });
    const file = join(folder, `${randomUUID()}.dcm`);
    try {
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

async function removeOld(folder: string): Promise<void> {
  for (const name of await readdir(folder).catch(() => [])) {
    const file = join(folder, name);
    const { mtimeMs } = (await stat(file).catch(() => undefined)) ?? { mtimeMs: Date.now() };
    if (Date.now() - mtimeMs > LEFT_AFTER_MS) await rm(file, { force: true });
  }
}
