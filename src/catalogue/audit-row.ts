import { createHash } from 'node:crypto';
import type { AuditLine } from '../api/perform.ts';
import { type Raw, text } from './values.ts';

/** A line of the audit trail as it is kept; what is absent is ''. */
export type AuditRow = Readonly<{
  id: string;
  at: number;
  actor: string;
  role: string;
  via: string;
  address: string;
  action: string;
  outcome: AuditLine['outcome'];
  subjectKind: string;
  subjectId: string;
  reason: string;
  fault: string;
  /** `chain` of the row before */
  previous: string;
  /** SHA-256 of all the above, hexadecimal */
  chain: string;
  /** null: still to be sent; 0: there was no collector */
  sentAt: number | null;
}>;

type Content = Omit<AuditRow, 'chain' | 'sentAt'>;

const LONGEST = 256;
const LONGEST_REASON = 2000;

/** Cut, and without what a database would store as something else: the hash must be of what is read back. */
const kept = (value: string | undefined, most = LONGEST): string =>
  (value ?? '').slice(0, most).replaceAll(/[\p{Cs}\0]/gu, '\uFFFD');

export function rowOf(line: AuditLine, id: string, at: number, previous: string, sentAt: 0 | null): AuditRow {
  const content: Content = {
    id,
    at,
    actor: kept(line.actor),
    role: kept(line.role),
    via: kept(line.via),
    address: kept(line.address),
    action: kept(line.action),
    outcome: line.outcome,
    subjectKind: line.subject?.kind ?? '',
    subjectId: kept(line.subject?.id),
    reason: kept(line.reason, LONGEST_REASON),
    fault: kept(line.fault),
    previous,
  };
  return { ...content, chain: chainOf(content), sentAt };
}

/** What the chain of a row must be. As JSON, so that no text can be moved from one column into the next. */
export const chainOf = (row: Content): string =>
  createHash('sha256')
    .update(
      JSON.stringify([
        row.previous,
        row.id,
        row.at,
        row.actor,
        row.role,
        row.via,
        row.address,
        row.action,
        row.outcome,
        row.subjectKind,
        row.subjectId,
        row.reason,
        row.fault,
      ]),
    )
    .digest('hex');

export const toAuditRow = (row: Raw): AuditRow => ({
  id: text(row['id']),
  at: Number(row['at']),
  actor: text(row['actor']),
  role: text(row['role']),
  via: text(row['via']),
  address: text(row['address']),
  action: text(row['action']),
  outcome: text(row['outcome']) as AuditLine['outcome'],
  subjectKind: text(row['subjectKind']),
  subjectId: text(row['subjectId']),
  reason: text(row['reason']),
  fault: text(row['fault']),
  previous: text(row['previous']),
  chain: text(row['chain']),
  sentAt: row['sentAt'] == null ? null : Number(row['sentAt']),
});

const MS_DIGITS = 13;
const COUNT_DIGITS = 6;
const MOST_OF_A_MILLISECOND = 10 ** COUNT_DIGITS;

/** Sorts before every row that is written at that time. */
export const firstIdAt = (at: number): string =>
  String(Math.max(0, Math.trunc(at))).padStart(MS_DIGITS, '0') + '0'.repeat(COUNT_DIGITS);

/** Later than `last`, also when the clock was set back. */
export function nextId(last: string, at: number): string {
  const first = firstIdAt(at);
  if (first > last) return first;
  const [ms, count] = [Number(last.slice(0, MS_DIGITS)), Number(last.slice(MS_DIGITS)) + 1];
  return count < MOST_OF_A_MILLISECOND
    ? last.slice(0, MS_DIGITS) + String(count).padStart(COUNT_DIGITS, '0')
    : firstIdAt(ms + 1);
}
