import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A models folder of a test's own, with the shipped delta model and, by file name, variants of it. */
export async function modelsFolder(variants: Readonly<Record<string, object>> = {}): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'earshot-models-'));
  const shipped = await readFile('models/ear-delta-2023.json', 'utf8');
  await writeFile(join(folder, 'ear-delta-2023.json'), shipped);
  for (const [id, changes] of Object.entries(variants))
    await writeFile(join(folder, `${id}.json`), JSON.stringify({ ...JSON.parse(shipped), id, ...changes }));
  return folder;
}
