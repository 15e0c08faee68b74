/** Commands beside a service, or without one: what they must not begin, and not change under a service of another version. */
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { isDataDirLocked, lockDataDir } from '../../../adapters/database/lock.ts';
import { openSqlite } from '../../../adapters/database/sqlite.ts';
import { migrate } from '../../../src/catalogue/migrate.ts';
import { loadMigrations } from '../../../src/startup/load.ts';
import { openBeside } from '../../../src/startup/open-beside.ts';
import { run } from '../cli/run.ts';

let dataDir: string;
let config: string;
beforeEach(() => {
  const folder = mkdtempSync(join(tmpdir(), 'earshot-beside-'));
  dataDir = join(folder, 'data');
  config = join(folder, 'earshot.yaml');
  writeFileSync(config, JSON.stringify({ dataDir }), { mode: 0o600 });
});
afterEach(() => rmSync(join(dataDir, '..'), { recursive: true, force: true }));

const place = () => ({ dataDir, database: 'sqlite', databaseConnections: 1 });
const schema = async (): Promise<number> => {
  const sql = openSqlite(join(dataDir, 'catalogue.sqlite'));
  const [row] = await sql.query<{ version: number }>('SELECT MAX("version") AS "version" FROM "migration"');
  await sql.close();
  return row!.version;
};
const newest = Math.max(...loadMigrations().map(({ version }) => version));

it.each([
  ['deliveries'],
  ['deliveries', '--retry', 'all'],
  ['forget', 'P1', '--yes'],
  ['withdraw', '2.25.1', '--reason', 'quality', '--text', 'wrong'],
])('%s on a folder without a catalogue says so, and begins none', async (...command) => {
  const { status, err } = await run(...command, '--config', config);
  expect(status).toBe(1);
  expect(err).toMatch(/^earshot: INPUT_NOT_FOUND: .*catalogue\.sqlite/);
  expect(existsSync(dataDir)).toBe(false);
});

it('what a folder lost, or gave away, is said before that', async () => {
  mkdirSync(join(dataDir, 'instances', '2.25.1'), { recursive: true });
  expect((await run('deliveries', '--config', config)).err).toMatch(/^earshot: CATALOGUE_DAMAGED: /);
  writeFileSync(join(dataDir, 'catalogue.sqlite.moved'), '');
  expect((await run('deliveries', '--config', config)).err).toMatch(/^earshot: CATALOGUE_MOVED: /);
});

it('a restore that was cut off is said before what it lacks', async () => {
  mkdirSync(join(dataDir, 'instances', '2.25.1'), { recursive: true });
  mkdirSync(join(dataDir, '.restoring'));
  writeFileSync(join(dataDir, '.restoring', 'catalogue.sqlite'), '');
  expect((await run('deliveries', '--config', config)).err).toMatch(/^earshot: RESTORE_UNFINISHED: /);
});

it('a damaged lock is no damaged catalogue', () => {
  const file = join(dataDir, '..', 'service.lock');
  writeFileSync(file, 'no lock, and no database'.repeat(200));
  for (const look of [isDataDirLocked, lockDataDir])
    expect(() => look(file)).toThrow(/DATABASE_FAILED.*remove it/);
});

it('a command that may come before the first start begins one', async () => {
  await using world = await openBeside(place());
  expect(await world.patients.all()).toEqual([]);
});

describe('a catalogue of an earlier schema', () => {
  beforeEach(async () => {
    const begun = await openBeside(place());
    await begun[Symbol.asyncDispose]();
    rmSync(join(dataDir, 'catalogue.sqlite'));
    const sql = openSqlite(join(dataDir, 'catalogue.sqlite'));
    await migrate(
      sql,
      loadMigrations().filter(({ version }) => version < newest),
      new Date(),
    );
    await sql.close();
  });

  it('stays what it is as long as a service runs on it', async () => {
    {
      using _ = lockDataDir(join(dataDir, 'service.lock'));
      await expect(openBeside(place())).rejects.toMatchObject({ code: 'SCHEMA_OLDER' });
      expect((await run('deliveries', '--config', config)).err).toMatch(/^earshot: SCHEMA_OLDER: /);
    }
    expect(await schema()).toBe(newest - 1);
  });

  it('is brought up to date where none does', async () => {
    await using _ = await openBeside(place());
    expect(await schema()).toBe(newest);
  });
});

it('whether a folder is held is seen without holding it', () => {
  const file = join(dataDir, '..', 'service.lock');
  expect(isDataDirLocked(file)).toBe(false);
  {
    using _ = lockDataDir(file);
    expect(isDataDirLocked(file)).toBe(true);
  }
  expect(isDataDirLocked(file)).toBe(false);
  using _ = lockDataDir(file);
});
