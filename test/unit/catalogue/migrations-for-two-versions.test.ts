import { describe, expect, it } from 'vitest';
import { loadMigrations } from '../../../src/startup/load.ts';

/** From here on several processes run on one database, of two versions while it is upgraded. */
const FIRST = 18;
/** Statements that are no addition, by version: `{ 30: ['DROP TABLE "x"'] }`, each with the reason why the version before does without. */
const EXCEPTIONS: Readonly<Record<number, readonly string[]>> = {};

/** What the version before neither sees nor falls over. Everything else may be what it would. */
const NEW_TABLE = /^CREATE TABLE "(\w+)" \((?!.*\bREFERENCES\b)/i;
const NEW_INDEX = /^CREATE INDEX "\w+" ON "\w+" \(/i;
/** It does not name the column when it writes: without a value there must be one, and any number of rows may have the same. */
const NEW_COLUMN =
  /^ALTER TABLE "\w+" ADD COLUMN "\w+" (TEXT|BIGINT|DOUBLE PRECISION|BYTEA)( NOT NULL DEFAULT ('[^']*'|-?\d+))?$/i;
/** On a table that the same migration makes, which the version before does not know. */
const OF_TABLE = /^(?:CREATE UNIQUE INDEX "\w+" ON|INSERT INTO) "(\w+)"/i;

const statementsOf = (text: string): string[] =>
  text
    .replaceAll(/--.*$/gm, '')
    .split(';')
    .map((statement) => statement.replaceAll(/\s+/g, ' ').trim())
    .filter((statement) => statement !== '');

/** What the version before may fall over, or write what this one does not expect. */
function notAdditions(text: string): string[] {
  const statements = statementsOf(text);
  const own = statements.map((statement) => NEW_TABLE.exec(statement)?.[1]).filter(Boolean);
  return statements.filter(
    (statement) =>
      !NEW_TABLE.test(statement) &&
      !NEW_INDEX.test(statement) &&
      !NEW_COLUMN.test(statement) &&
      !own.includes(OF_TABLE.exec(statement)?.[1]),
  );
}

const later = loadMigrations().filter(({ version }) => version >= FIRST);

it.each(later)('migration $version leaves what the version before works with', ({ version, text }) => {
  expect(notAdditions(text)).toEqual(EXCEPTIONS[version] ?? []);
});

describe('a migration that the version before may fall over', () => {
  it.each([
    'DROP TABLE "study"',
    'DROP INDEX "event_retired"',
    'ALTER TABLE "study" DROP COLUMN "state"',
    'ALTER TABLE "study" RENAME COLUMN "state" TO "status"',
    'ALTER TABLE "study" ALTER COLUMN "state" TYPE BIGINT',
    'ALTER TABLE "study" ALTER COLUMN "state" SET NOT NULL',
    'ALTER TABLE "study" ADD CONSTRAINT "one" UNIQUE ("state")',
    'ALTER TABLE "study" ADD COLUMN "n" BIGINT NOT NULL',
    'ALTER TABLE "study" ADD COLUMN "n" BIGINT UNIQUE',
    'ALTER TABLE "study" ADD COLUMN "n" BIGINT CHECK ("n" > 0)',
    'ALTER TABLE "study" ADD COLUMN "n" TEXT REFERENCES "series" ("SeriesInstanceUID")',
    'CREATE UNIQUE INDEX "one" ON "study" ("state")',
    'CREATE TABLE "x" ("study" TEXT REFERENCES "study" ("StudyInstanceUID"))',
    `UPDATE "study" SET "state" = 'held'`,
    'DELETE FROM "job"',
    `INSERT INTO "job" ("key") VALUES ('a')`,
    'CREATE TRIGGER "t" BEFORE INSERT ON "study" BEGIN SELECT 1',
  ])('%s', (statement) => {
    expect(notAdditions(`-- A comment.\n${statement};`).length).toBeGreaterThan(0);
  });

  it('is none that adds: tables with what is unique in them, indexes, columns', () => {
    const text = `CREATE TABLE "x" ("a" TEXT PRIMARY KEY, "b" BIGINT NOT NULL);
      CREATE UNIQUE INDEX "x_b" ON "x" ("b"); INSERT INTO "x" ("a", "b") VALUES ('a', 1);
      CREATE INDEX "held" ON "study" ("state") WHERE "state" = 'held';
      ALTER TABLE "study" ADD COLUMN "n" BIGINT NOT NULL DEFAULT 0;`;
    expect(notAdditions(text)).toEqual([]);
  });
});
