import type { Clock, Sql, Statement } from '../ports.ts';
import { date, type Raw } from './values.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;
const MINUTES_KEPT_MS = 2 * DAY_MS;
const HOURS_KEPT_MS = 365 * DAY_MS;
/** After a longer pause the counts of a sample would be those of a time that it is not about. */
const MOST_SPAN_MS = DAY_MS;

/** What is measured now; what came since the last sample is counted in the tables. */
export type Measured = Readonly<{
  freeBytes: number;
  queueCount: number;
  queueOldestSeconds: number;
  rssBytes: number;
}>;
export type HealthSample = Measured &
  Readonly<{
    at: Date;
    /** how long it is about: 60, later 3600 */
    seconds: number;
    received: number;
    cases: number;
    reported: number;
  }>;
/** What came in a span of time. */
export type Throughput = Readonly<{ received: number; cases: number; reported: number }>;
/** When something last went out to a node, and when something was fetched from it. */
export type NodeSuccess = Readonly<{ node: string; deliveredAt: Date | null; fetchedAt: Date | null }>;

const toSample = (row: Raw): HealthSample => ({
  at: date(row['at']),
  seconds: Number(row['seconds']),
  freeBytes: Number(row['freeBytes']),
  queueCount: Number(row['queueCount']),
  queueOldestSeconds: Number(row['queueOldestSeconds']),
  rssBytes: Number(row['rssBytes']),
  received: Number(row['received']),
  cases: Number(row['cases']),
  reported: Number(row['reported']),
});

/** How the machine did: a sample a minute, thinned to one an hour after two days. */
export class HealthSamples {
  readonly sql: Sql;
  readonly clock: Clock;

  constructor(sql: Sql, clock: Clock) {
    this.sql = sql;
    this.clock = clock;
  }

  /** One sample of now, and the old ones thinned. A second one within the same minute replaces nothing. */
  async take(measured: Measured): Promise<void> {
    const now = this.clock().getTime();
    const at = now - (now % MINUTE_MS);
    const rows = await this.sql.query<Raw>(
      'SELECT MAX("at") AS "last" FROM "healthSample" WHERE "at" <= $1',
      [at],
    );
    const last = rows[0]?.['last'] == null ? at - MINUTE_MS : Number(rows[0]['last']);
    if (last >= at) return;
    const { received, cases, reported } = await this.#came(Math.max(last, at - MOST_SPAN_MS), at);
    const { freeBytes, queueCount, queueOldestSeconds, rssBytes } = measured;
    await this.sql.batch([
      {
        text: `INSERT INTO "healthSample" ("seconds", "at", "freeBytes", "queueCount", "queueOldestSeconds", "rssBytes",
            "received", "cases", "reported") VALUES (60, $1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING`,
        values: [
          at,
          freeBytes,
          queueCount,
          Math.round(queueOldestSeconds),
          rssBytes,
          received,
          cases,
          reported,
        ],
      },
      ...thinning(now),
    ]);
  }

  async #came(from: number, to: number): Promise<Throughput> {
    const count = async (table: string, column: string, also = ''): Promise<number> => {
      const rows = await this.sql.query<Raw>(
        `SELECT COUNT(*) AS "n" FROM "${table}" WHERE "${column}" >= $1 AND "${column}" < $2${also}`,
        [from, to],
      );
      return Number(rows[0]?.['n'] ?? 0);
    };
    return {
      received: await count('instance', 'receivedAt'),
      cases: await count('study', 'firstReceivedAt'),
      reported: await count('report', 'createdAt', ` AND "kind" = 'sr'`),
    };
  }

  /** In the order of time; of the last two days by the minute. */
  async since(from: Date): Promise<HealthSample[]> {
    const rows = await this.sql.query<Raw>(
      'SELECT * FROM "healthSample" WHERE "at" >= $1 ORDER BY "at", "seconds"',
      [from.getTime()],
    );
    return rows.map(toSample);
  }

  /** What came in the last hours, from the samples. */
  async throughput(hours: number): Promise<Throughput> {
    const rows = await this.sql.query<Raw>(
      `SELECT COALESCE(SUM("received"), 0) AS "received", COALESCE(SUM("cases"), 0) AS "cases",
         COALESCE(SUM("reported"), 0) AS "reported" FROM "healthSample" WHERE "at" > $1`,
      [this.clock().getTime() - hours * HOUR_MS],
    );
    const [row = {}] = rows;
    return {
      received: Number(row['received'] ?? 0),
      cases: Number(row['cases'] ?? 0),
      reported: Number(row['reported'] ?? 0),
    };
  }

  /** When the first sample was taken: throughput of a longer time is not known. */
  async firstAt(): Promise<Date | undefined> {
    const rows = await this.sql.query<Raw>('SELECT MIN("at") AS "first" FROM "healthSample"');
    const first = rows[0]?.['first'];
    return first == null ? undefined : date(first);
  }

  /** When something last went out to each node, or was fetched from it. */
  async lastSuccesses(nodes: readonly string[]): Promise<NodeSuccess[]> {
    const newest = async (text: string, node: string): Promise<Date | null> => {
      const rows = await this.sql.query<Raw>(text, [node]);
      const at = rows[0]?.['at'];
      return at == null ? null : date(at);
    };
    const found: NodeSuccess[] = [];
    for (const node of nodes) {
      const deliveredAt = await newest(
        `SELECT MAX("updatedAt") AS "at" FROM "delivery" WHERE "destination" = $1 AND "state" = 'delivered'`,
        node,
      );
      const fetchedAt = await newest(
        'SELECT MAX("fetchedAt") AS "at" FROM "fetchedSeries" WHERE "archive" = $1',
        node,
      );
      found.push({ node, deliveredAt, fetchedAt });
    }
    return found;
  }
}

/** Minutes of full hours that are two days old become one row an hour; hours older than a year go. */
function thinning(now: number): Statement[] {
  const limit = now - MINUTES_KEPT_MS;
  const before = limit - (limit % HOUR_MS);
  return [
    {
      text: `INSERT INTO "healthSample" ("seconds", "at", "freeBytes", "queueCount", "queueOldestSeconds", "rssBytes",
          "received", "cases", "reported")
        SELECT 3600, "at" - "at" % 3600000, MIN("freeBytes"), MAX("queueCount"), MAX("queueOldestSeconds"), MAX("rssBytes"),
          SUM("received"), SUM("cases"), SUM("reported") FROM "healthSample"
        WHERE "seconds" = 60 AND "at" < $1 GROUP BY "at" - "at" % 3600000
        ON CONFLICT ("seconds", "at") DO UPDATE SET "received" = "healthSample"."received" + "excluded"."received",
          "cases" = "healthSample"."cases" + "excluded"."cases", "reported" = "healthSample"."reported" + "excluded"."reported"`,
      values: [before],
    },
    { text: 'DELETE FROM "healthSample" WHERE "seconds" = 60 AND "at" < $1', values: [before] },
    { text: 'DELETE FROM "healthSample" WHERE "at" < $1', values: [now - HOURS_KEPT_MS] },
  ];
}
