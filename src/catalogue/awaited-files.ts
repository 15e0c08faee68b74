/** Jobs that wait for a file which the machine that they came to does not see yet in the shared folder. */
import type { Sql } from '../ports.ts';
import { date, type Raw, text } from './values.ts';

/** Since when the job of that key waits. */
export async function noteAwaited(sql: Sql, key: string, file: string, now: Date): Promise<Date> {
  await sql.query('INSERT INTO "awaitedFile" VALUES ($1, $2, $3) ON CONFLICT ("key") DO NOTHING', [
    key,
    file,
    now.getTime(),
  ]);
  const [row] = await sql.query<Raw>('SELECT "since" FROM "awaitedFile" WHERE "key" = $1', [key]);
  return row ? date(row['since']) : now;
}

export async function forgetAwaited(sql: Sql, key: string): Promise<void> {
  await sql.query('DELETE FROM "awaitedFile" WHERE "key" = $1', [key]);
}

/** How many wait, and for how long the first. */
export async function awaitedFiles(sql: Sql, now: Date): Promise<{ count: number; oldestSeconds: number }> {
  const [row] = await sql.query<Raw>('SELECT COUNT(*) AS "n", MIN("since") AS "first" FROM "awaitedFile"');
  const count = Number(row?.['n'] ?? 0);
  const first = count > 0 ? Number(text(row?.['first'])) : now.getTime();
  return { count, oldestSeconds: Math.max(0, (now.getTime() - first) / 1000) };
}
