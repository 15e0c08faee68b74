import { describe, expect, it } from 'vitest';
import { migrate } from '../../../src/catalogue/migrate.ts';
import { Renditions } from '../../../src/catalogue/renditions.ts';
import { Reports } from '../../../src/catalogue/reports.ts';
import { loadMigrations } from '../../../src/startup/load.ts';
import { openTestSql, tableNames } from '../../support/databases.ts';

const now = new Date(0);

describe('migrations', () => {
  it('twice are once: data stays', async () => {
    const sql = await openTestSql();
    await migrate(sql, loadMigrations(), now);
    const before = await tableNames(sql);
    expect(before).toContain('study');
    await sql.query('INSERT INTO "setting" VALUES ($1, $2)', ['a', 'b']);
    await migrate(sql, loadMigrations(), new Date(1));
    expect(await tableNames(sql)).toEqual(before);
    expect(await sql.query('SELECT * FROM "setting"')).toEqual([{ name: 'a', value: 'b' }]);
    const marks = await sql.query<{ appliedAt: number }>('SELECT "appliedAt" FROM "migration"');
    expect(marks).toHaveLength(loadMigrations().length);
    expect(new Set(marks.map(({ appliedAt }) => appliedAt))).toEqual(new Set([0]));
  });

  it('are numbered without a gap or a repetition', () => {
    const versions = loadMigrations().map(({ version }) => version);
    expect(versions).toEqual(versions.map((_, at) => at + 1));
  });

  it('run in order, whatever order they come in', async () => {
    const sql = await openTestSql();
    const [second, first] = [
      { version: 2, text: 'ALTER TABLE "a" ADD COLUMN "y" TEXT;' },
      { version: 1, text: '-- first\nCREATE TABLE "a" ("x" TEXT);\n' },
    ];
    expect(await migrate(sql, [second, first], now)).toBe(2);
    await sql.query('INSERT INTO "a" ("x", "y") VALUES ($1, $2)', ['1', '2']);
  });

  it('that fail leave nothing behind and can be tried again', async () => {
    const sql = await openTestSql();
    const broken = { version: 1, text: 'CREATE TABLE "a" ("x" TEXT);\nCREATE TABLE oops (;' };
    await expect(migrate(sql, [broken], now)).rejects.toThrow();
    expect(await tableNames(sql)).toEqual(['migration']);
    await migrate(sql, [{ version: 1, text: 'CREATE TABLE "a" ("x" TEXT);' }], now);
    expect(await tableNames(sql)).toEqual(['a', 'migration']);
  });

  it('of a newer program are refused', async () => {
    const sql = await openTestSql();
    const known = loadMigrations();
    await migrate(sql, [...known, { version: known.length + 1, text: 'CREATE TABLE "z" ("x" TEXT);' }], now);
    await expect(migrate(sql, known, now)).rejects.toThrow(/SCHEMA_NEWER/);
  });

  it('keep the reports, notes, renditions and deliveries of a version that knew no companions', async () => {
    const sql = await openTestSql();
    const before = loadMigrations().filter(({ version }) => version <= 5);
    await migrate(sql, before, now);
    const report = (uid: string, SOPClassUID: string, at: number) =>
      sql.query(
        `INSERT INTO "report" VALUES ($1, $2, '2.25.3', '2.25.1', 'f', 'd', 'i', '{}', '20260101', $3)`,
        [uid, `1.2.840.10008.5.1.4.1.1.88.${SOPClassUID}`, at],
      );
    await report('2.25.10', '33', 1);
    await report('2.25.11', '59', 2);
    await sql.query(
      `INSERT INTO "rendition" VALUES ('2.25.12', '2.25.10', '1.2.840.10008.5.1.4.1.1.88.34', '2.25.4', '2.25.1', 'g')`,
    );
    const delivery = (uid: string) =>
      sql.query(
        `INSERT INTO "delivery" VALUES ($1, 'pacs', '2.25.1', 'gaveUp', 1, 1, 0, NULL, NULL, NULL, 0, 0)`,
        [uid],
      );
    await delivery('2.25.10');
    await delivery('2.25.11');
    await migrate(sql, loadMigrations(), now);

    const reports = new Reports(sql, () => now);
    const old = { kind: 'sr', language: 'en', companionOf: null, heldBecause: null, due: null };
    expect(await reports.of('2.25.1')).toEqual([
      expect.objectContaining({ ...old, SOPInstanceUID: '2.25.10', result: {}, ContentDate: '20260101' }),
    ]);
    expect(await reports.report('2.25.11')).toMatchObject({ ...old, kind: 'note' });
    expect(await new Renditions(sql).of('2.25.10')).toMatchObject([
      { SOPInstanceUID: '2.25.12', language: 'en', file: 'g' },
    ]);
    // Which form a try of then left is not known: a note has to name each.
    expect(await new Renditions(sql).sentOf('2.25.10')).toMatchObject([{ SOPInstanceUID: '2.25.12' }]);
    const letters = await reports.deadLetters();
    expect(letters.map(({ kind, isOutdated }) => [kind, isOutdated])).toEqual([
      ['sr', false],
      ['note', false],
    ]);
  });
});
