import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { holdWrites, openSqlite, snapshot } from '../../../../adapters/database/sqlite.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'earshot-sqlite-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const inserted = [
  { text: 'CREATE TABLE "t" ("name" TEXT)' },
  { text: 'INSERT INTO "t" VALUES ($1)', values: ['NAME^OF^SOMEBODY'] },
];
const modesOf = (): string[] =>
  readdirSync(folder).map((name) => (statSync(join(folder, name)).mode & 0o777).toString(8));

describe('a catalogue on SQLite', () => {
  it('has nothing of a deleted row in its file any more', async () => {
    const file = join(folder, 'catalogue');
    const sql = openSqlite(file);
    await sql.batch(inserted);
    await sql.query('PRAGMA wal_checkpoint(TRUNCATE)');
    expect(readFileSync(file).includes('NAME^OF^SOMEBODY')).toBe(true);
    await sql.batch([{ text: 'DELETE FROM "t"' }]);
    await sql.close();
    expect(readdirSync(folder)).toEqual(['catalogue']);
    expect(readFileSync(file).includes('NAME^OF^SOMEBODY')).toBe(false);
  });

  it('is closed to other users of the machine, with its log; a copy is for its owner alone', async () => {
    const sql = openSqlite(join(folder, 'catalogue'));
    await sql.batch(inserted);
    expect(modesOf()).toEqual(['640', '640', '640']);
    const copy = join(folder, 'copy');
    snapshot(join(folder, 'catalogue'), copy);
    expect((statSync(copy).mode & 0o777).toString(8)).toBe('600');
    await sql.close();
  });

  it('asks whether it may write before it does, and again while nobody else can', async () => {
    const file = join(folder, 'catalogue');
    let asked: string[] = [];
    let refused = '';
    const other = new Database(file, { timeout: 0 });
    const mayWrite = () => {
      try {
        other.exec('BEGIN IMMEDIATE');
        other.exec('ROLLBACK');
        asked.push('free');
      } catch {
        asked.push('held');
      }
      if (asked.at(-1) === refused) throw new Error('refused');
    };
    const sql = openSqlite(file, { mayWrite });
    const insert = `INSERT INTO "t" VALUES ('B')`;
    const counted = async () => (await sql.query('SELECT 1 FROM "t"')).length;
    const writes = [() => sql.batch([{ text: insert }]), () => sql.query(insert)];
    await sql.batch(inserted);
    for (const write of writes) {
      asked = [];
      await write();
      expect(asked).toEqual(['free', 'held']);
      for (refused of ['free', 'held']) await expect(write()).rejects.toThrow('refused');
      refused = '';
    }
    asked = [];
    expect(await counted()).toBe(3);
    expect(asked).toEqual([]);
    await sql.query('VACUUM');
    expect(asked).toEqual(['free']);
    await sql.close();
    other.close();
  });

  it('is written by nobody while it is held, and read by everybody', async () => {
    const file = join(folder, 'catalogue');
    const sql = openSqlite(file);
    await sql.batch(inserted);
    const other = new Database(file, { timeout: 0 });
    {
      using _ = await holdWrites(file);
      expect(() => other.exec('DELETE FROM "t"')).toThrow('locked');
      expect(await sql.query('SELECT 1 FROM "t"')).toHaveLength(1);
    }
    other.exec('DELETE FROM "t"');
    expect(await sql.query('SELECT 1 FROM "t"')).toEqual([]);
    await expect(holdWrites(join(folder, 'none'))).rejects.toMatchObject({ code: 'DATABASE_FAILED' });
    expect(readdirSync(folder)).not.toContain('none');
    other.close();
    await sql.close();
  });
});
