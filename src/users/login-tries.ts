/** Wrong passwords, counted for each name and each place where they come from, so that nobody locks out anybody elsewhere. */
import type { Clock } from '../ports.ts';
import { secretDigest } from './secret.ts';

const MOST_KEPT = 10_000;
const MINUTE_MS = 60_000;

type Entry = Readonly<{ tries: number; until: number }>;

/**
 * Kept in memory: whoever guesses cannot restart the service. Names that nobody has are counted as all others. What was typed as a
 * name may be long, or a password in the wrong field: its digest is kept.
 */
export class LoginTries {
  /** The one that was counted last is last, and ends last. */
  readonly #entries: Map<string, Entry>;
  readonly #clock: Clock;
  readonly #most: number;
  readonly #lockMs: number;

  constructor(clock: Clock, most: number, lockMinutes: number, entries = new Map<string, Entry>()) {
    this.#clock = clock;
    this.#most = most;
    this.#lockMs = lockMinutes * MINUTE_MS;
    this.#entries = entries;
  }

  /** Before the password is looked at, so that many guesses at once are many. False: there were too many. */
  count(name: string, place: string): boolean {
    const now = this.#clock().getTime();
    this.#dropOver(now);
    const key = keyOf(name, place);
    const { tries, until } = this.#entries.get(key) ?? { tries: 0, until: 0 };
    const present = until > now ? tries : 0;
    if (present >= this.#most) return false;
    this.#entries.delete(key);
    const [oldest] = this.#entries.keys();
    if (oldest !== undefined && this.#entries.size >= MOST_KEPT) this.#entries.delete(oldest);
    this.#entries.set(key, { tries: present + 1, until: now + this.#lockMs });
    return true;
  }

  /** The password was right. */
  forget(name: string, place: string): void {
    this.#entries.delete(keyOf(name, place));
  }

  /** Everywhere. */
  unlock(name: string): void {
    const anywhere = keyOf(name, '');
    for (const key of this.#entries.keys()) if (key.startsWith(anywhere)) this.#entries.delete(key);
  }

  /** Until when the name is locked, somewhere; the beginning of 1970 where it is not. */
  lockedUntil(name: string): Date {
    const anywhere = keyOf(name, '');
    let last = 0;
    for (const [key, { tries, until }] of this.#entries)
      if (tries >= this.#most && key.startsWith(anywhere)) last = Math.max(last, until);
    return new Date(last);
  }

  #dropOver(now: number): void {
    for (const [key, { until }] of this.#entries) {
      if (until > now) return;
      this.#entries.delete(key);
    }
  }
}

const keyOf = (name: string, place: string): string => `${secretDigest(name)}\n${place}`;
