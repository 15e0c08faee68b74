/** What lies under `instances/` and `later/`, whether or not anything names it; links are not followed. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { InstanceFile } from '../../src/ports.ts';
import { storageFault } from './data-folder.ts';
import { filesBelow } from './files-below.ts';

/** `folder`: a study's, or `later`. */
export type KeptFiles = Readonly<{ folder: string; files: readonly InstanceFile[] }>;

/** One folder at a time: a million names are never in memory. Fault: STORAGE_FAILED. */
export async function* keptFiles(root: string): AsyncGenerator<KeptFiles> {
  for (const folder of [...(await studiesIn(root)), 'later'])
    yield { folder, files: await filesBelow(root, folder) };
}

async function studiesIn(root: string): Promise<string[]> {
  const entries = await readdir(join(root, 'instances'), { withFileTypes: true }).catch((thrown) => {
    if ((thrown as NodeJS.ErrnoException).code !== 'ENOENT') throw storageFault(thrown);
    return [];
  });
  return entries.filter((entry) => entry.isDirectory()).map(({ name }) => `instances/${name}`);
}
