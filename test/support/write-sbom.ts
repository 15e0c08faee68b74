/**
 * Writes dist/earshot.cdx.json: `npm run sbom`. Its time is SOURCE_DATE_EPOCH (seconds, reproducible-builds.org), else that of the last
 * commit to the lock file, else there is none: the same sources give the same bytes.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { say } from './say.ts';
import { type Bom, type LockFile, productionBom } from './sbom.ts';

const FILE = 'dist/earshot.cdx.json';
const said = execFileSync('npm', ['sbom', '--package-lock-only', '--sbom-format', 'cyclonedx'], {
  encoding: 'utf8',
  maxBuffer: 64 * 1024 ** 2,
});
const lock = JSON.parse(readFileSync('package-lock.json', 'utf8')) as LockFile;
const bom = productionBom(JSON.parse(said) as Bom, lock, madeAt());
mkdirSync('dist', { recursive: true });
writeFileSync(FILE, `${JSON.stringify(bom, null, 2)}\n`);
say(`${FILE}: ${bom.components.length} packages`);

function madeAt(): Date | undefined {
  const { stdout } = spawnSync('git', ['log', '-1', '--format=%ct', '--', 'package-lock.json'], {
    encoding: 'utf8',
  });
  const seconds = Number(process.env['SOURCE_DATE_EPOCH'] || stdout || '');
  return seconds > 0 ? new Date(seconds * 1000) : undefined;
}
