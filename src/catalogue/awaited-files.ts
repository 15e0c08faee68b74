/**
 * Jobs that wait for a file which the machine that they came to does not see yet in the shared folder. A job may come to another end and
 * leave its row, which then only grows old.
 */
import type { Sql } from '../ports.ts';
import { date, type Raw, text } from './values.ts';

/** A job that waits tries again within two minutes, unless others that wait are in its way. */
const WAITS_MS = 5 * 60_000;
/** What waits after so long a while waits anew. */
const ANEW_MS = 30 * 60_000;
/** The version before did not write it. */
const LAST = 'COALESCE("awaitedFile"."lastAt", "awaitedFile"."since")';

/** Since when the job of that key waits. */
export async function noteAwaited(sql: Sql, key: string, file: string, now: Date): Promise<Date> {
  const at = now.getTime();
  const [row] = await sql.query<Raw>(
    `INSERT INTO "awaitedFile" ("key", "file", "since", "lastAt") VALUES ($1, $2, $3, $3)
     ON CONFLICT ("key") DO UPDATE SET "file" = $2, "lastAt" = $3,
       "since" = CASE WHEN ${LAST} < $4 THEN $3 ELSE "awaitedFile"."since" END
     RETURNING "since"`,
    [key, file, at, at - ANEW_MS],
  );
  return row ? date(row['since']) : now;
}

export async function forgetAwaited(sql: Sql, key: string): Promise<void> {
  await sql.query('DELETE FROM "awaitedFile" WHERE "key" = $1', [key]);
}

/** How many waited just now, and for how long the first has been waiting. */
export async function awaitedFiles(sql: Sql, now: Date): Promise<{ count: number; oldestSeconds: number }> {
  const [row] = await sql.query<Raw>(
    `SELECT COUNT(*) AS "n", MIN("since") AS "first" FROM "awaitedFile" WHERE ${LAST} >= $1`,
    [now.getTime() - WAITS_MS],
  );
  const count = Number(row?.['n'] ?? 0);
  const first = count > 0 ? Number(text(row?.['first'])) : now.getTime();
  return { count, oldestSeconds: Math.max(0, (now.getTime() - first) / 1000) };
}
