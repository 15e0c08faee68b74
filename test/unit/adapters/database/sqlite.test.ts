import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openSqlite, snapshot } from '../../../../adapters/database/sqlite.ts';

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
});
