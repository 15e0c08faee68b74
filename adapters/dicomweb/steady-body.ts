import type { Readable } from 'node:stream';
import { Fault } from '../../src/fault.ts';

export type BodyLimits = Readonly<{
  maxBytes: number;
  /** So long the sender is waited for; then it must have sent what the rate asks. */
  idleMs: number;
  minBytesPerSecond: number;
}>;

const LATE = Symbol('late');

/**
 * The body of a request as it comes. Only time that is spent waiting for the sender counts: over each `idleMs` of it at
 * least `minBytesPerSecond` must come, so that a body that trickles ends like one that stands still. What the reader does
 * not ask for is not read from the socket.
 * Faults: REQUEST_TOO_LARGE, REQUEST_TOO_SLOW, REQUEST_CUT.
 */
export async function* steadily(body: Readable, limits: BodyLimits): AsyncGenerator<Buffer, void, void> {
  const iterator = body.iterator({ destroyOnReturn: false });
  const pace = new Pace(limits);
  let bytes = 0;
  let isWaiting = true;
  try {
    for (;;) {
      isWaiting = true;
      const next = await pace.waitFor(iterator.next());
      isWaiting = false;
      if (next.done) return;
      const chunk = next.value as Buffer;
      bytes += chunk.length;
      if (bytes > limits.maxBytes) throw new Fault('REQUEST_TOO_LARGE', `limit ${limits.maxBytes} bytes`);
      pace.count(chunk.length);
      yield chunk;
    }
  } finally {
    // An iterator that still waits would not answer before the sender does.
    if (!isWaiting) await iterator.return?.();
  }
}

class Pace {
  readonly #limits: BodyLimits;
  #waitedMs = 0;
  #bytes = 0;

  constructor(limits: BodyLimits) {
    this.#limits = limits;
  }

  count(bytes: number): void {
    this.#bytes += bytes;
  }

  async waitFor<Next>(next: Promise<Next>): Promise<Next> {
    for (;;) {
      const since = performance.now();
      const answer = await beforeLate(next, Math.max(1, this.#limits.idleMs - this.#waitedMs));
      this.#waitedMs += performance.now() - since;
      if (this.#waitedMs >= this.#limits.idleMs) this.#judge();
      if (answer !== LATE) return answer;
    }
  }

  /** The end of a window: enough came, or the sender is given up. */
  #judge(): void {
    if (this.#bytes < (this.#limits.minBytesPerSecond * this.#waitedMs) / 1000)
      throw new Fault('REQUEST_TOO_SLOW', `less than ${this.#limits.minBytesPerSecond} bytes a second`);
    this.#bytes = this.#waitedMs = 0;
  }
}

/** LATE when `next` takes longer. A connection that ends is a Fault: whoever reads need not know the system's words. */
async function beforeLate<Next>(next: Promise<Next>, ms: number): Promise<Next | typeof LATE> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<typeof LATE>((resolve) => {
    timer = setTimeout(resolve, ms, LATE);
  });
  try {
    return await Promise.race([next, late]);
  } catch (thrown) {
    throw new Fault('REQUEST_CUT', '', { cause: thrown });
  } finally {
    clearTimeout(timer);
  }
}
