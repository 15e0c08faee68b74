import type { Sql } from '../ports.ts';
import { date, type Raw, text } from './values.ts';

export const CHECK_KINDS = ['echo', 'find', 'move', 'store', 'web', 'certificate'] as const;
export type CheckKind = (typeof CHECK_KINDS)[number];
/** skipped: it could not be tried, or it means nothing for this node */
export type CheckOutcome = 'passed' | 'failed' | 'skipped';

/** What came of one check. `code`: of the fault, or empty. `text`: one sentence for an administrator; no patient data. */
export type CheckResult = Readonly<{
  node: string;
  kind: CheckKind;
  startedAt: Date;
  milliseconds: number;
  outcome: CheckOutcome;
  code: string;
  text: string;
}>;
export type NodeCheck = CheckResult & Readonly<{ id: string; author: string }>;

/** So many checks of a node are kept, the newest. */
export const KEPT_CHECKS = 500;

const toCheck = (row: Raw): NodeCheck => ({
  id: text(row['id']),
  node: text(row['node']),
  kind: text(row['kind']) as CheckKind,
  startedAt: date(row['startedAt']),
  milliseconds: Number(row['milliseconds']),
  outcome: text(row['outcome']) as CheckOutcome,
  code: text(row['code']),
  text: text(row['text']),
  author: text(row['author']),
});

const NEWEST_FIRST = 'ORDER BY "startedAt" DESC, "id" DESC';

/** The history of checks of nodes. */
export class NodeChecks {
  readonly sql: Sql;

  constructor(sql: Sql) {
    this.sql = sql;
  }

  /** Also forgets what is older than the newest `KEPT_CHECKS` of the node. */
  async add(result: CheckResult, author: string): Promise<NodeCheck> {
    const check: NodeCheck = { ...result, id: crypto.randomUUID(), author };
    const { id, node, kind, startedAt, milliseconds, outcome, code } = check;
    await this.sql.batch([
      {
        text: 'INSERT INTO "nodeCheck" VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)',
        values: [
          id,
          node,
          kind,
          startedAt.getTime(),
          Math.round(milliseconds),
          outcome,
          code,
          check.text,
          author,
        ],
      },
      {
        text: `DELETE FROM "nodeCheck" WHERE "node" = $1 AND "id" NOT IN (
          SELECT "id" FROM "nodeCheck" WHERE "node" = $1 ${NEWEST_FIRST} LIMIT $2)`,
        values: [node, KEPT_CHECKS],
      },
    ]);
    return check;
  }

  /** Newest first. */
  async historyOf(node: string, limit: number): Promise<NodeCheck[]> {
    const rows = await this.sql.query<Raw>(
      `SELECT * FROM "nodeCheck" WHERE "node" = $1 ${NEWEST_FIRST} LIMIT $2`,
      [node, limit],
    );
    return rows.map(toCheck);
  }

  /** The newest check of every node and kind, by node and kind. */
  async newest(): Promise<NodeCheck[]> {
    const rows = await this.sql.query<Raw>(
      `SELECT "nodeCheck".* FROM "nodeCheck" JOIN (
         SELECT "node" AS "ofNode", "kind" AS "ofKind", MAX("startedAt") AS "newest" FROM "nodeCheck" GROUP BY "node", "kind"
       ) AS "last" ON "node" = "ofNode" AND "kind" = "ofKind" AND "startedAt" = "newest"
       ORDER BY "node", "kind", "id"`,
    );
    // Two of one millisecond: either is the newest.
    return [...new Map(rows.map(toCheck).map((check) => [`${check.node} ${check.kind}`, check])).values()];
  }

  /** How often checks of the node, or those of one kind, have failed since one last passed; skipped ones count for nothing. */
  async failuresInARow(node: string, kind?: CheckKind): Promise<number> {
    const of = `"node" = $1${kind ? ' AND "kind" = $2' : ''}`;
    const rows = await this.sql.query<Raw>(
      `SELECT COUNT(*) AS "n" FROM "nodeCheck" WHERE ${of} AND "outcome" = 'failed' AND "startedAt" > COALESCE(
         (SELECT MAX("startedAt") FROM "nodeCheck" WHERE ${of} AND "outcome" = 'passed'), -1)`,
      kind ? [node, kind] : [node],
    );
    return Number(rows[0]?.['n'] ?? 0);
  }

  /** When a check of the node last passed. */
  async lastSuccess(node: string): Promise<Date | undefined> {
    const rows = await this.sql.query<Raw>(
      `SELECT MAX("startedAt") AS "at" FROM "nodeCheck" WHERE "node" = $1 AND "outcome" = 'passed'`,
      [node],
    );
    const at = rows[0]?.['at'];
    return at == null ? undefined : date(at);
  }
}
