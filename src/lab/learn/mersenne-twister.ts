/** MT19937, seeded and drawn from as numpy's RandomState does, so that a shuffle is the same. */
export class MersenneTwister {
  readonly #state = new Uint32Array(624);
  #at = 624;

  /** `seed`: 0 to 2^32 - 1 */
  constructor(seed: number) {
    this.#state[0] = seed;
    for (let i = 1; i < 624; i++) {
      const before = this.#state[i - 1]!;
      this.#state[i] = Math.imul(1812433253, before ^ (before >>> 30)) + i;
    }
  }

  /** 32 random bits. */
  next(): number {
    if (this.#at === 624) this.#refill();
    let y = this.#state[this.#at++]!;
    y ^= y >>> 11;
    y ^= (y << 7) & 0x9d2c5680;
    y ^= (y << 15) & 0xefc60000;
    y ^= y >>> 18;
    return y >>> 0;
  }

  /** In place, from the last to the second. */
  shuffle(list: { [at: number]: number; length: number }): void {
    for (let i = list.length - 1; i > 0; i--) {
      const j = this.#upTo(i);
      const held = list[i]!;
      list[i] = list[j]!;
      list[j] = held;
    }
  }

  /** 0 to `most`, each alike: masked draws until one is not above it. */
  #upTo(most: number): number {
    const mask = 0xffffffff >>> Math.clz32(most);
    for (;;) {
      const drawn = (this.next() & mask) >>> 0;
      if (drawn <= most) return drawn;
    }
  }

  #refill(): void {
    const state = this.#state;
    for (let i = 0; i < 624; i++) {
      const y = (state[i]! & 0x80000000) | (state[(i + 1) % 624]! & 0x7fffffff);
      state[i] = state[(i + 397) % 624]! ^ (y >>> 1) ^ (y & 1 ? 0x9908b0df : 0);
    }
    this.#at = 0;
  }
}
