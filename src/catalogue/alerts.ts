import type { ChannelState, Notice } from '../notifications/due.ts';
import type { FailingDelivery, HeldCase } from '../notifications/facts.ts';
import type { Alert, Detail, ToldMatter } from '../notifications/matter.ts';
import type { Reconciled } from '../notifications/reconcile.ts';
import type { MatterKind } from '../notifications/settings.ts';
import type { PatientLine } from '../notifications/wording.ts';
import type { Sql, Statement } from '../ports.ts';
import type { Reason } from './rows.ts';
import { date, dateOrNull, json, type Raw, text, textOrNull } from './values.ts';

/** What is over is remembered so long. */
const KEPT_MS = 30 * 86_400_000;
/** Names of patients are looked up for so many cases of a message; it tells fewer. */
const MOST_PATIENTS = 100;

const toAlert = (row: Raw): Alert => ({
  id: text(row['id']),
  kind: text(row['kind']) as MatterKind,
  subject: text(row['subject']),
  since: date(row['since']),
  detail: json<Detail>(row['detail']),
  clearedAt: dateOrNull(row['clearedAt']),
});

/** What people are told of, what they were told, and the facts for it that the catalogue itself knows. */
export class Alerts {
  readonly sql: Sql;

  constructor(sql: Sql) {
    this.sql = sql;
  }

  async all(): Promise<Alert[]> {
    const rows = await this.sql.query<Raw>('SELECT * FROM "alert" ORDER BY "since", "id"');
    return rows.map(toAlert);
  }

  /** What stands now, the oldest first. */
  async standing(): Promise<Alert[]> {
    const rows = await this.sql.query<Raw>(
      'SELECT * FROM "alert" WHERE "clearedAt" IS NULL ORDER BY "since", "id"',
    );
    return rows.map(toAlert);
  }

  /** Only what differs from `known` is written. */
  async keep({ alerts, returned, dropped }: Reconciled, known: readonly Alert[], now: Date): Promise<void> {
    const before = new Map(known.map((alert) => [alert.id, JSON.stringify(alert)]));
    const changed = alerts.filter((alert) => before.get(alert.id) !== JSON.stringify(alert));
    const longOver = alerts.filter(
      ({ clearedAt }) => clearedAt !== null && now.getTime() - clearedAt.getTime() > KEPT_MS,
    );
    const forgotten = [...dropped, ...longOver.map(({ id }) => id)];
    const statements: Statement[] = [
      ...changed.map(({ id, kind, subject, since, detail, clearedAt }) => ({
        text: `INSERT INTO "alert" ("id", "kind", "subject", "since", "detail", "clearedAt")
          VALUES ($1, $2, $3, $4, $5, $6)
          ON CONFLICT ("id") DO UPDATE SET "since" = $4, "detail" = $5, "clearedAt" = $6`,
        values: [id, kind, subject, since.getTime(), JSON.stringify(detail), clearedAt?.getTime() ?? null],
      })),
      ...[...returned, ...forgotten].map((id) => ({
        text: 'DELETE FROM "alertNotice" WHERE "alert" = $1',
        values: [id],
      })),
      ...forgotten.map((id) => ({ text: 'DELETE FROM "alert" WHERE "id" = $1', values: [id] })),
    ];
    if (statements.length > 0) await this.sql.batch(statements);
  }

  async noticesOf(channel: string): Promise<Notice[]> {
    const rows = await this.sql.query<Raw>('SELECT * FROM "alertNotice" WHERE "channel" = $1', [channel]);
    return rows.map((row) => ({
      alert: text(row['alert']),
      state: text(row['state']) as Notice['state'],
      notifiedAt: date(row['notifiedAt']),
    }));
  }

  async channels(): Promise<ChannelState[]> {
    const rows = await this.sql.query<Raw>('SELECT * FROM "alertChannel" ORDER BY "channel"');
    return rows.map((row) => ({
      channel: text(row['channel']),
      since: date(row['since']),
      attempts: Number(row['attempts']),
      nextAttemptAt: date(row['nextAttemptAt']),
      digestOn: text(row['digestOn']),
      sentAt: dateOrNull(row['sentAt']),
      fault: textOrNull(row['fault']),
    }));
  }

