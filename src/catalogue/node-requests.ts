import type { Sql } from '../ports.ts';

/** When nodes that have a rate were asked, by any process. */
export class NodeRequests {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  /** Requests since then, not after `now`. A clock that was set back forgets what lies ahead of it. */
  async recent(node: string, since: Date, now: Date): Promise<Date[]> {
    const rows = await this.#sql.query<{ at: number }>(
      `SELECT "at" FROM "nodeRequest" WHERE "node" = $1 AND "at" > $2 AND "at" <= $3 ORDER BY "at"`,
      [node, since.getTime(), now.getTime()],
    );
    return rows.map(({ at }) => new Date(Number(at)));
  }

  /** Counts one, and forgets what counts no more; false, and nothing is counted, when there were `most` since then. */
  add(
    node: string,
    { since, now, most }: Readonly<{ since: Date; now: Date; most: number }>,
  ): Promise<boolean> {
    return this.#sql.batch([
      {
        text: `DELETE FROM "nodeRequest" WHERE "node" = $1 AND ("at" <= $2 OR "at" > $3)`,
        values: [node, since.getTime(), now.getTime()],
      },
      {
        text: `INSERT INTO "nodeRequest" ("node", "at") SELECT CAST($1 AS TEXT), CAST($2 AS BIGINT)
          WHERE (SELECT COUNT(*) FROM "nodeRequest" WHERE "node" = $1) < $3`,
        values: [node, now.getTime(), most],
        mustChange: true,
      },
    ]);
  }
}
