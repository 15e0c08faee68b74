import type { AuditRow } from '../catalogue/audit-row.ts';
import type { AuditTrail } from '../catalogue/audit-trail.ts';
import { asFault, Fault } from '../fault.ts';
import type { AuditCollector, Clock, CollectorMessage, Log } from '../ports.ts';
import { auditMessage } from './dicom-message.ts';
import type { StudyFacts } from './participant-objects.ts';
import type { AuditSource } from './participants.ts';

type Needs = Readonly<{
  trail: AuditTrail;
  collector: AuditCollector;
  source: AuditSource;
  factsOf: (row: AuditRow) => Promise<StudyFacts | undefined>;
  clock: Clock;
  log: Log;
  firstPauseSeconds?: number;
  maxPauseSeconds?: number;
}>;

const BATCH = 200;

/**
 * Sends the lines of the trail to the collector, in their order. The trail is the spool: a line stays marked as unsent until it was
 * handed over, over any number of restarts. While the collector is away the pause between two tries grows.
 */
export class AuditSpool {
  readonly #needs: Needs;
  #pauseSeconds = 0;
  #nextAt = 0;
  #lastSentAt: Date | undefined;
  #fault: Fault | undefined;

  constructor(needs: Needs) {
    this.#needs = needs;
  }

  get lastSentAt(): Date | undefined {
    return this.#lastSentAt;
  }

  /** Why the last try failed; undefined when it did not. */
  get fault(): Fault | undefined {
    return this.#fault;
  }

  /** Everything that waits, unless the pause is not over; how many lines went. Throws what is no fault of the collector's. */
  async run(signal: AbortSignal): Promise<number> {
    const { clock, trail } = this.#needs;
    const waitMs = this.#nextAt - clock().getTime();
    // A wait longer than the pause: the clock was set back.
    if (waitMs > 0 && waitMs <= this.#pauseSeconds * 1000) return 0;
    let sent = 0;
    while (!signal.aborted) {
      const rows = await trail.unsent(BATCH);
      if (rows.length === 0 || !(await this.#send(rows, signal))) return sent;
      await trail.markSent(rows.map(({ id }) => id));
      this.#lastSentAt = clock();
      sent += rows.length;
    }
    return sent;
  }

  async #send(rows: readonly AuditRow[], signal: AbortSignal): Promise<boolean> {
    const messages: CollectorMessage[] = [];
    for (const row of rows) messages.push(await this.#messageOf(row));
    try {
      await this.#needs.collector.send(messages, signal);
      if (this.#fault) this.#needs.log.info('audit.collectorBack', {});
      this.#fault = undefined;
      this.#pauseSeconds = 0;
      return true;
    } catch (thrown) {
      if (!signal.aborted) this.#postpone(thrown);
      return false;
    }
  }

  async #messageOf(row: AuditRow): Promise<CollectorMessage> {
    const { source, factsOf } = this.#needs;
    const xml = auditMessage(row, source, await factsOf(row));
    return { at: new Date(row.at), xml, isAlarming: row.outcome !== 'done' };
  }

  #postpone(thrown: unknown): void {
    const { clock, log, firstPauseSeconds = 2, maxPauseSeconds = 300 } = this.#needs;
    this.#pauseSeconds = Math.min(maxPauseSeconds, Math.max(firstPauseSeconds, this.#pauseSeconds * 2));
    this.#nextAt = clock().getTime() + this.#pauseSeconds * 1000;
    const fault = asFault(thrown);
    this.#fault = fault.code === 'AUDIT_FAILED' ? fault : new Fault('AUDIT_FAILED', fault.code);
    log.warn('audit.notSent', { code: fault.code, detail: fault.detail, pauseSeconds: this.#pauseSeconds });
  }
}
