import type { Clock, Sql } from '../ports.ts';
import type { Reason } from './rows.ts';
import { date, dateOrNull, json, type Raw, text } from './values.ts';

/** What became of asking the archives for one case. */
export type FetchRow = Readonly<{
  StudyInstanceUID: string;
  /** passes since the last good one */
  attempts: number;
  firstAskedAt: Date;
  /** when the pass that is under way last showed life; null: none is */
  startedAt: Date | null;
  answeredAt: Date | null;
  nextAttemptAt: Date;
  /** why the case waits, as far as archives are the cause */
  reasons: readonly Reason[];
}>;

const toFetch = (row: Raw): FetchRow => ({
  StudyInstanceUID: text(row['StudyInstanceUID']),
  attempts: Number(row['attempts']),
  firstAskedAt: date(row['firstAskedAt']),
  startedAt: dateOrNull(row['startedAt']),
  answeredAt: dateOrNull(row['answeredAt']),
  nextAttemptAt: date(row['nextAttemptAt']),
  reasons: json<Reason[]>(row['reasons']),
});

/** What archives were asked for, and what came of it. */
export class Fetches {
  readonly sql: Sql;
  readonly clock: Clock;

  constructor(sql: Sql, clock: Clock) {
    this.sql = sql;
    this.clock = clock;
  }

  async of(StudyInstanceUID: string): Promise<FetchRow | undefined> {
    const rows = await this.sql.query<Raw>('SELECT * FROM "fetch" WHERE "StudyInstanceUID" = $1', [
      StudyInstanceUID,
    ]);
    return rows[0] && toFetch(rows[0]);
  }

  /** Cases that wait for a baseline or a mask and whose time to ask (again) has come, the longest due first. */
  async due(most: number): Promise<string[]> {
    const rows = await this.sql.query<Raw>(
      `SELECT "study"."StudyInstanceUID" FROM "study" LEFT JOIN "fetch" ON "fetch"."StudyInstanceUID" = "study"."StudyInstanceUID"
       WHERE "study"."state" IN ('waitingForBaseline', 'waitingForMask')
       AND ("fetch"."nextAttemptAt" IS NULL OR "fetch"."nextAttemptAt" <= $1)
       ORDER BY COALESCE("fetch"."nextAttemptAt", 0) LIMIT $2`,
      [this.clock().getTime(), most],
    );
    return rows.map((row) => text(row['StudyInstanceUID']));
  }

  /** A pass begins, or shows that it goes on. */
  async started(StudyInstanceUID: string): Promise<void> {
    const now = this.clock().getTime();
    await this.sql.query(
      `INSERT INTO "fetch" VALUES ($1, 0, $2, $2, NULL, $2, '[]')
       ON CONFLICT ("StudyInstanceUID") DO UPDATE SET "startedAt" = $2`,
      [StudyInstanceUID, now],
    );
  }

  /** A pass has ended. Without a fault, the attempts count from 0 again; one that is not counted changes nothing in them. */
  async ended(
    StudyInstanceUID: string,
    {
      isAnswered,
      isCounted = true,
      nextAttemptAt,
      reasons,
    }: Readonly<{ isAnswered: boolean; isCounted?: boolean }> & Pick<FetchRow, 'nextAttemptAt' | 'reasons'>,
  ): Promise<void> {
    await this.sql.query(
      `UPDATE "fetch" SET "startedAt" = NULL, "nextAttemptAt" = $2, "reasons" = $3,
         "answeredAt" = CASE WHEN $4 = 1 THEN $5 ELSE "answeredAt" END,
         "attempts" = CASE WHEN $4 = 1 THEN 0 ELSE "attempts" + $6 END
       WHERE "StudyInstanceUID" = $1`,
      [
        StudyInstanceUID,
        nextAttemptAt.getTime(),
        JSON.stringify(reasons),
        isAnswered ? 1 : 0,
        this.clock().getTime(),
        isCounted ? 1 : 0,
      ],
    );
  }

