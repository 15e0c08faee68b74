import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { migrate } from '../../src/catalogue/migrate.ts';
import type { Sql } from '../../src/ports.ts';

/** What the catalogue needs of a database, whichever it is. */
export function describeSql(name: string, open: () => Promise<Sql>): void {
  describe(name, () => {
    let sql: Sql;
    beforeEach(async () => {
      sql = await open();
      await sql.batch([{ text: 'CREATE TABLE "t" ("StudyInstanceUID" TEXT PRIMARY KEY, "n" BIGINT)' }]);
    });
    afterEach(() => sql.close());

    test('a position may be used twice, and null is null', async () => {
      await sql.query('INSERT INTO "t" VALUES ($1, $2)', ['1.2', null]);
      const rows = await sql.query(
        'SELECT "n" FROM "t" WHERE "StudyInstanceUID" = $1 OR "StudyInstanceUID" = $1',
        ['1.2'],
      );
      expect(rows).toEqual([{ n: null }]);
    });

    test('a batch is all or nothing', async () => {
      const twice = { text: 'INSERT INTO "t" VALUES ($1, $2)', values: ['1.2', 1] };
      await expect(sql.batch([twice, twice])).rejects.toThrow();
      expect(await sql.query('SELECT * FROM "t"')).toEqual([]);
    });

    test('a batch whose statement must change a row and does not is undone, and says so', async () => {
      const insert = { text: 'INSERT INTO "t" VALUES ($1, $2)', values: ['1.2', 1] };
      const guard = { text: 'UPDATE "t" SET "n" = 2 WHERE "n" = 99', mustChange: true };
      expect(await sql.batch([insert, guard])).toBe(false);
      expect(await sql.query('SELECT * FROM "t"')).toEqual([]);
      expect(await sql.batch([insert, { ...guard, text: 'UPDATE "t" SET "n" = 2' }])).toBe(true);
    });

    test('an upsert gives back its row', async () => {
      const text = `INSERT INTO "t" VALUES ($1, $2) ON CONFLICT ("StudyInstanceUID") DO UPDATE SET "n" = "t"."n" + 1
        RETURNING "n"`;
      await sql.query(text, ['1.2', 1]);
      expect(await sql.query(text, ['1.2', 1])).toEqual([{ n: 2 }]);
    });

    test('column names keep their case and values their text, quotes and percent signs included', async () => {
      const hostile = `1'; DROP TABLE "t"; -- %_\\`;
      await sql.query('INSERT INTO "t" VALUES ($1, 7)', [hostile]);
      expect(await sql.query('SELECT "StudyInstanceUID", "n" FROM "t"')).toEqual([
        { StudyInstanceUID: hostile, n: 7 },
      ]);
    });

    test('numbers are numbers, large ones and sums too, and a comparison is 1 or 0', async () => {
      const large = Number.MAX_SAFE_INTEGER;
      await sql.query('INSERT INTO "t" VALUES ($1, $2), ($3, 7)', ['1.2', large, '1.3']);
      const text = `SELECT MAX("n") AS "most", COUNT(*) AS "count", SUM("n" - "n" + 2) AS "sum", 7 / 2 AS "whole", 1 = 1 AS "is"
        FROM "t"`;
      expect(await sql.query(text)).toEqual([{ most: large, count: 2, sum: 4, whole: 3, is: 1 }]);
    });

    test('texts are ordered by their bytes', async () => {
      for (const key of ['a', 'Z', '1.10', '1.9', '12', '1.2', 'ä', 'z'])
        await sql.query('INSERT INTO "t" VALUES ($1, 0)', [key]);
      const rows = await sql.query<{ StudyInstanceUID: string }>(
        'SELECT * FROM "t" ORDER BY "StudyInstanceUID"',
      );
      const keys = rows.map(({ StudyInstanceUID }) => StudyInstanceUID);
      expect(keys).toEqual(['1.10', '1.2', '1.9', '12', 'Z', 'a', 'z', 'ä']);
    });

    test('a text that no database keeps as it is can be kept, and found by itself again', async () => {
      for (const strange of ['A\u0000B', 'A\uD800B']) {
        await sql.query('INSERT INTO "t" VALUES ($1, 1)', [strange]);
        const rows = await sql.query<{ StudyInstanceUID: string }>(
          'SELECT "StudyInstanceUID" FROM "t" WHERE "StudyInstanceUID" = $1',
          [strange],
        );
        expect(rows[0]?.StudyInstanceUID.replace(/\uFFFD+/, strange.charAt(1))).toBe(strange);
        await sql.query('DELETE FROM "t"');
      }
    });

    test('changes of one row at once are all counted', async () => {
      const add = {
        text: `INSERT INTO "t" VALUES ('1.2', 1) ON CONFLICT ("StudyInstanceUID") DO UPDATE SET "n" = "t"."n" + 1`,
      };
      const other = { text: `INSERT INTO "t" VALUES ($1, 1)` };
      const all = Array.from({ length: 40 }, (_, at) =>
        at % 2 ? sql.batch([{ ...other, values: [`2.${at}`] }, add]) : sql.query(add.text),
      );
      await Promise.all(all);
      const rows = await sql.query(`SELECT "n" FROM "t" WHERE "StudyInstanceUID" = '1.2'`);
      expect(rows).toEqual([{ n: 40 }]);
    });

    test('of two batches that each look at what the other changes, one sees the other', async () => {
      await sql.query(`INSERT INTO "t" VALUES ('a', 1), ('b', 1)`);
      // Each goes off duty only while another is on.
      const off = (name: string) =>
        sql.batch([
          {
            mustChange: true,
            text: `UPDATE "t" SET "n" = 0 WHERE "StudyInstanceUID" = $1 AND (SELECT SUM("n") FROM "t") > 1`,
            values: [name],
          },
        ]);
      const done = await Promise.all([off('a'), off('b')]);
      expect(done.filter(Boolean)).toHaveLength(1);
      expect(await sql.query('SELECT SUM("n") AS "on" FROM "t"')).toEqual([{ on: 1 }]);
    });

    test('a second migration does no harm, and a newer schema is refused', async () => {
      const migrations = [{ version: 1, text: '-- one\nCREATE TABLE "m" ("a" TEXT);\n' }];
      expect(await migrate(sql, migrations, new Date())).toBe(1);
      expect(await migrate(sql, migrations, new Date())).toBe(1);
      await migrate(
        sql,
        [...migrations, { version: 2, text: 'CREATE TABLE "m2" ("a" TEXT);\n' }],
        new Date(),
      );
      await expect(migrate(sql, migrations, new Date())).rejects.toMatchObject({ code: 'SCHEMA_NEWER' });
    });

    test('a migration that fails leaves nothing behind', async () => {
      const broken = [{ version: 1, text: 'CREATE TABLE "m" ("a" TEXT);\nCREATE NONSENSE;\n' }];
      await expect(migrate(sql, broken, new Date())).rejects.toThrow();
      await migrate(sql, [{ version: 1, text: 'CREATE TABLE "m" ("a" TEXT);\n' }], new Date());
      expect(await sql.query('SELECT * FROM "m"')).toEqual([]);
    });
  });
}
