import type { Clock, Sql, Statement } from '../ports.ts';
import type { Language } from '../sr/language.ts';
import { droppingDue, droppingOlderDue } from './beside-due.ts';
import type {
  CompanionWish,
  DeadLetter,
  DeliveryRow,
  DeliveryState,
  Reason,
  ReportKind,
  ReportRow,
  WithdrawalRow,
} from './rows.ts';
import { DELIVERY_COLUMNS, type DeliveryKey, MAY_LEAVE } from './sendings.ts';
import { date, json, noneOf, type Raw, text, textOrNull } from './values.ts';

const toReport = (row: Raw): ReportRow => ({
  SOPInstanceUID: text(row['SOPInstanceUID']),
  SOPClassUID: text(row['SOPClassUID']),
  SeriesInstanceUID: text(row['SeriesInstanceUID']),
  StudyInstanceUID: text(row['StudyInstanceUID']),
  file: text(row['file']),
  digest: text(row['digest']),
  inputs: text(row['inputs']),
  result: json(row['result']),
  ContentDate: text(row['ContentDate']),
  kind: text(row['kind']) as ReportKind,
  language: text(row['language']) as Language,
  companionOf: textOrNull(row['companionOf']),
  heldBecause: row['heldBecause'] == null ? null : json<Reason[]>(row['heldBecause']),
  due: row['due'] == null ? null : json<CompanionWish[]>(row['due']),
});

const toDelivery = (row: Raw): DeliveryRow => ({
  SOPInstanceUID: text(row['SOPInstanceUID']),
  destination: text(row['destination']),
  StudyInstanceUID: text(row['StudyInstanceUID']),
  state: text(row['state']) as DeliveryState,
  attempts: Number(row['attempts']),
  refusals: Number(row['refusals']),
  nextAttemptAt: date(row['nextAttemptAt']),
  status: row['status'] == null ? null : Number(row['status']),
  comment: textOrNull(row['comment']),
  fault: textOrNull(row['fault']),
  warning: Number(row['warning']) === 1,
  begunAt: row['begunAt'] == null ? null : date(row['begunAt']),
  sendingSince: row['sendingSince'] == null ? null : date(row['sendingSince']),
});

/** Reports made, their deliveries, and the measurements they rest on. */
export class Reports {
  readonly sql: Sql;
  readonly clock: Clock;

  constructor(sql: Sql, clock: Clock) {
    this.sql = sql;
    this.clock = clock;
  }

  /** The reports of a study, oldest first; rejection notes and companions are none. */
  async of(StudyInstanceUID: string): Promise<ReportRow[]> {
    const rows = await this.sql.query<Raw>(
      `SELECT * FROM "report" WHERE "StudyInstanceUID" = $1 AND "kind" = 'sr'
       ORDER BY "createdAt", "SOPInstanceUID"`,
      [StudyInstanceUID],
    );
    return rows.map(toReport);
  }

  /** What goes beside a report. */
  async companionsOf(report: string): Promise<ReportRow[]> {
    const rows = await this.sql.query<Raw>(
      'SELECT * FROM "report" WHERE "companionOf" = $1 ORDER BY "kind", "language", "SOPInstanceUID"',
      [report],
    );
    return rows.map(toReport);
  }

  async report(SOPInstanceUID: string): Promise<ReportRow | undefined> {
    const rows = await this.sql.query<Raw>('SELECT * FROM "report" WHERE "SOPInstanceUID" = $1', [
      SOPInstanceUID,
    ]);
    return rows[0] && toReport(rows[0]);
  }

  async withdrawalOf(SOPInstanceUID: string): Promise<WithdrawalRow | undefined> {
    const rows = await this.sql.query<Raw>('SELECT * FROM "withdrawal" WHERE "SOPInstanceUID" = $1', [
      SOPInstanceUID,
    ]);
    const [row] = rows;
    return (
      row && {
        SOPInstanceUID: text(row['SOPInstanceUID']),
        note: text(row['note']),
        StudyInstanceUID: text(row['StudyInstanceUID']),
        reason: text(row['reason']),
        text: text(row['text']),
        author: text(row['author']),
      }
    );
  }

