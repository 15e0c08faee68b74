/** What was set while the clock was ahead of what it shows now. */
import type { Statement } from '../ports.ts';

/** The longest time, in seconds, for which anything of a kind is put off. */
export type LongestPauses = Readonly<{
  /** a delivery that failed, and a mask request */
  delivery: number;
  /** the answer of a peer that is asked whether it keeps a report */
  confirm: number;
  /** the next time that archives are asked for a case */
  fetch: number;
}>;

/**
 * Nothing is put off for longer than its longest pause: what waits for a later time was put off before the clock was set back, and is
 * due. Waits that began in the future begin now.
 */
export function afterSetBack(now: Date, { delivery, confirm, fetch }: LongestPauses): Statement[] {
  const at = now.getTime();
  const later = (seconds: number): number => at + 1000 * seconds;
  return [
    {
      text: `UPDATE "delivery" SET "nextAttemptAt" = $1 WHERE "state" = 'waiting' AND "nextAttemptAt" > $2`,
      values: [at, later(delivery)],
    },
    {
      text: `UPDATE "delivery" SET "nextAttemptAt" = $1 WHERE "state" = 'taken' AND "nextAttemptAt" > $2`,
      values: [at, later(Math.max(delivery, confirm))],
    },
    {
      text: `UPDATE "confirmation" SET "limitAt" = $1 WHERE "confirmedAt" IS NULL AND "limitAt" > $1`,
      values: [later(confirm)],
    },
    {
      text: `UPDATE "maskRequest" SET "nextAttemptAt" = $1 WHERE "state" = 'waiting' AND "nextAttemptAt" > $2`,
      values: [at, later(delivery)],
    },
    {
      text: `UPDATE "maskRequest" SET "requestedAt" = $1 WHERE "requestedAt" > $1`,
      values: [at],
    },
    {
      text: `UPDATE "fetch" SET "nextAttemptAt" = $1 WHERE "nextAttemptAt" > $2`,
      values: [at, later(fetch)],
    },
    { text: `UPDATE "fetch" SET "firstAskedAt" = $1 WHERE "firstAskedAt" > $1`, values: [at] },
    { text: `UPDATE "fetch" SET "startedAt" = $1 WHERE "startedAt" > $1`, values: [at] },
    {
      text: `UPDATE "study" SET "stateChangedAt" = $1 WHERE "stateChangedAt" > $1
        AND "state" IN ('waitingForBaseline', 'waitingForMask')`,
      values: [at],
    },
  ];
}
