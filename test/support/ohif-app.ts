import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const VERSION = '3.13.2';
/** SHA-512 of the package, as the registry has it. */
const INTEGRITY = 'WZdxmpmG7rqFgW9ZJLcbgr3XCtLi1KDNPoMaeY5PPe6j4G4fjEjjkycZM6C6Zk2F87BKxFfpq+jd5xXZB9E8EA==';

const run = promisify(execFile);

/** Where the built viewer lies, or why it cannot be had, to print with a skipped test. */
export type OhifApp = Readonly<{ folder: string; missing?: never } | { missing: string; folder?: never }>;

/**
 * OHIF as its makers built it: 50 MB, therefore no dependency but fetched once into a cache folder, EARSHOT_CACHE_DIR or
 * ~/.cache/earshot.
 */
export async function ohifApp(): Promise<OhifApp> {
  const cache = process.env['EARSHOT_CACHE_DIR'] || join(homedir(), '.cache', 'earshot');
  const place = join(cache, `ohif-app-${VERSION}`);
  const folder = join(place, 'package', 'dist');
  if (existsSync(join(folder, 'index.html'))) return { folder };
  try {
    await fetchInto(cache, place);
    return { folder };
  } catch (thrown) {
    const why = String(thrown instanceof Error ? thrown.message : thrown).split('\n')[0];
    return { missing: `(skipped: no @ohif/app ${VERSION}: ${why})` };
  }
}

/** Whole or not at all: another test run may look into the cache at the same time. */
async function fetchInto(cache: string, place: string): Promise<void> {
  await mkdir(cache, { recursive: true });
  const folder = await mkdtemp(join(cache, 'fetching-'));
  try {
    const asked = ['pack', `@ohif/app@${VERSION}`, '--silent', '--pack-destination', folder];
    await run('npm', asked, { timeout: 120_000 });
    const archive = join(folder, `ohif-app-${VERSION}.tgz`);
    const digest = createHash('sha512')
      .update(await readFile(archive))
      .digest('base64');
    if (digest !== INTEGRITY) throw new Error('the package is not the one that this test was made with');
    await run('tar', ['-xzf', archive, '-C', folder]);
    await rm(archive);
    await rename(folder, place).catch((thrown: unknown) => {
      if (!existsSync(place)) throw thrown;
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