  /**
   * The object is taken back: what was not sent yet never is, nor is what was not made yet. Undoes its batch when it was taken back
   * already. The rows that it locks first are those that a sending, or what is made beside it, changes.
   */
  withdrawing(row: WithdrawalRow): Statement[] {
    const now = this.clock().getTime();
    return [
      droppingDue(row.SOPInstanceUID),
      {
        text: `UPDATE "delivery" SET "state" = 'withdrawn', "updatedAt" = $2 WHERE "state" = 'waiting' AND ("SOPInstanceUID" = $1
          OR "SOPInstanceUID" IN (SELECT "SOPInstanceUID" FROM "report" WHERE "companionOf" = $1))`,
        values: [row.SOPInstanceUID, now],
      },
      {
        mustChange: true,
        text: 'INSERT INTO "withdrawal" VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING',
        values: [row.SOPInstanceUID, row.note, row.StudyInstanceUID, row.reason, row.text, row.author, now],
      },
    ];
  }

  /** A delivery of an object that is in the table already; nothing when there is one. */
  addingDelivery({ SOPInstanceUID, destination, StudyInstanceUID }: DeliveryKey): Statement {
    return {
      text: `INSERT INTO "delivery" (${DELIVERY_COLUMNS}) VALUES ($1, $2, $3, 'waiting', 0, 0, $4, NULL, NULL, NULL, 0, $4)
        ON CONFLICT DO NOTHING`,
      values: [SOPInstanceUID, destination, StudyInstanceUID, this.clock().getTime()],
    };
  }

  /**
   * The object and one waiting delivery a destination: to be committed together with the state of the case. `ofCase`: the case's
   * study, where the object is of another one. Nothing is made any more beside a report that has a successor.
   */
  adding(
    report: ReportRow,
    destinations: readonly string[],
    ofCase: string = report.StudyInstanceUID,
  ): Statement[] {
    const now = this.clock().getTime();
    return [
      {
        // A report is always newer than those before it, also when the clock was set back between them.
        text: `INSERT INTO "report" ("SOPInstanceUID", "SOPClassUID", "SeriesInstanceUID", "StudyInstanceUID", "file",
            "digest", "inputs", "result", "ContentDate", "kind", "language", "companionOf", "heldBecause", "due", "bytes", "createdAt")
          VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $11, $12, $13, $14, $15, $16,
            (SELECT CASE WHEN COALESCE(MAX("createdAt"), 0) >= $10 THEN MAX("createdAt") + 1 ELSE $10 END
             FROM "report" WHERE "StudyInstanceUID" = $4)) ON CONFLICT DO NOTHING`,
        values: [
          report.SOPInstanceUID,
          report.SOPClassUID,
          report.SeriesInstanceUID,
          report.StudyInstanceUID,
          report.file,
          report.digest,
          report.inputs,
          JSON.stringify(report.result),
          report.ContentDate,
          now,
          report.kind,
          report.language,
          report.companionOf,
          report.heldBecause && JSON.stringify(report.heldBecause),
          report.due && JSON.stringify(report.due),
          report.bytes ?? null,
        ],
      },
      ...(report.kind === 'sr' ? [droppingOlderDue(report)] : []),
      ...destinations.map((destination) =>
        this.addingDelivery({ ...report, destination, StudyInstanceUID: ofCase }),
      ),
    ];
  }

  async deliveriesOf(StudyInstanceUID: string): Promise<DeliveryRow[]> {
    const rows = await this.sql.query<Raw>(
      'SELECT * FROM "delivery" WHERE "StudyInstanceUID" = $1 ORDER BY "SOPInstanceUID", "destination"',
      [StudyInstanceUID],
    );
    return rows.map(toDelivery);
  }

