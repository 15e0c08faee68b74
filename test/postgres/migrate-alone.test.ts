import { execFileSync } from 'node:child_process';
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import pg from 'pg';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Accounts } from '../../src/catalogue/accounts.ts';
import { configSchema } from '../../src/startup/config.ts';
import { moveCatalogue } from '../../src/startup/move-catalogue.ts';
import { type Beside, openBeside } from '../../src/startup/open-beside.ts';
import { openCatalogue } from '../../src/startup/open-catalogue.ts';
import type { DatabasePlace } from '../../src/startup/open-database.ts';
import { createLogins } from '../../src/users/logins.ts';
import { newDatabase, postgresMissing } from '../support/databases.ts';
import { type FilledCatalogue, filledCatalogue } from '../support/filled-catalogue.ts';
import { smallDisk, smallDiskMissing } from '../support/small-disk.ts';

const clock = () => new Date();
const ROWS = 20;
const MOVED = /^CATALOGUE_MOVED/;

type Over = Partial<Parameters<typeof moveCatalogue>[0]>;
const moving = ({ dataDir, database }: DatabasePlace, over: Over = {}) =>
  moveCatalogue({
    config: configSchema.parse({ dataDir, database }),
    from: join(dataDir, 'catalogue.sqlite'),
    clock,
    line: { actor: 'a test', role: '', via: 'machine', address: '', action: 'catalogue.moved' },
    progress: () => undefined,
    compared: () => undefined,
    ...over,
  });

const onSqlite = (place: DatabasePlace): DatabasePlace => ({ ...place, database: 'sqlite' });

const addAnna = ({ sql }: Beside): Promise<void> =>
  createLogins(new Accounts(sql, clock), configSchema.parse({}).admin, clock).add(
    'anna',
    'a phantom listens at night',
    'administrator',
    'a test',
  );

/** A clock that ends a move between its mark and its first row: it is asked for the schema first, and then for the beginning. */
function killedAtItsBeginning(): () => Date {
  let asked = 0;
  return () => {
    asked += 1;
    if (asked > 1) throw new Error('killed');
    return new Date();
  };
}

const SETTING = `INSERT INTO "setting" VALUES ('late', '1')`;

async function settingsOf(place: DatabasePlace): Promise<string[]> {
  const { sql } = await openCatalogue(place, clock);
  try {
    const rows = await sql.query<{ name: string }>('SELECT "name" FROM "setting"');
    return rows.map(({ name }) => name);
  } finally {
    await sql.close();
  }
}

