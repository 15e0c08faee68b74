import { Fault } from '../fault.ts';
import type { Sql, Statement } from '../ports.ts';

export type Migration = Readonly<{ version: number; text: string }>;

/**
 * Brings the schema to the newest version. Each migration is one transaction together with its mark, so running it
 * twice, or again after a crash, does no harm. A schema newer than the program is refused.
 */
export function migrate(sql: Sql, migrations: readonly Migration[], now: Date): Promise<number> {
  const run = () => migrateAlone(sql, migrations, now);
  return sql.migrating ? sql.migrating(run) : run();
}

async function migrateAlone(sql: Sql, migrations: readonly Migration[], now: Date): Promise<number> {
  await sql.batch([
    {
      text: 'CREATE TABLE IF NOT EXISTS "migration" ("version" BIGINT PRIMARY KEY, "appliedAt" BIGINT NOT NULL)',
    },
  ]);
  const rows = await sql.query<{ version: number }>('SELECT "version" FROM "migration"');
  const applied = new Set(rows.map(({ version }) => Number(version)));
  const newest = Math.max(0, ...migrations.map(({ version }) => version));
  const foreign = [...applied].find((version) => version > newest);
  if (foreign !== undefined) throw new Fault('SCHEMA_NEWER', `schema ${foreign}, program ${newest}`);

  for (const { version, text } of [...migrations].sort((a, b) => a.version - b.version)) {
    if (applied.has(version)) continue;
    const mark: Statement = {
      text: 'INSERT INTO "migration" ("version", "appliedAt") VALUES ($1, $2)',
      values: [version, now.getTime()],
    };
    await sql.batch([...statementsOf(text), mark]);
  }
  return newest;
}

/** Migration files hold plain statements, each ended by a semicolon at the end of a line, and `--` comments. */
const statementsOf = (text: string): Statement[] =>
  text
    .replace(/^\s*--.*$/gm, '')
    .split(/;\s*$/m)
    .map((statement) => statement.trim())
    .filter((statement) => statement !== '')
    .map((statement) => ({ text: statement }));
