import { afterEach, beforeEach, expect, it } from 'vitest';
import { awaitedFiles } from '../../../src/catalogue/awaited-files.ts';
import { awaitFiles } from '../../../src/pipeline/await-files.ts';
import type { World } from '../../../src/pipeline/world.ts';
import { keptLog } from '../../support/log.ts';
import { type OpenedCatalogue, openedCatalogue } from '../catalogue/opened.ts';

const MINUTE = 60_000;
const FILE = 'instances/a/b.dcm';
let opened: OpenedCatalogue;
let isSeen = false;

beforeEach(async () => {
  opened = await openedCatalogue();
  isSeen = false;
});
afterEach(() => opened.sql.close());

/** A job looks for its file; answers the fault with which it ends. */
async function look(key = 'case'): Promise<string | undefined> {
  const files = { awaited: async () => (isSeen ? [] : [FILE]) } as unknown as World['files'];
  const world = { catalogue: opened.catalogue, files, log: keptLog() };
  const looking = awaitFiles(world, key, [{ file: FILE }], new AbortController().signal);
  return looking.then(
    () => undefined,
    (thrown) => (thrown as { code: string }).code,
  );
}
const told = () => awaitedFiles(opened.sql, opened.clock());

it('a job that goes on waiting is told since when, and after an hour that the file is gone', async () => {
  for (let minute = 0; minute < 60; minute += 2) {
    expect(await look()).toBe('FILE_AWAITED');
    opened.tick(2 * MINUTE);
  }
  expect(await told()).toEqual({ count: 1, oldestSeconds: 3600 });
  expect(await look()).toBe('FILE_MISSING');
  expect((await told()).count).toBe(0);
});

it('a file that is seen is awaited no more', async () => {
  expect(await look()).toBe('FILE_AWAITED');
  isSeen = true;
  expect(await look()).toBeUndefined();
  expect((await told()).count).toBe(0);
});

it('a job that came to another end is soon not said to wait', async () => {
  await look();
  opened.tick(6 * MINUTE);
  await look('another');
  opened.tick(MINUTE);
  expect(await told()).toEqual({ count: 1, oldestSeconds: 60 });
  opened.tick(6 * MINUTE);
  expect(await told()).toEqual({ count: 0, oldestSeconds: 0 });
});

it('a job of the same key that waits days later waits anew', async () => {
  await look();
  opened.tick(3 * 24 * 60 * MINUTE);
  expect(await look()).toBe('FILE_AWAITED');
  expect(await told()).toEqual({ count: 1, oldestSeconds: 0 });
  opened.tick(2 * MINUTE);
  expect(await look()).toBe('FILE_AWAITED');
  expect((await told()).oldestSeconds).toBe(120);
});

it('what others that wait keep back for some minutes is still the same wait', async () => {
  for (let minute = 0; minute < 60; minute += 20) {
    expect(await look()).toBe('FILE_AWAITED');
    opened.tick(20 * MINUTE);
  }
  expect(await look()).toBe('FILE_MISSING');
});

it('what the version before left is as old as its beginning', async () => {
  const { sql, clock } = opened;
  const since = clock().getTime() - 2 * 60 * MINUTE;
  await sql.query('INSERT INTO "awaitedFile" ("key", "file", "since") VALUES ($1, $2, $3)', [
    'case',
    FILE,
    since,
  ]);
  expect((await told()).count).toBe(0);
  expect(await look()).toBe('FILE_AWAITED');
});
