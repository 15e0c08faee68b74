/** Wrong passwords, counted for each name and each place where they come from, so that nobody locks out anybody elsewhere. */
import { digestOf } from '../dicom/uid.ts';
import type { Clock, Sql } from '../ports.ts';
import { date, type Raw } from './values.ts';

const MOST_KEPT = 10_000;
const MINUTE_MS = 60_000;
/** After so many tries what is over, and what is too much, is taken out; it is looked at by nobody before. */
const PRUNED_EVERY = 500;

/**
 * All processes count together. Names that nobody has are counted as all others. What was typed as a name may be long, or a password in
 * the wrong field: its digest is kept.
 */
export class LoginTries {
  readonly #sql: Sql;
  readonly #clock: Clock;
  readonly #most: number;
  readonly #lockMs: number;
  #counted = 0;

  constructor(sql: Sql, clock: Clock, most: number, lockMinutes: number) {
    this.#sql = sql;
    this.#clock = clock;
    this.#most = most;
    this.#lockMs = lockMinutes * MINUTE_MS;
  }

  /**
   * Before the password is looked at, so that many guesses at once are many. False: there were too many. What lasts longer than what
   * begins now is of a time before the clock was set back, and counts no more.
   */
  async count(name: string, place: string): Promise<boolean> {
    const now = this.#clock().getTime();
    if (this.#counted % PRUNED_EVERY === 0) await this.#prune(now);
    this.#counted += 1;
    return this.#sql.batch([
      {
        mustChange: true,
        text: `INSERT INTO "loginTry" VALUES ($1, $2, 1, $3) ON CONFLICT ("name", "place") DO UPDATE SET
          "tries" = CASE WHEN "loginTry"."until" > $4 AND "loginTry"."until" <= $3 THEN "loginTry"."tries" + 1 ELSE 1 END, "until" = $3
          WHERE "loginTry"."until" <= $4 OR "loginTry"."until" > $3 OR "loginTry"."tries" < $5`,
        values: [digestOf(name), digestOf(place), now + this.#lockMs, now, this.#most],
      },
    ]);
  }

  /** The password was right. */
  async forget(name: string, place: string): Promise<void> {
    const text = 'DELETE FROM "loginTry" WHERE "name" = $1 AND "place" = $2';
    await this.#sql.query(text, [digestOf(name), digestOf(place)]);
  }

  /** Everywhere. */
  async unlock(name: string): Promise<void> {
    await this.#sql.query('DELETE FROM "loginTry" WHERE "name" = $1', [digestOf(name)]);
  }

  /** Until when the name is locked, somewhere; the beginning of 1970 where it is not. */
  async lockedUntil(name: string): Promise<Date> {
    const [row] = await this.#sql.query<Raw>(
      'SELECT COALESCE(MAX("until"), 0) AS "until" FROM "loginTry" WHERE "name" = $1 AND "tries" >= $2 AND "until" <= $3',
      [digestOf(name), this.#most, this.#clock().getTime() + this.#lockMs],
    );
    return date(row?.['until'] ?? 0);
  }

  async #prune(now: number): Promise<void> {
    await this.#sql.query('DELETE FROM "loginTry" WHERE "until" <= $1', [now]);
    await this.#sql.query(
      `DELETE FROM "loginTry" WHERE "until" < (SELECT "until" FROM "loginTry" ORDER BY "until" DESC LIMIT 1 OFFSET ${MOST_KEPT})`,
    );
  }
}
