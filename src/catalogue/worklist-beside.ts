/** What stands beside the cases of one page of the worklist: each table is asked once for all of them. */
import type { Sql } from '../ports.ts';
import { isAsking } from './fetches.ts';
import type { MaskRequestRow } from './mask-requests.ts';
import { type DeliveryState, OPEN_DELIVERY, type Reason, type StudyRow } from './rows.ts';
import { date, dateOrNull, json, type Raw, text, textOrNull } from './values.ts';

/** A case of a page, as its row says it. */
export type ListedStudy = Pick<
  StudyRow,
  'StudyInstanceUID' | 'PatientID' | 'IssuerOfPatientID' | 'StudyDate' | 'state' | 'lastReceivedAt'
> &
  Readonly<{ since: Date; reasons: readonly Reason[] }>;

/** expiry: the case is given up then, and is not eligible. */
export type NextLook = Readonly<{ at: Date; what: 'fetch' | 'delivery' | 'maskRequest' | 'expiry' }>;

/** Who was asked for a mask, and since when. */
export type MaskAsked = Pick<MaskRequestRow, 'annotator' | 'state' | 'requestedAt' | 'sentAt' | 'fault'>;

export type Outcome = Readonly<{
  outcome: string | null;
  category: string | null;
  probability: number | null;
  delta: number | null;
  isWithdrawn: boolean;
}>;

/** Of all objects of a case. */
export type Deliveries = Readonly<{
  delivered: number;
  open: number;
  gaveUp: number;
  /** to whom something is under way, or was given up */
  destinations: readonly string[];
}>;

export type Beside = Readonly<{
  images: number;
  masks: number;
  next: NextLook | null;
  maskRequests: readonly MaskAsked[];
  result: Outcome | null;
  deliveries: Deliveries;
}>;

/** What stands beside each of these cases, by StudyInstanceUID. */
export async function beside(
  sql: Sql,
  studies: readonly ListedStudy[],
  expireDays: number,
): Promise<(StudyInstanceUID: string) => Beside> {
  const found = await besideWithAll(sql, studies, expireDays);
  return (uid) => {
    const { ahead, ...rest } = found(uid);
    return { ...rest, next: ahead[0] ?? null };
  };
}

/** All that time alone will move of one case, the earliest first. */
export async function lookingAhead(
  sql: Sql,
  study: ListedStudy,
  expireDays: number,
): Promise<readonly NextLook[]> {
  return (await besideWithAll(sql, [study], expireDays))(study.StudyInstanceUID).ahead;
}

type BesideWithAll = Omit<Beside, 'next'> & Readonly<{ ahead: readonly NextLook[] }>;

async function besideWithAll(
  sql: Sql,
  studies: readonly ListedStudy[],
  expireDays: number,
): Promise<(StudyInstanceUID: string) => BesideWithAll> {
  const uids = studies.map(({ StudyInstanceUID }) => StudyInstanceUID);
  const of = async (sqlText: (list: string) => string) =>
    byStudy(uids.length === 0 ? [] : await sql.query<Raw>(sqlText(placeholders(uids)), uids));
  const counts = await of(
    (list) => `SELECT "StudyInstanceUID", "role", COUNT(*) AS "n" FROM "instance"
      WHERE "StudyInstanceUID" IN (${list}) GROUP BY "StudyInstanceUID", "role"`,
  );
  const fetches = await of(
    (list) => `SELECT "StudyInstanceUID", "answeredAt", "nextAttemptAt" FROM "fetch"
      WHERE "StudyInstanceUID" IN (${list})`,
  );
  const requests = await of(
    (
      list,
    ) => `SELECT "StudyInstanceUID", "annotator", "state", "nextAttemptAt", "requestedAt", "sentAt", "fault"
      FROM "maskRequest" WHERE "StudyInstanceUID" IN (${list}) ORDER BY "annotator"`,
  );
  const deliveries = await of(
    (
      list,
    ) => `SELECT "StudyInstanceUID", "destination", "state", COUNT(*) AS "n", MIN("nextAttemptAt") AS "next"
      FROM "delivery" WHERE "StudyInstanceUID" IN (${list})
      GROUP BY "StudyInstanceUID", "destination", "state" ORDER BY "destination"`,
  );
  const results = await of(newestReports);
  const listed = new Map(studies.map((study) => [study.StudyInstanceUID, study]));
  return (uid) => {
    const sent = deliveries(uid).map(toSent);
    const asked = requests(uid).map(toAsked);
    const study = listed.get(uid);
    return {
      ...countsOf(counts(uid)),
      ahead: study ? nextLooks(study, { sent, asked, fetch: fetches(uid)[0] }, expireDays) : [],
      maskRequests: asked.map(({ nextAttemptAt: _at, ...each }) => each),
      result: outcomeOf(results(uid)[0]),
      deliveries: summaryOf(sent),
    };
  };
}

