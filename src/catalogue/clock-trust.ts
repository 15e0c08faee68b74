/** Whether what only time ends may be ended: a clock that has jumped may be wrong, and what is deleted does not come back. */
import type { Clock, Log, Sql } from '../ports.ts';
import { type Raw, text } from './values.ts';

/** More than that between two looks is a jump: of the clock, or because nobody looked (stopped, asleep). */
const JUMP_MS = 3_600_000;
/** So long the clock must have gone on without a jump: time for people to see that it is wrong, and for NTP to put it right. */
const TRUSTED_AFTER_MS = 24 * 3_600_000;
const KEPT_EVERY_MS = 60_000;
const NAME = 'clock';

/** `at`: what the clock showed last; `steadySince`: since when it has not jumped. Milliseconds since 1970. */
type Seen = Readonly<{ at: number; steadySince: number }>;

/**
 * Looks at the clock, as often as once a second. What it saw is kept in the catalogue once a minute, so that neither a restart nor
 * another process that takes over begins anew.
 */
export class ClockTrust {
  readonly #sql: Sql;
  readonly #clock: Clock;
  readonly #log: Log;
  #seen: Seen | undefined;
  #keptAt = Number.NEGATIVE_INFINITY;

  constructor(sql: Sql, clock: Clock, log: Log) {
    this.#sql = sql;
    this.#clock = clock;
    this.#log = log;
  }

  /** True when cases may expire, and patients and audit lines be removed, because their time is over. */
  async look(): Promise<boolean> {
    const now = this.#clock().getTime();
    const isKnown = this.#seen !== undefined && !hasJumped(this.#seen, now);
    const before = isKnown ? this.#seen : await this.#kept();
    const isJump = before === undefined || hasJumped(before, now);
    const seen = { at: now, steadySince: isJump ? now : before.steadySince };
    if (isJump && before)
      this.#log.warn('clock.jumped', { seconds: Math.round((now - before.at) / 1000), hint: HINT });
    this.#seen = seen;
    if (isJump || Math.abs(now - this.#keptAt) >= KEPT_EVERY_MS) {
      await this.#keep(seen);
      this.#keptAt = now;
    }
    return now - seen.steadySince >= TRUSTED_AFTER_MS;
  }

  async #kept(): Promise<Seen | undefined> {
    const [row] = await this.#sql.query<Raw>('SELECT "value" FROM "setting" WHERE "name" = $1', [NAME]);
    return row && (JSON.parse(text(row['value'])) as Seen);
  }

  async #keep(seen: Seen): Promise<void> {
    await this.#sql.query(
      'INSERT INTO "setting" VALUES ($1, $2) ON CONFLICT ("name") DO UPDATE SET "value" = $2',
      [NAME, JSON.stringify(seen)],
    );
  }
}

const HINT =
  'nothing expires and nothing is removed for 24 hours: look whether the clock of this machine is right';

const hasJumped = ({ at }: Seen, now: number): boolean => Math.abs(now - at) > JUMP_MS;