  /** A channel that is not used any more: when it is used again, what was over meanwhile is not told. */
  async dropChannel(channel: string): Promise<void> {
    await this.sql.query('DELETE FROM "alertChannel" WHERE "channel" = $1', [channel]);
  }

  /** How the channel stands, and in the same transaction what it has said. */
  async setChannel(state: ChannelState, said: readonly ToldMatter[] = [], now = state.since): Promise<void> {
    await this.sql.batch([
      {
        text: `INSERT INTO "alertChannel"
            ("channel", "since", "attempts", "nextAttemptAt", "digestOn", "sentAt", "fault")
          VALUES ($1, $2, $3, $4, $5, $6, $7)
          ON CONFLICT ("channel") DO UPDATE SET "attempts" = $3, "nextAttemptAt" = $4, "digestOn" = $5, "sentAt" = $6, "fault" = $7`,
        values: [
          state.channel,
          state.since.getTime(),
          state.attempts,
          state.nextAttemptAt.getTime(),
          state.digestOn,
          state.sentAt?.getTime() ?? null,
          state.fault,
        ],
      },
      ...said.map(({ state: told, alert }) => ({
        text: `INSERT INTO "alertNotice" ("alert", "channel", "state", "notifiedAt") VALUES ($1, $2, $3, $4)
          ON CONFLICT ("alert", "channel") DO UPDATE SET "state" = $3, "notifiedAt" = $4`,
        values: [alert.id, state.channel, told === 'over' ? 'over' : 'standing', now.getTime()],
      })),
    ]);
  }

  async heldCases(): Promise<HeldCase[]> {
    const rows = await this.sql.query<Raw>(
      `SELECT "StudyInstanceUID", "stateChangedAt", "reasons" FROM "study" WHERE "state" = 'held'
       ORDER BY "stateChangedAt", "StudyInstanceUID"`,
    );
    return rows.map((row) => ({
      StudyInstanceUID: text(row['StudyInstanceUID']),
      since: date(row['stateChangedAt']),
      codes: json<Reason[]>(row['reasons']).map(({ code }) => code),
    }));
  }

  /** Who the cases are about, for messages that may say so. */
  async patientsOf(studies: readonly string[]): Promise<Map<string, PatientLine>> {
    const asked = studies.slice(0, MOST_PATIENTS);
    if (asked.length === 0) return new Map();
    const rows = await this.sql.query<Raw>(
      `SELECT "StudyInstanceUID", "PatientID", "StudyDate" FROM "study"
       WHERE "StudyInstanceUID" IN (${asked.map((_, index) => `$${index + 1}`).join(', ')})`,
      asked,
    );
    return new Map(
      rows.map((row) => [
        text(row['StudyInstanceUID']),
        { PatientID: text(row['PatientID']), StudyDate: text(row['StudyDate']) },
      ]),
    );
  }

  /** Deliveries that wait after a failure. `since`: when the object was made: when the first try failed is not kept. */
  async waitingAfterFailure(): Promise<FailingDelivery[]> {
    const rows = await this.sql.query<Raw>(
      `SELECT "delivery"."StudyInstanceUID", "delivery"."destination", "delivery"."attempts", "delivery"."fault",
         "report"."createdAt" FROM "delivery"
       JOIN "report" ON "report"."SOPInstanceUID" = "delivery"."SOPInstanceUID"
       WHERE "delivery"."state" = 'waiting' AND "delivery"."attempts" > 0
       ORDER BY "delivery"."SOPInstanceUID", "delivery"."destination"`,
    );
    return rows.map((row) => ({
      StudyInstanceUID: text(row['StudyInstanceUID']),
      destination: text(row['destination']),
      attempts: Number(row['attempts']),
      hasGivenUp: false,
      since: date(row['createdAt']),
      fault: textOrNull(row['fault']),
    }));
  }
}
