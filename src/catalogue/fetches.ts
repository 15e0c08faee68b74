import { isTestPatient } from '../patients/test-patient.ts';
import type { Clock, Sql, Statement } from '../ports.ts';
import type { StudyState } from '../study/lifecycle.ts';
import type { ReasonCode } from '../study/reasons.ts';
import type { Reason, StudyRow } from './rows.ts';
import { Seldom } from './seldom.ts';
import { date, dateOrNull, json, noneOf, type Raw, text } from './values.ts';

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

/** These are asked for again and again; a case that is complete, until the archives have answered once. */
const WAITING: readonly StudyState[] = ['waitingForBaseline', 'waitingForMask'];
/** The case has a report: asked for until the archives have answered once, because one may hold the better baseline. */
const REPORTED: readonly StudyState[] = ['reported', 'delivering', 'delivered', 'deliveryFailed'];
/** A held case with this reason lacks objects that an archive may send. */
const LACKING = 'SERIES_INCOMPLETE' satisfies ReasonCode;

/** May archives be asked for this case? `fetch`: what became of asking so far. */
export function isAsking(
  { PatientID, state, reasons }: Pick<StudyRow, 'PatientID' | 'state' | 'reasons'>,
  fetch: Pick<FetchRow, 'answeredAt'> | undefined,
): boolean {
  if (isTestPatient(PatientID)) return false;
  if (REPORTED.includes(state)) return fetch !== undefined && fetch.answeredAt === null;
  if (state === 'held') return reasons.some(({ code }) => code === LACKING);
  return state === 'complete' || WAITING.includes(state);
}

const listOf = (states: readonly StudyState[]): string => states.map((state) => `'${state}'`).join(', ');

/** What archives were asked for, and what came of it. */
export class Fetches {
  readonly sql: Sql;
  readonly clock: Clock;
  /** SR series that archives were asked for: most are none of ours, and leave no trace here */
  readonly reportsAsked: Seldom;
  /** answers to queries that the story of a case tells: the same answer again is no news for a day */
  readonly queriesTold: Seldom;

  constructor(sql: Sql, clock: Clock) {
    this.sql = sql;
    this.clock = clock;
    this.reportsAsked = new Seldom(clock, DAY_MS);
    this.queriesTold = new Seldom(clock, DAY_MS);
  }

  async of(StudyInstanceUID: string): Promise<FetchRow | undefined> {
    const rows = await this.sql.query<Raw>('SELECT * FROM "fetch" WHERE "StudyInstanceUID" = $1', [
      StudyInstanceUID,
    ]);
    return rows[0] && toFetch(rows[0]);
  }

