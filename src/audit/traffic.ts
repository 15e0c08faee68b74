/** What came in and went out, as lines of the audit trail: taken from the stories of the studies. */
import type { AuditEntry, AuditTrail } from '../catalogue/audit-trail.ts';
import type { Catalogue } from '../catalogue/catalogue.ts';
import { json, type Raw, text } from '../catalogue/values.ts';
import type { Clock, Statement } from '../ports.ts';

/** Of the newest event that was looked at: its time, a colon, its sequence. */
const CURSOR = 'audit.traffic';
/** An event may be written a little later than its time says; of several processes, whose changes are tried for 15 s, much later. */
const SETTLED_MS = { alone: 5000, ofMany: 60_000 };
const MOST = 500;
const KINDS = [
  'state.complete',
  'delivery.delivered',
  'delivery.taken',
  'delivery.gaveUp',
  'mask.requestSent',
];

type Event = Readonly<{
  at: number;
  sequence: string;
  StudyInstanceUID: string;
  kind: string;
  detail: Readonly<Record<string, unknown>>;
}>;
type Needs = Readonly<{ catalogue: Catalogue; trail: AuditTrail; clock: Clock }>;

/** Writes a line for each study that came, and for each object that went out, since the last call. How many were looked at. */
export const noteTraffic = (needs: Needs): Promise<number> =>
  needs.catalogue.exclusively(CURSOR, () => noteAlone(needs));

async function noteAlone({ catalogue, trail, clock }: Needs): Promise<number> {
  const now = clock().getTime();
  const [at = '0', sequence = ''] = (await catalogue.setting(CURSOR, `${now}:`)).split(':');
  const settledMs = catalogue.sql.locked ? SETTLED_MS.ofMany : SETTLED_MS.alone;
  const places = KINDS.map((_, index) => `$${index + 4}`).join(', ');
  const rows = await catalogue.sql.query<Raw>(
    `SELECT * FROM "event" WHERE "at" >= $1 AND ("at" > $1 OR "sequence" > $2) AND "at" < $3 AND "kind" IN (${places})
      ORDER BY "at", "sequence" LIMIT ${MOST}`,
    [Number(at), sequence, now - settledMs, ...KINDS],
  );
  const events = rows.map(toEvent);
  for (const event of events) await trail.writeAll(await linesOf(catalogue, event), [movingTo(event)]);
  return events.length;
}

const toEvent = (row: Raw): Event => ({
  at: Number(row['at']),
  sequence: text(row['sequence']),
  StudyInstanceUID: text(row['StudyInstanceUID']),
  kind: text(row['kind']),
  detail: json<Event['detail']>(row['detail']) ?? {},
});

/** With the lines, in one transaction: none is told twice. */
const movingTo = ({ at, sequence }: Event): Statement => ({
  text: 'UPDATE "setting" SET "value" = $1 WHERE "name" = $2',
  values: [`${at}:${sequence}`, CURSOR],
});

async function linesOf(catalogue: Catalogue, event: Event): Promise<AuditEntry[]> {
  if (event.kind === 'state.complete') {
    return (await sendersOf(catalogue, event)).map((sender) => line(event, 'instances.received', sender));
  }
  const { detail, kind } = event;
  const peer = String(detail['destination'] ?? detail['annotator'] ?? '');
  const hasFailed = kind === 'delivery.gaveUp';
  const fault = String(detail['fault'] ?? '');
  return [{ ...line(event, 'instances.sent', peer), ...(hasFailed ? { outcome: 'failed', fault } : {}) }];
}

/** Who sent objects of the study since it was complete the last time. */
async function sendersOf(catalogue: Catalogue, { StudyInstanceUID, at }: Event): Promise<string[]> {
  const before = await catalogue.sql.query<Raw>(
    `SELECT MAX("at") AS "at" FROM "event" WHERE "StudyInstanceUID" = $1 AND "kind" = 'state.complete' AND "at" < $2`,
    [StudyInstanceUID, at],
  );
  const rows = await catalogue.sql.query<Raw>(
    `SELECT DISTINCT "receivedFrom" FROM "instance" WHERE "StudyInstanceUID" = $1 AND "receivedAt" >= $2
      AND "receivedAt" <= $3 ORDER BY "receivedFrom"`,
    [StudyInstanceUID, Number(before[0]?.['at'] ?? 0), at],
  );
  return rows.map((row) => text(row['receivedFrom']));
}

const line = (event: Event, action: string, actor: string): AuditEntry => ({
  at: new Date(event.at),
  actor,
  role: 'node',
  via: 'network',
  address: '',
  action,
  outcome: 'done',
  subject: { kind: 'case', id: event.StudyInstanceUID },
});