describe.skipIf(postgresMissing())('a catalogue on its way to PostgreSQL', () => {
  let filled: FilledCatalogue;
  let mark: string;
  beforeEach(async () => {
    filled = await filledCatalogue(() => ROWS);
    mark = `${filled.sqlite}.moved`;
  });
  afterEach(() => rmSync(filled.folder, { recursive: true, force: true }));

  test('is written by nobody else until it is there, also after its rows are compared', async () => {
    const other = new Database(filled.sqlite, { timeout: 0 });
    const came = new Map<string, string>();
    const progress = (step: string) => {
      if (came.has(step)) return;
      try {
        other.exec(SETTING);
        came.set(step, 'written');
      } catch (thrown) {
        came.set(step, (thrown as { code: string }).code);
      }
    };
    expect(await moving(filled.target, { progress })).toMatchObject({ jobs: 2 });
    other.close();
    expect([...came]).toEqual(
      ['moved', 'read in SQLite', 'read in PostgreSQL', 'looked for the files of'].map((step) => [
        step,
        'SQLITE_BUSY',
      ]),
    );
  });

  test('is not said to be moved when somebody wrote at its end all the same, on a disk whose locks do not hold', async () => {
    let isWritten = false;
    const progress = (step: string) => {
      if (isWritten || step !== 'looked for the files of') return;
      isWritten = true;
      // Closing a file ends every lock that this process has on it.
      closeSync(openSync(`${filled.sqlite}-shm`, 'r+'));
      const script = `require('better-sqlite3')(${JSON.stringify(filled.sqlite)}).exec(${JSON.stringify(SETTING)})`;
      execFileSync(process.execPath, ['--eval', script]);
    };
    await expect(moving(filled.target, { progress })).rejects.toThrow(/^MOVE_DIFFERS: .*another program/);
    expect(isWritten).toBe(true);
    await expect(openCatalogue(filled.target, clock)).rejects.toThrow(/^MOVE_UNFINISHED/);
  });

  test('takes what somebody was writing when it was marked, and then nothing from a command that opened it before', async () => {
    await using beside = await openBeside(onSqlite(filled.target));
    const other = new Database(filled.sqlite);
    other.exec('BEGIN IMMEDIATE');
    other.exec(SETTING);
    let during: Promise<unknown> | undefined;
    const moved = moving(filled.target, {
      progress: () => {
        during ??= expect(addAnna(beside)).rejects.toThrow(MOVED);
      },
    });
    await expect.poll(() => existsSync(mark), { timeout: 8000 }).toBe(true);
    other.exec('COMMIT');
    other.close();
    expect(await moved).toBeDefined();
    expect(during).toBeDefined();
    await during;
    await expect(addAnna(beside)).rejects.toThrow(MOVED);
    await expect(beside.sql.query(SETTING)).rejects.toThrow(MOVED);
    await expect(beside.sql.query(`${SETTING} RETURNING "name"`)).rejects.toThrow(MOVED);
    expect(await beside.sql.query('SELECT 1 FROM "user"')).toHaveLength(ROWS);
    expect(await settingsOf(filled.target)).toContain('late');
  });

  test('opens nowhere when its move ended between the mark and the first row', async () => {
    const killed = moving(filled.target, { clock: killedAtItsBeginning() });
    await expect(killed).rejects.toThrow('killed');
    expect(existsSync(mark)).toBe(true);
    await expect(openCatalogue(filled.target, clock)).rejects.toThrow(/^MOVE_UNFINISHED/);
    await expect(openCatalogue(onSqlite(filled.target), clock)).rejects.toThrow(MOVED);
    expect(await moving(filled.target)).toBeDefined();
    expect(await settingsOf(filled.target)).toContain('audit.head');
  });

  test('opens in no other database than the one that it was moved to, and leaves that one as it was', async () => {
    await moving(filled.target);
    const elsewhere = { ...filled.target, database: await newDatabase() };
    await expect(openCatalogue(elsewhere, clock)).rejects.toThrow(/^MOVE_UNFINISHED/);
    const server = new pg.Client({ connectionString: elsewhere.database });
    await server.connect();
    const { rows } = await server.query(`SELECT 1 FROM pg_tables WHERE schemaname = 'public'`);
    await server.end();
    expect(rows).toEqual([]);
    // One that holds another catalogue.
    const { sql } = await openCatalogue({ ...elsewhere, dataDir: join(filled.folder, 'new') }, clock);
    await sql.close();
    await expect(openCatalogue(elsewhere, clock)).rejects.toThrow(/^MOVE_UNFINISHED/);
    expect(await settingsOf(filled.target)).toContain('audit.head');
  });

  test('of a data folder that has no SQLite file opens there as one of a folder that has, whichever was moved before', async () => {
    const dataDir = join(filled.folder, 'shared');
    mkdirSync(dataDir);
    const own = join(dataDir, 'catalogue.sqlite.moved');
    const other = '123e4567-e89b-42d3-a456-426614174000 127.0.0.1:5432/other\n';
    writeFileSync(own, other);
    const place = { ...filled.target, dataDir };
    const from = filled.sqlite;
    // One that belongs to another move does so until a person says otherwise.
    await expect(moving(place, { from })).rejects.toThrow(/^MOVE_TARGET_OTHER: .*127\.0\.0\.1:5432\/other/);
    expect([readFileSync(own, 'utf8'), existsSync(mark)]).toEqual([other, false]);
    rmSync(own);
    const killed = moving(place, { from, clock: killedAtItsBeginning() });
    await expect(killed).rejects.toThrow('killed');
    await expect(openCatalogue(place, clock)).rejects.toThrow(/^MOVE_UNFINISHED/);
    // As in another folder than the first time.
    rmSync(own);
    expect(await moving(place, { from })).toBeDefined();
    expect(await settingsOf(place)).toContain('audit.head');
    const elsewhere = { ...place, database: await newDatabase() };
    await expect(openCatalogue(elsewhere, clock)).rejects.toThrow(/^MOVE_UNFINISHED/);
  });

  test.each(['', '\n', '1a2b db:5432/earshot', '123e4567-e89b-42d3-a456-426614174000\n'])(
    'with a mark that does not say which move, %j, is neither moved nor opened',
    async (text) => {
      writeFileSync(mark, text);
      const told = /^MOVE_MARK_UNREADABLE: .*catalogue\.sqlite\.moved.* If not, remove it/;
      await expect(moving(filled.target)).rejects.toThrow(told);
      await expect(openCatalogue(filled.target, clock)).rejects.toThrow(told);
      await expect(openCatalogue(onSqlite(filled.target), clock)).rejects.toThrow(MOVED);
      rmSync(mark);
      expect(await moving(filled.target)).toBeDefined();
    },
  );

  test.skipIf(smallDiskMissing())('stays on SQLite when there is no room for the mark', async () => {
    using disk = smallDisk(8);
    const place = { ...filled.target, dataDir: disk.folder };
    const { sql } = await openCatalogue(onSqlite(place), clock);
    await sql.close();
    const there = readdirSync(disk.folder).sort();
    const full = moving(place, {
      clock: () => {
        disk.fillUpTo(0);
        return new Date();
      },
    });
    await expect(full).rejects.toThrow(/^STORAGE_FULL/);
    disk.empty();
    expect(readdirSync(disk.folder).filter((name) => name.includes('.moved'))).toEqual([]);
    expect(readdirSync(disk.folder)).toEqual(expect.arrayContaining(there));
    expect(await settingsOf(onSqlite(place))).toEqual([]);
    expect(await moving(place)).toBeDefined();
  });
});
