/** What reads bytes that come from outside, and is tried on damaged ones. */
import type { Random } from '../../src/model/random.ts';

export type Reader = Readonly<{
  name: string;
  /** files that it takes */
  valid: readonly Buffer[];
  /** Answers, or throws a Fault. What it answers is looked at here: an unsound answer is thrown as an Error. */
  read(bytes: Buffer, random: Random): unknown;
  /** Before some inputs. */
  prepare?(): Promise<void>;
  /** It takes so many of all inputs, because each takes so long; default 1. */
  share?: number;
}>;

export function must(claim: boolean, what: string): void {
  if (!claim) throw new Error(`unsound: ${what}`);
}

/** In pieces of any size, as a socket gives them. */
export function* pieces(bytes: Buffer, random: Random): Generator<Buffer> {
  for (let at = 0; at < bytes.length; ) {
    const size = 1 + random.index(random.index(3) === 0 ? 20 : 20_000);
    yield bytes.subarray(at, at + size);
    at += size;
  }
}
