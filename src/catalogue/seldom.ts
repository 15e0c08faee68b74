import type { Clock } from '../ports.ts';

/** So many keys are remembered; beyond that all are forgotten, and a row is written once more than needed. */
const MOST_KEYS = 10_000;

/** Remembers what was done lately, so that a row is not written with every object of a study. In memory: a restart forgets. */
export class Seldom {
  readonly #clock: Clock;
  readonly #everyMs: number;
  readonly #doneAt = new Map<string, number>();

  constructor(clock: Clock, everyMs: number) {
    this.#clock = clock;
    this.#everyMs = everyMs;
  }

  /** False while it was done less than `everyMs` ago; a clock that was set back makes it due. */
  isDue(key: string): boolean {
    const done = this.#doneAt.get(key);
    const age = this.#clock().getTime() - (done ?? Number.NEGATIVE_INFINITY);
    return age < 0 || age >= this.#everyMs;
  }

  done(key: string): void {
    if (this.#doneAt.size >= MOST_KEYS) this.#doneAt.clear();
    this.#doneAt.set(key, this.#clock().getTime());
  }
}