  /**
   * Cases whose time to ask (again) has come, the longest due first. A case that waits is asked for as long as it does; one
   * that is held until `days` after it was, one that has a report until `days` after the first time.
   */
  async due(most: number, days: number): Promise<string[]> {
    const now = this.clock().getTime();
    const rows = await this.sql.query<Raw>(
      `SELECT "StudyInstanceUID" FROM (
         SELECT "study"."StudyInstanceUID", COALESCE("fetch"."nextAttemptAt", 0) AS "dueAt"
         FROM "study" LEFT JOIN "fetch" ON "fetch"."StudyInstanceUID" = "study"."StudyInstanceUID"
         WHERE ("study"."state" IN (${listOf(WAITING)}) OR ("study"."state" = 'held'
           AND "study"."reasons" LIKE '%"${LACKING}"%' AND "study"."stateChangedAt" > $3))
         UNION ALL
         SELECT "study"."StudyInstanceUID", "fetch"."nextAttemptAt" AS "dueAt"
         FROM "fetch" JOIN "study" ON "study"."StudyInstanceUID" = "fetch"."StudyInstanceUID"
         WHERE "fetch"."answeredAt" IS NULL AND "fetch"."firstAskedAt" > $3 AND "fetch"."nextAttemptAt" > $3
         AND "fetch"."nextAttemptAt" <= $1 AND "study"."state" IN (${listOf(REPORTED)})
       ) AS "asking" WHERE "dueAt" <= $1 ORDER BY "dueAt" LIMIT $2`,
      [now, most, now - days * DAY_MS],
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

  /**
   * How often this archive was asked for the series while it announced so many instances; 0 a day after the last time: it may
   * have been repaired.
   */
  async tries(archive: string, series: Series, announced: number): Promise<number> {
    const rows = await this.sql.query<Raw>(
      `SELECT "tries" FROM "fetchedSeries" WHERE "archive" = $1 AND "StudyInstanceUID" = $2 AND "SeriesInstanceUID" = $3
       AND "announced" = $4 AND "fetchedAt" > $5`,
      [
        archive,
        series.StudyInstanceUID,
        series.SeriesInstanceUID,
        announced,
        this.clock().getTime() - DAY_MS,
      ],
    );
    return Number(rows[0]?.['tries'] ?? 0);
  }

  /** An archive that was asked for the series before says again how many instances it has: the last word counts. */
  async announced(archive: string, series: Series, announced: number): Promise<void> {
    await this.sql.query(
      `UPDATE "fetchedSeries" SET "announced" = $4, "tries" = 0
       WHERE "archive" = $1 AND "StudyInstanceUID" = $2 AND "SeriesInstanceUID" = $3 AND "announced" <> $4`,
      [archive, series.StudyInstanceUID, series.SeriesInstanceUID, announced],
    );
  }

  /** An archive says which series of a study it has: of others it announces nothing any more. */
  async listed(archive: string, StudyInstanceUID: string, seriesUids: readonly string[]): Promise<void> {
    await this.sql.query(
      `UPDATE "fetchedSeries" SET "announced" = 0, "tries" = 0
       WHERE "archive" = $1 AND "StudyInstanceUID" = $2 AND "announced" > 0 AND ${noneOf('"SeriesInstanceUID"', seriesUids, 3)}`,
      [archive, StudyInstanceUID, ...seriesUids],
    );
  }

  /**
   * Series of a study that are here in part: one of these archives, asked for them, announced more than came, by whatever way.
   * What an archive once said that is not asked any more does not count.
   */
  async shortSeries(StudyInstanceUID: string, archives: readonly string[]): Promise<ShortSeries[]> {
    const rows = await this.sql.query<Raw>(
      `SELECT * FROM (SELECT "archive", "StudyInstanceUID", "SeriesInstanceUID", "announced",
         (SELECT COUNT(*) FROM "instance" WHERE "instance"."SeriesInstanceUID" = "fetchedSeries"."SeriesInstanceUID"
           AND "instance"."StudyInstanceUID" = "fetchedSeries"."StudyInstanceUID") AS "here"
         FROM "fetchedSeries" WHERE "StudyInstanceUID" = $1 AND NOT ${noneOf('"archive"', archives, 2)}) AS "asked"
       WHERE "here" > 0 AND "here" < "announced" ORDER BY "SeriesInstanceUID", "announced" DESC, "archive"`,
      [StudyInstanceUID, ...archives],
    );
    return rows.map((row) => ({
      StudyInstanceUID: text(row['StudyInstanceUID']),
      SeriesInstanceUID: text(row['SeriesInstanceUID']),
      archive: text(row['archive']),
      announced: Number(row['announced']),
      here: Number(row['here']),
    }));
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

  /** The try that was counted last was none. */
  async takeBackTry(archive: string, { StudyInstanceUID, SeriesInstanceUID }: Series): Promise<void> {
    await this.sql.query(
      `UPDATE "fetchedSeries" SET "tries" = "tries" - 1
       WHERE "archive" = $1 AND "StudyInstanceUID" = $2 AND "SeriesInstanceUID" = $3 AND "tries" > 0`,
      [archive, StudyInstanceUID, SeriesInstanceUID],
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

  /** The study was sent to us: it is a case of its own from now on, and its quiet period begins. */
  async unmarkPrior(StudyInstanceUID: string, also: readonly Statement[]): Promise<void> {
    await this.sql.batch([
      {
        mustChange: true,
        text: 'DELETE FROM "prior" WHERE "StudyInstanceUID" = $1',
        values: [StudyInstanceUID],
      },
      {
        text: `UPDATE "study" SET "state" = 'receiving', "reasons" = '[]', "lastReceivedAt" = $2, "stateChangedAt" = $2
          WHERE "StudyInstanceUID" = $1`,
        values: [StudyInstanceUID, this.clock().getTime()],
      },
      ...also,
    ]);
  }

  /** When one of these archives was last asked for a series of the study. */
  async lastTryOf(StudyInstanceUID: string, archives: readonly string[]): Promise<Date | null> {
    const rows = await this.sql.query<Raw>(
      `SELECT MAX("fetchedAt") AS "last" FROM "fetchedSeries" WHERE "StudyInstanceUID" = $1
       AND NOT ${noneOf('"archive"', archives, 2)}`,
      [StudyInstanceUID, ...archives],
    );
    return dateOrNull(rows[0]?.['last']);
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

/** What an archive announced of a series, and how many of its instances are here. */
export type ShortSeries = Series & Readonly<{ archive: string; announced: number; here: number }>;

const DAY_MS = 86_400_000;
