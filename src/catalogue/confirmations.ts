import type { Clock, Sql, Statement } from '../ports.ts';
import type { DeliveryRow } from './rows.ts';
import { date, dateOrNull, type Raw, text, textOrNull } from './values.ts';

/** One sending of one object to one destination that is asked to confirm that it keeps it. */
export type ConfirmationRow = Readonly<{
  TransactionUID: string;
  SOPInstanceUID: string;
  destination: string;
  /** null: the peer was not asked yet */
  kind: 'commitment' | 'readBack' | null;
  sentAt: Date;
  /** when the answer must be here */
  limitAt: Date;
  askedAt: Date | null;
  confirmedAt: Date | null;
  fault: string | null;
  detail: string | null;
}>;

const toConfirmation = (row: Raw): ConfirmationRow => ({
  TransactionUID: text(row['TransactionUID']),
  SOPInstanceUID: text(row['SOPInstanceUID']),
  destination: text(row['destination']),
  kind: textOrNull(row['kind']) as ConfirmationRow['kind'],
  sentAt: date(row['sentAt']),
  limitAt: date(row['limitAt']),
  askedAt: dateOrNull(row['askedAt']),
  confirmedAt: dateOrNull(row['confirmedAt']),
  fault: textOrNull(row['fault']),
  detail: textOrNull(row['detail']),
});

/** Whether peers keep what they took: the proof of every delivery that is asked for one. */
export class Confirmations {
  readonly sql: Sql;
  readonly clock: Clock;

  constructor(sql: Sql, clock: Clock) {
    this.sql = sql;
    this.clock = clock;
  }

  /** Begins the wait for a proof: committed together with the state of the delivery. */
  opening(TransactionUID: string, row: DeliveryRow, limitAt: Date): Statement {
    return {
      // The last sending is always the newest, also when the clock was set back before it.
      text: `INSERT INTO "confirmation" VALUES ($1, $2, $3, NULL,
        (SELECT CASE WHEN COALESCE(MAX("sentAt"), 0) >= $4 THEN MAX("sentAt") + 1 ELSE $4 END
          FROM "confirmation" WHERE "SOPInstanceUID" = $2 AND "destination" = $3), $5, NULL, NULL, NULL, NULL)`,
      values: [
        TransactionUID,
        row.SOPInstanceUID,
        row.destination,
        this.clock().getTime(),
        limitAt.getTime(),
      ],
    };
  }

  /** The proof of the last sending; undefined when none was asked for. */
  async last(row: Pick<DeliveryRow, 'SOPInstanceUID' | 'destination'>): Promise<ConfirmationRow | undefined> {
    const rows = await this.sql.query<Raw>(
      `SELECT * FROM "confirmation" WHERE "SOPInstanceUID" = $1 AND "destination" = $2
       ORDER BY "sentAt" DESC, "TransactionUID" LIMIT 1`,
      [row.SOPInstanceUID, row.destination],
    );
    return rows[0] && toConfirmation(rows[0]);
  }

  async of(TransactionUID: string): Promise<ConfirmationRow | undefined> {
    const rows = await this.sql.query<Raw>('SELECT * FROM "confirmation" WHERE "TransactionUID" = $1', [
      TransactionUID,
    ]);
    return rows[0] && toConfirmation(rows[0]);
  }

  async asked(TransactionUID: string, kind: 'commitment' | 'readBack'): Promise<void> {
    await this.sql.query(
      'UPDATE "confirmation" SET "kind" = $2, "askedAt" = $3 WHERE "TransactionUID" = $1',
      [TransactionUID, kind, this.clock().getTime()],
    );
  }

  /** The peer keeps the object. */
  confirming({ TransactionUID, kind }: Pick<ConfirmationRow, 'TransactionUID' | 'kind'>): Statement {
    return {
      text: `UPDATE "confirmation" SET "kind" = $2, "confirmedAt" = $3, "fault" = NULL, "detail" = NULL
        WHERE "TransactionUID" = $1`,
      values: [TransactionUID, kind, this.clock().getTime()],
    };
  }

  /** Destinations whose proof is waited for, and of which nothing was noted yet. */
  async awaitedFrom(): Promise<string[]> {
    const rows = await this.sql.query<Raw>(
      `SELECT DISTINCT "confirmation"."destination" FROM "delivery" JOIN "confirmation"
         ON "confirmation"."SOPInstanceUID" = "delivery"."SOPInstanceUID"
         AND "confirmation"."destination" = "delivery"."destination"
       WHERE "delivery"."state" = 'taken' AND "confirmation"."confirmedAt" IS NULL AND "confirmation"."fault" IS NULL`,
    );
    return rows.map((row) => text(row['destination']));
  }

  /** The destination cannot be asked now: noted with every proof that it owes. */
  async away(destination: string, fault: string, detail: string): Promise<void> {
    await this.sql.query(
      `UPDATE "confirmation" SET "fault" = $2, "detail" = $3
       WHERE "destination" = $1 AND "confirmedAt" IS NULL AND "fault" IS NULL AND EXISTS (
         SELECT 1 FROM "delivery" WHERE "delivery"."SOPInstanceUID" = "confirmation"."SOPInstanceUID"
           AND "delivery"."destination" = "confirmation"."destination" AND "delivery"."state" = 'taken')`,
      [destination, fault, detail],
    );
  }

  /** The peer does not keep it, or did not say so in time. */
  failing(TransactionUID: string, fault: string, detail: string): Statement {
    return {
      text: `UPDATE "confirmation" SET "fault" = $2, "detail" = $3
        WHERE "TransactionUID" = $1 AND "confirmedAt" IS NULL`,
      values: [TransactionUID, fault, detail],
    };
  }
}
