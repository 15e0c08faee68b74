/** Writes docs/sr-mapping from the report templates: `node --import tsx test/support/write-sr-mapping.ts`. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { whyNotInstalled } from './installed.ts';
import { dump, MAPPING_FOLDER, mappingFiles } from './sr-mapping-files.ts';

const noDsrdump = whyNotInstalled('dsrdump');
if (noDsrdump) throw new Error(`The text of the samples is dsrdump's ${noDsrdump}`);

rmSync(MAPPING_FOLDER, { recursive: true, force: true });
mkdirSync(new URL('samples/', MAPPING_FOLDER), { recursive: true });
for (const [path, content] of mappingFiles()) {
  const file = fileURLToPath(new URL(path, MAPPING_FOLDER));
  writeFileSync(file, content);
  if (file.endsWith('.dcm')) writeFileSync(file.replace(/\.dcm$/, '.txt'), dump(file));
}
