/** What lies under `instances/` and `later/`, whether or not anything names it; links are not followed. */
import type { Dirent } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { InstanceFile } from '../../src/ports.ts';

/** `folder`: a study's, or `later`. */
export type KeptFiles = Readonly<{ folder: string; files: readonly InstanceFile[] }>;

/** One folder at a time: a million names are never in memory. */
export async function* keptFiles(root: string): AsyncGenerator<KeptFiles> {
  for (const study of await foldersIn(root, 'instances')) {
    const files: InstanceFile[] = [];
    for (const series of await foldersIn(root, study)) files.push(...(await filesIn(root, series)));
    yield { folder: study, files };
  }
  yield { folder: 'later', files: await filesIn(root, 'later') };
}

const foldersIn = (root: string, folder: string): Promise<string[]> =>
  namesIn(root, folder, (entry) => entry.isDirectory());
const filesIn = (root: string, folder: string): Promise<InstanceFile[]> =>
  namesIn(root, folder, (entry) => entry.isFile());

/** Empty where the folder is gone: retention removes those that are empty. */
async function namesIn(
  root: string,
  folder: string,
  isWanted: (entry: Dirent) => boolean,
): Promise<string[]> {
  const entries = await readdir(join(root, folder), { withFileTypes: true }).catch((thrown) => {
    if ((thrown as NodeJS.ErrnoException).code !== 'ENOENT') throw thrown;
    return [];
  });
  return entries.filter(isWanted).map(({ name }) => `${folder}/${name}`);
}
