/** Wrong passwords, counted for each name and each place where they come from, so that nobody locks out anybody elsewhere. */
import type { Clock } from '../ports.ts';

const MOST_KEPT = 10_000;
const MINUTE_MS = 60_000;

type Entry = Readonly<{ tries: number; until: number }>;

/** Kept in memory: whoever guesses cannot restart the service. Names that nobody has are counted as all others. */
export class LoginTries {
  readonly #entries = new Map<string, Entry>();
  readonly #clock: Clock;
  readonly #most: number;
  readonly #lockMs: number;

  constructor(clock: Clock, most: number, lockMinutes: number) {
    this.#clock = clock;
    this.#most = most;
    this.#lockMs = lockMinutes * MINUTE_MS;
  }

  /** Before the password is looked at, so that many guesses at once are many. False: there were too many. */
  count(name: string, place: string): boolean {
    const key = keyOf(name, place);
    const { tries, until } = this.#entries.get(key) ?? { tries: 0, until: 0 };
    const now = this.#clock().getTime();
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
    for (const key of this.#entries.keys()) if (isOf(key, name)) this.#entries.delete(key);
  }

  /** Until when the name is locked, somewhere; the beginning of 1970 where it is not. */
  lockedUntil(name: string): Date {
    const locked = [...this.#entries].filter(([key, { tries }]) => isOf(key, name) && tries >= this.#most);
    return new Date(Math.max(0, ...locked.map(([, { until }]) => until)));
  }
}

const keyOf = (name: string, place: string): string => `${name}\n${place}`;
const isOf = (key: string, name: string): boolean => key.startsWith(`${name}\n`);
