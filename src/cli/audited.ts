import type { AuditLine } from '../api/perform.ts';
import { toldChange } from '../api/perform.ts';
import { AuditTrail } from '../catalogue/audit-trail.ts';
import type { Clock, Sql } from '../ports.ts';
import type { Config } from '../startup/config.ts';

/** Who changes by a command, in the audit trail and in histories. */
export const AUTHOR = 'command line';

/** A change by a command stands in the audit trail as one on the pages does, told before and after. Faults: AUDIT_NOT_WRITTEN, and those of the task. */
export function audited<T>(
  { sql, clock }: Readonly<{ sql: Sql; clock: Clock }>,
  { audit }: Pick<Config, 'audit'>,
  what: Pick<AuditLine, 'action' | 'subject' | 'reason'>,
  task: () => Promise<T>,
): Promise<T> {
  const trail = new AuditTrail(sql, clock, audit.syslog !== undefined);
  const line = { actor: AUTHOR, role: '', via: 'machine', address: '', ...what };
  return toldChange(trail, async () => line, task);
}
