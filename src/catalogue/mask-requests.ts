import type { Clock, Sql, Statement } from '../ports.ts';
import { date, dateOrNull, type Raw, text, textOrNull } from './values.ts';

/** sent: the annotator has the objects and the mask is awaited. */
export type MaskRequestRow = Readonly<{
  StudyInstanceUID: string;
  annotator: string;
  /** digest of the objects to be sent */
  objects: string;
  state: 'waiting' | 'sent';
  attempts: number;
  nextAttemptAt: Date;
  requestedAt: Date;
  sentAt: Date | null;
  fault: string | null;
}>;

const toRow = (row: Raw): MaskRequestRow => ({
  StudyInstanceUID: text(row['StudyInstanceUID']),
  annotator: text(row['annotator']),
  objects: text(row['objects']),
  state: text(row['state']) as MaskRequestRow['state'],
  attempts: Number(row['attempts']),
  nextAttemptAt: date(row['nextAttemptAt']),
  requestedAt: date(row['requestedAt']),
  sentAt: dateOrNull(row['sentAt']),
  fault: textOrNull(row['fault']),
});

/** Masks that annotators were asked to draw. */
export class MaskRequests {
  readonly sql: Sql;
  readonly clock: Clock;

  constructor(sql: Sql, clock: Clock) {
    this.sql = sql;
    this.clock = clock;
  }

  async of(StudyInstanceUID: string): Promise<MaskRequestRow[]> {
    const rows = await this.sql.query<Raw>(
      'SELECT * FROM "maskRequest" WHERE "StudyInstanceUID" = $1 ORDER BY "annotator"',
      [StudyInstanceUID],
    );
    return rows.map(toRow);
  }

  /** A new request, or one whose objects changed: it is to be sent (again); its age counts from the first time. */
  async open(StudyInstanceUID: string, annotator: string, objects: string, also: Statement): Promise<void> {
    const now = this.clock().getTime();
    await this.sql.batch([
      {
        text: `INSERT INTO "maskRequest" VALUES ($1, $2, $3, 'waiting', 0, $4, $4, NULL, NULL)
          ON CONFLICT ("StudyInstanceUID", "annotator") DO UPDATE SET
            "objects" = $3, "state" = 'waiting', "attempts" = 0, "nextAttemptAt" = $4, "fault" = NULL`,
        values: [StudyInstanceUID, annotator, objects, now],
      },
      also,
    ]);
  }

  /** What became of a try; false when the request is for other objects by now. */
  async set(row: MaskRequestRow, also: Statement): Promise<boolean> {
    return this.sql.batch([
      {
        mustChange: true,
        text: `UPDATE "maskRequest" SET "state" = $4, "attempts" = $5, "nextAttemptAt" = $6, "sentAt" = $7, "fault" = $8
          WHERE "StudyInstanceUID" = $1 AND "annotator" = $2 AND "objects" = $3`,
        values: [
          row.StudyInstanceUID,
          row.annotator,
          row.objects,
          row.state,
          row.attempts,
          row.nextAttemptAt.getTime(),
          row.sentAt?.getTime() ?? null,
          row.fault,
        ],
      },
      also,
    ]);
  }

  /** Cases that wait for a mask and have a request to this annotator that is due, the longest due first. */
  async due(annotator: string, most: number): Promise<string[]> {
    const rows = await this.sql.query<Raw>(
      `SELECT "maskRequest"."StudyInstanceUID" FROM "maskRequest"
       JOIN "study" ON "study"."StudyInstanceUID" = "maskRequest"."StudyInstanceUID"
       WHERE "maskRequest"."state" = 'waiting' AND "maskRequest"."nextAttemptAt" <= $1
       AND "maskRequest"."annotator" = $2 AND "study"."state" = 'waitingForMask'
       ORDER BY "maskRequest"."nextAttemptAt", "maskRequest"."StudyInstanceUID" LIMIT $3`,
      [this.clock().getTime(), annotator, most],
    );
    return rows.map((row) => text(row['StudyInstanceUID']));
  }

  /** Cases that wait for a mask which an annotator was asked for, and the age of the oldest request. */
  async waiting(): Promise<{ count: number; oldestSeconds: number }> {
    const rows = await this.sql.query<Raw>(
      `SELECT COUNT(DISTINCT "study"."StudyInstanceUID") AS "n", MIN("maskRequest"."requestedAt") AS "oldest" FROM "maskRequest"
       JOIN "study" ON "study"."StudyInstanceUID" = "maskRequest"."StudyInstanceUID"
       WHERE "study"."state" = 'waitingForMask'`,
    );
    const oldest = rows[0]?.['oldest'];
    const seconds = oldest == null ? 0 : (this.clock().getTime() - Number(oldest)) / 1000;
    return { count: Number(rows[0]?.['n'] ?? 0), oldestSeconds: seconds };
  }
}
