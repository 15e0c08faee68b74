import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { requireSameFolder } from '../../../src/startup/same-folder.ts';
import { type OpenedCatalogue, openedCatalogue } from '../catalogue/opened.ts';

const REFUSED = { code: 'DATA_DIR_NOT_SHARED' };

describe('the data folder of an installation', () => {
  let opened: OpenedCatalogue;
  let [shared, own] = ['', ''];
  beforeEach(async () => {
    opened = await openedCatalogue();
    [shared, own] = [
      await mkdtemp(join(tmpdir(), 'earshot-shared-')),
      await mkdtemp(join(tmpdir(), 'earshot-own-')),
    ];
  });
  afterEach(() => Promise.all([shared, own].map((folder) => rm(folder, { recursive: true }))));

  it('is marked by the first process, and known by all that come', async () => {
    const problems = await Promise.all([1, 2, 3].map(() => requireSameFolder(shared, opened.catalogue)));
    for (const problem of problems) expect(await problem()).toBeNull();
    expect(await readdir(shared)).toEqual(['installation.id']);
  });

  it('is no other: a process that has one of its own does not start, nor one with that of another installation', async () => {
    await requireSameFolder(shared, opened.catalogue);
    await expect(requireSameFolder(own, opened.catalogue, 300)).rejects.toMatchObject(REFUSED);
    expect(await readdir(own)).toEqual([]);
    await writeFile(join(own, 'installation.id'), 'another\n');
    await expect(requireSameFolder(own, opened.catalogue, 300)).rejects.toMatchObject(REFUSED);
  });

  it('is waited for where it is seen late, and missed when it goes', async () => {
    const problem = await requireSameFolder(shared, opened.catalogue);
    const id = join(shared, 'installation.id');
    await rm(id);
    expect(await problem()).toMatch('not the folder');
    const rows = await opened.sql.query<{ value: string }>(
      `SELECT "value" FROM "setting" WHERE "name" = 'dataFolder'`,
    );
    setTimeout(() => void writeFile(id, `${rows[0]?.value}\n`), 600);
    expect(await (await requireSameFolder(shared, opened.catalogue))()).toBeNull();
  });
});
