/** Whether what only time ends may be ended: a clock that has jumped may be wrong, and what is deleted does not come back. */
import type { Clock, Log, Sql } from '../ports.ts';
import { type Raw, text } from './values.ts';

/** More than that between two looks of one process is a jump. */
const JUMP_MS = 3_600_000;
/** Nobody looked for so long at most: the service was stopped. More looks like a clock that was set. */
const STOP_MS = 7 * 24 * 3_600_000;
/** So long somebody must have looked without a jump: time for people to see that it is wrong, and for NTP to put it right. */
const TRUSTED_AFTER_MS = 24 * 3_600_000;
/** So long at least after a stop: a machine starts with a wrong clock until NTP has put it right. */
const AFTER_STOP_MS = 3_600_000;
const KEPT_EVERY_MS = 60_000;
const NAME = 'clock';

/** `at`: what the clock showed last; `steadySince`: since when it has not jumped, later by all stops. Milliseconds since 1970. */
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
  #notBefore = Number.NEGATIVE_INFINITY;
  #keptAt = Number.NEGATIVE_INFINITY;

  constructor(sql: Sql, clock: Clock, log: Log) {
    this.#sql = sql;
    this.#clock = clock;
    this.#log = log;
  }

  /** True when cases may expire, and patients and audit lines be removed, because their time is over. */
  async look(): Promise<boolean> {
    const now = this.#clock().getTime();
    const isFirst = this.#seen === undefined;
    const isKnown = this.#seen !== undefined && !hasJumped(this.#seen, now);
    const before = isKnown ? this.#seen : await kept(this.#sql);
    const stopMs = before && isFirst ? stopOf(before, now) : 0;
    if (stopMs > 0) this.#notBefore = now + AFTER_STOP_MS;
    const isJump = before === undefined || hasJumped(before, now - stopMs);
    const seen = { at: now, steadySince: isJump ? now : before.steadySince + stopMs };
    if (isJump && before)
      this.#log.warn('clock.jumped', { seconds: Math.round((now - before.at) / 1000), hint: HINT });
    this.#seen = seen;
    if (isJump || Math.abs(now - this.#keptAt) >= KEPT_EVERY_MS) {
      await this.#keep(seen);
      this.#keptAt = now;
    }
    return now >= this.#notBefore && now - seen.steadySince >= TRUSTED_AFTER_MS;
  }

  async #keep(seen: Seen): Promise<void> {
    await this.#sql.query(
      'INSERT INTO "setting" VALUES ($1, $2) ON CONFLICT ("name") DO UPDATE SET "value" = $2',
      [NAME, JSON.stringify(seen)],
    );
  }
}

/**
 * From when on what only time ends is ended again, as what was kept a minute ago at most tells; null: it is now. Where nobody has
 * looked yet, the time begins now at the earliest. An hour that is waited after a stop is not told.
 */
export async function clockTrustedFrom(sql: Sql, clock: Clock): Promise<Date | null> {
  const now = clock();
  const since = (await kept(sql))?.steadySince ?? now.getTime();
  const from = new Date(since + TRUSTED_AFTER_MS);
  return from > now ? from : null;
}

async function kept(sql: Sql): Promise<Seen | undefined> {
  const [row] = await sql.query<Raw>('SELECT "value" FROM "setting" WHERE "name" = $1', [NAME]);
  return row && (JSON.parse(text(row['value'])) as Seen);
}

const HINT =
  'nothing expires and nothing is removed for 24 hours: look whether the clock of this machine is right';

/** How long the service was stopped, when the clock tells: that time is neither a jump, nor did anybody look. */
const stopOf = ({ at }: Seen, now: number): number =>
  now - at > JUMP_MS && now - at <= STOP_MS ? now - at : 0;

const hasJumped = ({ at }: Seen, now: number): boolean => Math.abs(now - at) > JUMP_MS;