  async delivery(SOPInstanceUID: string, destination: string): Promise<DeliveryRow | undefined> {
    const rows = await this.sql.query<Raw>(
      'SELECT * FROM "delivery" WHERE "SOPInstanceUID" = $1 AND "destination" = $2',
      [SOPInstanceUID, destination],
    );
    return rows[0] && toDelivery(rows[0]);
  }

  /**
   * Deliveries to one destination whose time has come, the longest due first, of cases that stand reported: a case that is
   * held or open again sends nothing but rejection notes, and the report that tells why it is held. A report goes before its
   * companions. What was due when its patient was retired still is.
   */
  async deliveriesDue(now: Date, destination: string, most: number): Promise<DeliveryRow[]> {
    const rows = await this.sql.query<Raw>(
      `SELECT "delivery".* FROM "delivery" JOIN "report" ON "report"."SOPInstanceUID" = "delivery"."SOPInstanceUID"
       LEFT JOIN "study" ON "study"."StudyInstanceUID" = "delivery"."StudyInstanceUID"
       WHERE "delivery"."state" IN ('waiting', 'taken') AND "delivery"."nextAttemptAt" <= $1 AND "delivery"."destination" = $2
       AND ("delivery"."state" = 'taken' OR ${MAY_LEAVE})
       AND ("delivery"."state" = 'taken' OR NOT EXISTS (
         SELECT 1 FROM "delivery" AS "first" WHERE "first"."SOPInstanceUID" = "report"."companionOf"
           AND "first"."destination" = "delivery"."destination" AND "first"."state" = 'waiting'))
       ORDER BY "delivery"."nextAttemptAt", "delivery"."SOPInstanceUID" LIMIT $3`,
      [now.getTime(), destination, most],
    );
    return rows.map(toDelivery);
  }

  /** What was given up, the oldest first. */
  deadLetters(): Promise<DeadLetter[]> {
    return this.#listed(`"delivery"."state" = 'gaveUp'`);
  }

  /** What is not done yet and meant for none of these destinations, the oldest first. */
  deliveriesAway(destinations: readonly string[]): Promise<DeadLetter[]> {
    const isAway = noneOf('"delivery"."destination"', destinations, 1);
    return this.#listed(`"delivery"."state" IN ('waiting', 'taken') AND ${isAway}`, destinations);
  }

