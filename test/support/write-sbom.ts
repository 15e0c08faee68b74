/** Writes dist/earshot.cdx.json: `npm run sbom`. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { say } from './say.ts';
import { type Bom, type LockFile, productionBom } from './sbom.ts';

const FILE = 'dist/earshot.cdx.json';
const said = execFileSync('npm', ['sbom', '--package-lock-only', '--sbom-format', 'cyclonedx'], {
  encoding: 'utf8',
  maxBuffer: 64 * 1024 ** 2,
});
const lock = JSON.parse(readFileSync('package-lock.json', 'utf8')) as LockFile;
const bom = productionBom(JSON.parse(said) as Bom, lock);
mkdirSync('dist', { recursive: true });
writeFileSync(FILE, `${JSON.stringify(bom, null, 2)}\n`);
say(`${FILE}: ${bom.components.length} packages`);
