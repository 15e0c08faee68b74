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
