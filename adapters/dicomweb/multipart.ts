/**
 * A multipart body that arrives in pieces of any size, taken apart without keeping more of it than one boundary and
 * the headers of one part. Pieces of a part are views of the pieces that came in.
 * @see RFC 2046 5.1, PS3.18 8.6.1.2
 */
import { Fault } from '../../src/fault.ts';

export type PartEvent =
  | Readonly<{ kind: 'part'; headers: ReadonlyMap<string, string> }>
  | Readonly<{ kind: 'data'; bytes: Buffer }>
  | Readonly<{ kind: 'partEnd' }>;

const LF = 0x0a;
const CR = 0x0d;
const DASHES = '--';
/** White space behind a boundary, put there by a transport. */
const MAX_PADDING_BYTES = 256;
const MAX_HEADER_BYTES = 8 * 1024;
/** RFC 2046 5.1.1 has 70 of some of these characters; Orthanc's client has 73. A space is not at the end. */
const BOUNDARY = /^[\x20-\x7e]{0,199}[\x21-\x7e]$/;
const PART_END: PartEvent = { kind: 'partEnd' };

const malformed = (detail: string): Fault => new Fault('REQUEST_MALFORMED', detail);
const without = (line: Buffer, last: number): Buffer =>
  line[line.length - 1] === last ? line.subarray(0, -1) : line;

type State = 'preamble' | 'boundary' | 'headers' | 'data' | 'epilogue';

export class MultipartParser {
  /** A delimiter begins with a line break, which may be a bare LF: binary data cannot be mistaken for all of it. */
  readonly #delimiter: Buffer;
  #state: State = 'preamble';
  /** What may be the beginning of a delimiter, or of a line, and needs more bytes to tell. */
  #held: Buffer;
  /** So many bytes of what is held are not of the body: a delimiter may stand where no line break is before it. */
  #unreal = 1;
  #headers = new Map<string, string>();
  #lastHeader: string | undefined;
  #headerBytes = 0;

  /** Faults: REQUEST_MALFORMED for what cannot be a boundary. */
  constructor(boundary: string) {
    if (!BOUNDARY.test(boundary)) throw malformed('boundary');
    this.#delimiter = Buffer.from(`\n${DASHES}${boundary}`, 'latin1');
    this.#held = Buffer.from([LF]);
  }

  /** What the next bytes of the body are, one after the other. Faults: REQUEST_MALFORMED. */
  *push(chunk: Uint8Array): Generator<PartEvent, void, void> {
    const piece = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    let rest = this.#held.length > 0 ? Buffer.concat([this.#held, piece]) : piece;
    this.#held = Buffer.alloc(0);
    while (rest.length > 0 && this.#state !== 'epilogue') {
      const isText = this.#state === 'boundary' || this.#state === 'headers';
      const next: Buffer | undefined = isText ? yield* this.#line(rest) : yield* this.#data(rest);
      if (next === undefined) return;
      rest = next;
    }
  }

  /** The body ends here. Faults: REQUEST_MALFORMED when the last boundary has not come. */
  end(): void {
    if (this.#state !== 'epilogue') throw malformed('the last boundary is missing');
  }

  /** Preamble and data end at a delimiter. Answers what follows it; undefined: more is needed. */
  *#data(bytes: Buffer): Generator<PartEvent, Buffer | undefined, void> {
    const at = bytes.indexOf(this.#delimiter);
    const end = at < 0 ? this.#heldFrom(bytes) : beforeBreak(bytes, at);
    if (end > this.#unreal && this.#state === 'data') {
      yield { kind: 'data', bytes: bytes.subarray(this.#unreal, end) };
    }
    if (at < 0) {
      this.#unreal = Math.max(0, this.#unreal - end);
      this.#held = Buffer.from(bytes.subarray(end));
      return undefined;
    }
    const wasPart = this.#state === 'data';
    this.#state = 'boundary';
    this.#unreal = 0;
    if (wasPart) yield PART_END;
    return bytes.subarray(at + this.#delimiter.length);
  }

  /** Where the beginning of a delimiter may lie at the end of `bytes`; their length when it cannot. */
  #heldFrom(bytes: Buffer): number {
    const at = bytes.lastIndexOf(LF);
    const tail = bytes.length - at;
    if (
      at >= 0 &&
      tail < this.#delimiter.length &&
      this.#delimiter.subarray(0, tail).equals(bytes.subarray(at))
    )
      return beforeBreak(bytes, at);
    return bytes[bytes.length - 1] === CR ? bytes.length - 1 : bytes.length;
  }

  /** The rest of the line of a boundary, or a header. Answers what follows; undefined: more is needed. */
  *#line(bytes: Buffer): Generator<PartEvent, Buffer | undefined, void> {
    const isBoundary = this.#state === 'boundary';
    if (isBoundary && bytes.length >= 2 && bytes.toString('latin1', 0, 2) === DASHES) {
      this.#state = 'epilogue';
      return undefined;
    }
    const most = isBoundary ? MAX_PADDING_BYTES : MAX_HEADER_BYTES - this.#headerBytes;
    const at = bytes.indexOf(LF);
    if ((at < 0 ? bytes.length : at) > most)
      throw malformed(isBoundary ? 'text behind a boundary' : 'part headers too long');
    if (at < 0) {
      this.#held = Buffer.from(bytes);
      return undefined;
    }
    const line = without(bytes.subarray(0, at), CR).toString('latin1');
    const rest = bytes.subarray(at + 1);
    if (isBoundary) {
      if (line.trim() !== '') throw malformed('text behind a boundary');
      this.#startHeaders();
      return rest;
    }
    this.#headerBytes += at + 1;
    if (line !== '') {
      this.#header(line);
      return rest;
    }
    this.#state = 'data';
    yield { kind: 'part', headers: this.#headers };
    // A part without a body may end with the line break that ended its headers.
    this.#unreal = 1;
    return Buffer.concat([Buffer.from([LF]), rest]);
  }

  #startHeaders(): void {
    this.#state = 'headers';
    this.#headers = new Map();
    this.#lastHeader = undefined;
    this.#headerBytes = 0;
  }

  #header(line: string): void {
    if (/^[ \t]/.test(line) && this.#lastHeader !== undefined) {
      this.#headers.set(this.#lastHeader, `${this.#headers.get(this.#lastHeader)} ${line.trim()}`);
      return;
    }
    const colon = line.indexOf(':');
    const name = line.slice(0, colon).trim().toLowerCase();
    if (colon < 1 || name === '') throw malformed('part header');
    if (!this.#headers.has(name)) this.#headers.set(name, line.slice(colon + 1).trim());
    this.#lastHeader = name;
  }
}

/** The CR before a line feed belongs to it. */
const beforeBreak = (bytes: Buffer, at: number): number => (bytes[at - 1] === CR ? at - 1 : at);