  /** How often this archive was asked for the series while it announced so many instances. */
  async tries(archive: string, series: Series, announced: number): Promise<number> {
    const rows = await this.sql.query<Raw>(
      `SELECT "tries" FROM "fetchedSeries" WHERE "archive" = $1 AND "StudyInstanceUID" = $2 AND "SeriesInstanceUID" = $3
       AND "announced" = $4`,
      [archive, series.StudyInstanceUID, series.SeriesInstanceUID, announced],
    );
    return Number(rows[0]?.['tries'] ?? 0);
  }

  async countTry(archive: string, series: Series, announced: number): Promise<void> {
    await this.sql.query(
      `INSERT INTO "fetchedSeries" VALUES ($1, $2, $3, $4, 1, $5)
       ON CONFLICT ("archive", "StudyInstanceUID", "SeriesInstanceUID") DO UPDATE SET
         "tries" = CASE WHEN "fetchedSeries"."announced" = $4 THEN "fetchedSeries"."tries" + 1 ELSE 1 END,
         "announced" = $4, "fetchedAt" = $5`,
      [archive, series.StudyInstanceUID, series.SeriesInstanceUID, announced, this.clock().getTime()],
    );
  }

  /** A study that is not here is about to be fetched for a case. One that is here stays what it is. */
  async markPrior(StudyInstanceUID: string, archive: string, followUp: string): Promise<void> {
    await this.sql.query(
      `INSERT INTO "prior" SELECT CAST($1 AS TEXT), CAST($2 AS TEXT), CAST($3 AS TEXT), CAST($4 AS BIGINT)
       WHERE NOT EXISTS (SELECT 1 FROM "study" WHERE "StudyInstanceUID" = $1) ON CONFLICT DO NOTHING`,
      [StudyInstanceUID, archive, followUp, this.clock().getTime()],
    );
  }

  /** True when a series of the study was fetched from this archive, or tried to be. */
  async wasAsked(archive: string, StudyInstanceUID: string): Promise<boolean> {
    const rows = await this.sql.query(
      'SELECT 1 FROM "fetchedSeries" WHERE "archive" = $1 AND "StudyInstanceUID" = $2 LIMIT 1',
      [archive, StudyInstanceUID],
    );
    return rows.length > 0;
  }

  async countOf(StudyInstanceUID: string): Promise<CountRow | undefined> {
    const rows = await this.sql.query<Raw>('SELECT * FROM "archivedCount" WHERE "StudyInstanceUID" = $1', [
      StudyInstanceUID,
    ]);
    const [row] = rows;
    if (!row) return undefined;
    const missing = row['missing'] == null ? null : Number(row['missing']);
    return { asOf: date(row['asOf']), missing, askedAt: date(row['askedAt']) };
  }

  /** `asOf`: when the last object of the study had arrived that the answer counts with. */
  async keepCount(StudyInstanceUID: string, asOf: Date, missing: number | null): Promise<void> {
    await this.sql.query(
      `INSERT INTO "archivedCount" VALUES ($1, $2, $3, $4) ON CONFLICT ("StudyInstanceUID")
       DO UPDATE SET "asOf" = $2, "missing" = $3, "askedAt" = $4`,
      [StudyInstanceUID, asOf.getTime(), missing, this.clock().getTime()],
    );
  }

  async isPrior(StudyInstanceUID: string): Promise<boolean> {
    const rows = await this.sql.query('SELECT 1 FROM "prior" WHERE "StudyInstanceUID" = $1', [
      StudyInstanceUID,
    ]);
    return rows.length > 0;
  }
}

/** What archives said of a study: `missing` images that are not here; null: none could say. */
export type CountRow = Readonly<{ asOf: Date; missing: number | null; askedAt: Date }>;

type Series = Readonly<{ StudyInstanceUID: string; SeriesInstanceUID: string }>;
