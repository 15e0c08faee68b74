import type { Sql } from '../../src/ports.ts';

/** As if the clock had gone on without a jump to this moment, and for two days before it. */
export const clockWentOn = (sql: Sql, at: number): Promise<unknown[]> =>
  sql.query(`INSERT INTO "setting" VALUES ('clock', $1) ON CONFLICT ("name") DO UPDATE SET "value" = $1`, [
    JSON.stringify({ at, steadySince: at - 2 * 86_400_000 }),
  ]);