  /** A rejection note is never outdated; a companion is when its report is. */
  async #listed(which: string, values: readonly string[] = []): Promise<DeadLetter[]> {
    const rows = await this.sql.query<Raw>(
      `SELECT "delivery".*, "report"."kind", "report"."companionOf", CASE WHEN "report"."kind" <> 'note' AND (
           EXISTS (SELECT 1 FROM "withdrawal"
             WHERE "withdrawal"."SOPInstanceUID" IN ("report"."SOPInstanceUID", "report"."companionOf"))
           OR EXISTS (SELECT 1 FROM "report" AS "main" JOIN "report" AS "newer"
               ON "newer"."StudyInstanceUID" = "main"."StudyInstanceUID"
             WHERE "main"."SOPInstanceUID" = COALESCE("report"."companionOf", "report"."SOPInstanceUID")
               AND "newer"."kind" = 'sr' AND "newer"."createdAt" > "main"."createdAt"))
         THEN 1 ELSE 0 END AS "isOutdated"
       FROM "delivery" JOIN "report" ON "report"."SOPInstanceUID" = "delivery"."SOPInstanceUID"
       WHERE ${which} ORDER BY "delivery"."updatedAt", "delivery"."SOPInstanceUID", "delivery"."destination"`,
      values,
    );
    return rows.map((row) => ({
      ...toDelivery(row),
      since: date(row['updatedAt']),
      kind: text(row['kind']) as ReportKind,
      companionOf: textOrNull(row['companionOf']),
      isOutdated: Number(row['isOutdated']) === 1,
    }));
  }

  /**
   * Cases whose newest report has deliveries, none of them under way to any of these destinations, and that do not say so yet: a
   * crash kept them from following their last one, or the destination of what is left was taken out of the configuration.
   */
  async studiesBehindTheirDeliveries(destinations: readonly string[]): Promise<string[]> {
    const of = `SELECT 1 FROM "delivery" WHERE "delivery"."StudyInstanceUID" = "study"."StudyInstanceUID"`;
    const open = `${of} AND "delivery"."state" IN ('waiting', 'taken')`;
    const newest = `(SELECT "SOPInstanceUID" FROM "report" AS "each" WHERE "each"."kind" = 'sr'
      AND "each"."StudyInstanceUID" = "study"."StudyInstanceUID"
      ORDER BY "each"."createdAt" DESC, "each"."SOPInstanceUID" DESC LIMIT 1)`;
    const ofNewest = `${of} AND "delivery"."SOPInstanceUID" IN (SELECT "SOPInstanceUID" FROM "report"
      WHERE COALESCE("companionOf", "SOPInstanceUID") = ${newest})`;
    const saysAway = `"reasons" LIKE '%"code":"NODE!_%' ESCAPE '!'`;
    const rows = await this.sql.query<Raw>(
      `SELECT "StudyInstanceUID" FROM "study" WHERE "state" IN ('reported', 'delivering', 'deliveryFailed')
         AND EXISTS (${ofNewest})
         AND NOT EXISTS (${open} AND NOT ${noneOf('"delivery"."destination"', destinations, 1)})
         AND CASE "state" WHEN 'delivering' THEN 1 = 1
           WHEN 'reported' THEN NOT (${saysAway}) OR NOT EXISTS (${open})
           ELSE NOT EXISTS (${ofNewest} AND "delivery"."state" = 'gaveUp') END`,
      [...destinations],
    );
    return rows.map((row) => text(row['StudyInstanceUID']));
  }

  /** `was`: nothing happens, and false is answered, when it is otherwise by now, as when another process delivered it. */
  setDelivery(row: DeliveryRow, also: readonly Statement[] = [], was?: DeliveryRow): Promise<boolean> {
    return this.sql.batch([
      {
        mustChange: was !== undefined,
        text: `UPDATE "delivery" SET "state" = $3, "attempts" = $4, "refusals" = $5, "nextAttemptAt" = $6, "status" = $7,
                 "comment" = $8, "fault" = $9, "warning" = $10, "updatedAt" = $11, "begunAt" = $12,
                 "sendingSince" = NULL
               WHERE "SOPInstanceUID" = $1 AND "destination" = $2${was ? ' AND "state" = $13 AND "attempts" = $14' : ''}`,
        values: [
          row.SOPInstanceUID,
          row.destination,
          row.state,
          row.attempts,
          row.refusals,
          row.nextAttemptAt.getTime(),
          row.status,
          row.comment,
          row.fault,
          row.warning ? 1 : 0,
          this.clock().getTime(),
          row.begunAt?.getTime() ?? null,
          ...(was ? [was.state, was.attempts] : []),
        ],
      },
      ...also,
    ]);
  }

  /** Looks again at a delivery that was taken; nothing happens when its answer has come meanwhile. */
  async postponeTaken(row: DeliveryRow, at: Date): Promise<void> {
    await this.sql.query(
      `UPDATE "delivery" SET "nextAttemptAt" = $3
       WHERE "SOPInstanceUID" = $1 AND "destination" = $2 AND "state" = 'taken'`,
      [row.SOPInstanceUID, row.destination, at.getTime()],
    );
  }

  async measurement<T>(key: string): Promise<T | undefined> {
    const rows = await this.sql.query<Raw>('SELECT "result" FROM "measurement" WHERE "key" = $1', [key]);
    return rows[0] && json<T>(rows[0]['result']);
  }

  async keepMeasurement(key: string, result: unknown): Promise<void> {
    await this.sql.query('INSERT INTO "measurement" VALUES ($1, $2, $3) ON CONFLICT DO NOTHING', [
      key,
      JSON.stringify(result),
      this.clock().getTime(),
    ]);
  }
}
