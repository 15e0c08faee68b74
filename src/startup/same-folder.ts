/**
 * Whether the data folder is that of the installation. A process that has a folder of its own would keep objects where no other
 * finds them, and miss those of the others.
 */
import { link, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Catalogue } from '../catalogue/catalogue.ts';
import { Fault } from '../fault.ts';

const FILE = 'installation.id';
const SETTING = 'dataFolder';
/** A shared folder may show late what another machine wrote. */
const SEEN_WITHIN_MS = 10_000;
const LOOK_MS = 250;

/** Undefined: there is none. */
const idIn = (dataDir: string): Promise<string | undefined> =>
  readFile(join(dataDir, FILE), 'utf8').then(
    (text) => text.trim(),
    () => undefined,
  );

/** The first process of an installation marks its folder. Answers what tells later whether it still is that folder. Faults: DATA_DIR_NOT_SHARED. */
export async function requireSameFolder(
  dataDir: string,
  catalogue: Pick<Catalogue, 'sql' | 'setting'>,
  seenWithinMs = SEEN_WITHIN_MS,
): Promise<() => Promise<string | null>> {
  const rows = await catalogue.sql.query('SELECT 1 FROM "setting" WHERE "name" = $1', [SETTING]);
  const end = performance.now() + (rows.length > 0 ? seenWithinMs : 0);
  let id = await idIn(dataDir);
  while (id === undefined && performance.now() < end) {
    await pause(LOOK_MS);
    id = await idIn(dataDir);
  }
  if (id === undefined && rows.length > 0) throw new Fault('DATA_DIR_NOT_SHARED', `it has no file ${FILE}`);
  const isNew = id === undefined;
  if (isNew) id = await mark(dataDir);
  const known = await catalogue.setting(SETTING, id ?? '');
  if (known !== id) {
    if (isNew) await rm(join(dataDir, FILE), { force: true });
    throw new Fault('DATA_DIR_NOT_SHARED', `its file ${FILE} is of another installation`);
  }
  return async () =>
    (await idIn(dataDir)) === known ? null : 'it is not the folder of this installation any more';
}

/** Another process may have been quicker, whose mark then counts. */
async function mark(dataDir: string): Promise<string | undefined> {
  const id = crypto.randomUUID();
  // Under another name first: nobody reads half of it.
  const whole = join(dataDir, `${FILE}.${id}`);
  await writeFile(whole, `${id}\n`, { flag: 'wx' });
  await link(whole, join(dataDir, FILE)).catch((thrown: unknown) => {
    if ((thrown as NodeJS.ErrnoException).code !== 'EEXIST') throw thrown;
  });
  await rm(whole, { force: true });
  return idIn(dataDir);
}
