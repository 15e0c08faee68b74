import { z } from 'zod';
import { type ExportFormat, exported } from '../audit/export.ts';
import type { AuditRow } from '../catalogue/audit-row.ts';
import type { AuditQuery } from '../catalogue/audit-search.ts';
import type { AuditTrail } from '../catalogue/audit-trail.ts';
import { Fault } from '../fault.ts';
import type { Clock } from '../ports.ts';
import { operation } from './operation.ts';
import { AUDIT_OUTCOMES } from './perform.ts';

/** How the trail and its way to the collector stand. Times are ISO 8601. */
export type AuditState = Readonly<{
  /** a collector is configured */
  isCollected: boolean;
  /** lines that wait for it, and when the oldest of them was written */
  backlog: number;
  oldestWaiting: string | null;
  lastSentAt: string | null;
  /** why the last try failed */
  problem: string | null;
  /** the last time the chain was looked at from end to end; null: not yet since the start */
  chain: Readonly<{ isWhole: boolean; rows: number; brokenAt: string | null; verifiedAt: string }> | null;
}>;

type Needs = Readonly<{
  trail: AuditTrail;
  clock: Clock;
  state: () => Promise<AuditState>;
  verify: () => Promise<AuditState>;
}>;

/** More is asked for in parts, so that the file fits into memory. */
const MOST_EXPORTED = 250_000;

const moment = z.iso.datetime({ offset: true }).optional();
const words = z.string().min(1).max(200).optional();
const filter = {
  actor: words,
  action: words,
  outcome: z.enum(AUDIT_OUTCOMES).optional(),
  subject: z.string().min(1).max(256).optional(),
  from: moment,
  to: moment,
  text: words,
};
type Filter = z.infer<z.ZodObject<typeof filter>>;

const line = z.object({
  id: z.string(),
  at: z.string(),
  actor: z.string(),
  role: z.string(),
  via: z.string(),
  address: z.string(),
  action: z.string(),
  outcome: z.enum(AUDIT_OUTCOMES),
  subjectKind: z.string(),
  subjectId: z.string(),
  reason: z.string(),
  fault: z.string(),
  isSent: z.boolean(),
});

const state: z.ZodType<AuditState> = z.object({
  isCollected: z.boolean(),
  backlog: z.int(),
  oldestWaiting: z.string().nullable(),
  lastSentAt: z.string().nullable(),
  problem: z.string().nullable(),
  chain: z
    .object({
      isWhole: z.boolean(),
      rows: z.int(),
      brokenAt: z.string().nullable(),
      verifiedAt: z.string(),
    })
    .nullable(),
});

/** The administrator's look at the audit trail; each of them is itself a line of it, but for how it stands. */
export const auditOperations = ({ trail, clock, state: now, verify }: Needs) => ({
  search: operation({
    id: 'audit.search',
    method: 'GET',
    path: '/audit',
    role: 'administrator',
    changes: false,
    summary:
      'Lines of the audit trail, the newest first. `next`: ask again with it as `before`, also when a page is empty.',
    input: z.object({
      ...filter,
      before: z
        .string()
        .regex(/^\d{1,32}$/)
        .optional(),
      limit: z.coerce.number().int().min(1).max(500).default(100),
    }),
    output: z.object({ lines: z.array(line), next: z.string().nullable() }),
    subject: () => ({ kind: 'system', id: 'audit' }),
    isAudited: true,
    run: async ({ before, limit, ...found }) => {
      const { rows, next } = await trail.search(queryOf(found), { before, limit });
      return { lines: rows.map(toLine), next: next ?? null };
    },
  }),
  export: operation({
    id: 'audit.export',
    method: 'GET',
    path: '/audit/export',
    role: 'administrator',
    changes: false,
    summary: `Lines of the audit trail as a file, at most ${MOST_EXPORTED}: narrow \`from\` and \`to\` where there are more.`,
    input: z.object({ ...filter, format: z.enum(['csv', 'jsonl']).default('csv') }),
    output: { download: 'text/csv' },
    subject: () => ({ kind: 'system', id: 'audit' }),
    isAudited: true,
    run: async ({ format, ...found }) => ({
      contentType: format === 'csv' ? 'text/csv; charset=utf-8' : 'application/jsonl; charset=utf-8',
      fileName: `audit-${clock().toISOString().slice(0, 10)}.${format}`,
      bytes: await fileOf(trail, queryOf(found), format),
    }),
  }),
  state: operation({
    id: 'audit.state',
    method: 'GET',
    path: '/audit/state',
    role: 'administrator',
    changes: false,
    summary:
      'Whether there is a collector, what waits for it, and whether the chain was whole when it was last looked at.',
    input: z.object({}),
    output: state,
    run: () => now(),
  }),
  verify: operation({
    id: 'audit.verify',
    method: 'POST',
    path: '/audit/verify',
    role: 'administrator',
    changes: false,
    summary: 'Looks at the whole chain now.',
    input: z.object({}),
    output: state,
    subject: () => ({ kind: 'system', id: 'audit' }),
    isAudited: true,
    run: () => verify(),
  }),
});

const time = (value: string | undefined): number | undefined =>
  value === undefined ? undefined : Date.parse(value);

const queryOf = ({ from, to, ...rest }: Filter): AuditQuery => ({ ...rest, from: time(from), to: time(to) });

const toLine = ({ previous: _, chain: __, sentAt, at, ...row }: AuditRow) => ({
  ...row,
  at: new Date(at).toISOString(),
  isSent: (sentAt ?? 0) > 0,
});

async function fileOf(trail: AuditTrail, query: AuditQuery, format: ExportFormat): Promise<Uint8Array> {
  const parts: string[] = [];
  let rows = 0;
  for await (const page of trail.pages(query)) {
    rows += page.length;
    if (rows > MOST_EXPORTED)
      throw new Fault('INPUT_INVALID', `more than ${MOST_EXPORTED} lines: narrow from and to`);
    parts.push(exported(page, format, parts.length === 0));
  }
  return new TextEncoder().encode(parts.length === 0 ? exported([], format, true) : parts.join(''));
}