/** What the newest report of each of these studies says. */
export async function outcomesOf(
  sql: Sql,
  uids: readonly string[],
): Promise<(StudyInstanceUID: string) => Outcome | null> {
  const rows = uids.length === 0 ? [] : await sql.query<Raw>(newestReports(placeholders(uids)), uids);
  const results = byStudy(rows);
  return (uid) => outcomeOf(results(uid)[0]);
}

/** A report is always newer than those before it (reports.ts). */
const newestReports = (list: string): string =>
  `SELECT "report"."StudyInstanceUID", "report"."result", "withdrawal"."note" FROM "report"
   LEFT JOIN "withdrawal" ON "withdrawal"."SOPInstanceUID" = "report"."SOPInstanceUID"
   WHERE "report"."StudyInstanceUID" IN (${list}) AND "report"."kind" = 'sr' AND NOT EXISTS (
     SELECT 1 FROM "report" AS "newer" WHERE "newer"."StudyInstanceUID" = "report"."StudyInstanceUID"
       AND "newer"."kind" = 'sr' AND "newer"."createdAt" > "report"."createdAt")`;

const placeholders = (uids: readonly string[]): string => uids.map((_, at) => `$${at + 1}`).join(', ');

function byStudy(rows: readonly Raw[]): (StudyInstanceUID: string) => readonly Raw[] {
  const groups = new Map<string, Raw[]>();
  for (const row of rows) {
    const uid = text(row['StudyInstanceUID']);
    const group = groups.get(uid);
    if (group) group.push(row);
    else groups.set(uid, [row]);
  }
  return (uid) => groups.get(uid) ?? [];
}

function countsOf(rows: readonly Raw[]): Pick<Beside, 'images' | 'masks'> {
  const of = (role: string) => Number(rows.find((row) => row['role'] === role)?.['n'] ?? 0);
  return { images: of('image'), masks: of('mask') };
}

type Asked = MaskAsked & Readonly<{ nextAttemptAt: Date }>;
const toAsked = (row: Raw): Asked => ({
  annotator: text(row['annotator']),
  state: text(row['state']) as MaskAsked['state'],
  requestedAt: date(row['requestedAt']),
  sentAt: dateOrNull(row['sentAt']),
  fault: textOrNull(row['fault']),
  nextAttemptAt: date(row['nextAttemptAt']),
});

type Sent = Readonly<{ destination: string; state: DeliveryState; count: number; next: Date }>;
const toSent = (row: Raw): Sent => ({
  destination: text(row['destination']),
  state: text(row['state']) as DeliveryState,
  count: Number(row['n']),
  next: date(row['next']),
});

function summaryOf(sent: readonly Sent[]): Deliveries {
  const isOpen = ({ state }: Sent) => OPEN_DELIVERY.has(state);
  const sum = (is: (each: Sent) => boolean) => sent.filter(is).reduce((all, { count }) => all + count, 0);
  const unfinished = sent.filter((each) => isOpen(each) || each.state === 'gaveUp');
  return {
    delivered: sum(({ state }) => state === 'delivered'),
    open: sum(isOpen),
    gaveUp: sum(({ state }) => state === 'gaveUp'),
    destinations: [...new Set(unfinished.map(({ destination }) => destination))],
  };
}

function outcomeOf(row: Raw | undefined): Outcome | null {
  if (!row) return null;
  const { outcome, score } = json<{
    outcome?: string;
    score?: Partial<Pick<Outcome, 'category' | 'probability' | 'delta'>>;
  }>(row['result']);
  return {
    outcome: outcome ?? null,
    category: score?.category ?? null,
    probability: score?.probability ?? null,
    delta: score?.delta ?? null,
    isWithdrawn: row['note'] != null,
  };
}

const DAY_MS = 86_400_000;

/** What time alone will do next to a case: only what its state lets happen. */
function nextLooks(
  study: ListedStudy,
  {
    sent,
    asked,
    fetch,
  }: Readonly<{ sent: readonly Sent[]; asked: readonly Asked[]; fetch: Raw | undefined }>,
  expireDays: number,
): readonly NextLook[] {
  const found: NextLook[] = sent
    .filter(({ state }) => OPEN_DELIVERY.has(state))
    .map(({ next }) => ({ at: next, what: 'delivery' }));
  if (isAskedFor(study, fetch)) found.push({ at: date(fetch?.['nextAttemptAt']), what: 'fetch' });
  if (study.state === 'waitingForMask') {
    const due = asked.filter(({ state }) => state === 'waiting');
    found.push(...due.map(({ nextAttemptAt }): NextLook => ({ at: nextAttemptAt, what: 'maskRequest' })));
  }
  if (study.state === 'waitingForBaseline' || study.state === 'waitingForMask')
    found.push({ at: new Date(study.since.getTime() + expireDays * DAY_MS), what: 'expiry' });
  return found.sort((a, b) => a.at.getTime() - b.at.getTime());
}

const isAskedFor = (study: ListedStudy, fetch: Raw | undefined): boolean =>
  fetch !== undefined && isAsking(study, { answeredAt: dateOrNull(fetch['answeredAt']) });
