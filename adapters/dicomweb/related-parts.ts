/** multipart/related as it comes from the network (RFC 2387, PS3.18 8.6): bounded memory, whatever the chunks. */
import { Fault } from '../../src/fault.ts';

/** `start` before the bytes of a part, `end` behind them. */
export type PartEvent = Readonly<{ kind: 'start' } | { kind: 'data'; bytes: Buffer } | { kind: 'end' }>;

/** Headers of a part are a few lines; more is no multipart. */
const MAX_HEADER_BYTES = 16 * 1024;
const CRLF2 = Buffer.from('\r\n\r\n');

/** The boundary parameter of a Content-Type; undefined when it is no multipart or the boundary is none (RFC 2046 5.1.1). */
export function boundaryOf(contentType: string | null): string | undefined {
  if (contentType === null || !/^multipart\/related\b/i.test(contentType)) return undefined;
  const match = /;\s*boundary=(?:"([^"]{1,70})"|([^\s;"]{1,70}))/i.exec(contentType);
  return match?.[1] ?? match?.[2];
}

/**
 * The parts of a body, one after the other. A body that ends before its closing delimiter is RETRIEVE_INCOMPLETE, one
 * that is no multipart RETRIEVE_REFUSED: what came before is not taken back.
 */
export async function* relatedParts(
  body: AsyncIterable<Uint8Array>,
  boundary: string,
): AsyncGenerator<PartEvent> {
  const splitter = new PartSplitter(boundary);
  for await (const chunk of body) {
    yield* splitter.push(chunk);
    if (splitter.isClosed) return;
  }
  throw new Fault('RETRIEVE_INCOMPLETE', 'the answer ends before its closing delimiter');
}

class PartSplitter {
  readonly #delimiter: Buffer;
  /** The first delimiter may stand at the very beginning, without its line break. */
  #waiting: Buffer = Buffer.from('\r\n');
  #state: 'preamble' | 'delimiter' | 'part' | 'closed' = 'preamble';

  constructor(boundary: string) {
    this.#delimiter = Buffer.from(`\r\n--${boundary}`);
  }

  get isClosed(): boolean {
    return this.#state === 'closed';
  }

  *push(chunk: Uint8Array): Generator<PartEvent> {
    this.#waiting = this.#waiting.length === 0 ? Buffer.from(chunk) : Buffer.concat([this.#waiting, chunk]);
    let goesOn = true;
    while (goesOn) {
      if (this.#state === 'delimiter') {
        goesOn = this.#opens();
        if (goesOn) yield { kind: 'start' };
      } else {
        goesOn = yield* this.#content();
      }
    }
  }

  /** False: it was the last delimiter, or the headers of the part are not all here. */
  #opens(): boolean {
    if (this.#waiting.length < 2) return false;
    if (this.#waiting.toString('latin1', 0, 2) === '--') {
      this.#state = 'closed';
      return false;
    }
    const end = headerEnd(this.#waiting);
    if (end === undefined) return false;
    this.#waiting = this.#waiting.subarray(end);
    this.#state = 'part';
    return true;
  }

  /** Everything up to the next delimiter; false when that is not here. */
  *#content(): Generator<PartEvent, boolean> {
    if (this.#state === 'closed') return false;
    const at = this.#waiting.indexOf(this.#delimiter);
    // A delimiter may be cut in two by the network: so many bytes are held back.
    const certain = at >= 0 ? at : Math.max(0, this.#waiting.length - this.#delimiter.length + 1);
    const isPart = this.#state === 'part';
    if (isPart && certain > 0) yield { kind: 'data', bytes: this.#waiting.subarray(0, certain) };
    this.#waiting = this.#waiting.subarray(at >= 0 ? at + this.#delimiter.length : certain);
    if (at < 0) return false;
    if (isPart) yield { kind: 'end' };
    this.#state = 'delimiter';
    return true;
  }
}

/** Where the bytes of a part begin; undefined while its headers are not all here. */
function headerEnd(bytes: Buffer): number | undefined {
  // Padding after the delimiter, then CRLF; headers end with an empty line, and there may be none.
  const blank = bytes.indexOf(CRLF2);
  if (blank >= 0 && blank < MAX_HEADER_BYTES) return blank + CRLF2.length;
  if (bytes.length > MAX_HEADER_BYTES) throw new Fault('RETRIEVE_REFUSED', 'the answer is no multipart');
  return undefined;
}
