import { readdir } from 'node:fs/promises';
import { join, relative } from 'node:path';
import type { InstanceFile } from '../../src/ports.ts';
import { storageFault } from './data-folder.ts';

/** Every file in a folder below the data folder, whether or not the catalogue names it; links are not followed. */
export async function filesBelow(dataDir: string, folder: string): Promise<InstanceFile[]> {
  try {
    const found = await readdir(join(dataDir, folder), { recursive: true, withFileTypes: true });
    return found
      .filter((entry) => entry.isFile())
      .map(({ parentPath, name }) => relative(dataDir, join(parentPath, name)));
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw storageFault(thrown);
  }
}
