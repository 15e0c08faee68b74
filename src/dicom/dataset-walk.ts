/**
 * Finds where the elements of a data set end without building one of them: the bytes pass in pieces of any size, a
 * value with a length is skipped, a sequence without one is walked item by item. Time goes with the bytes, memory
 * with nothing.
 * @see PS3.5 7.1, 7.5, A.4
 */
import { Fault } from '../fault.ts';
import {
  DEFLATED_EXPLICIT_VR_LITTLE_ENDIAN,
  EXPLICIT_VR_BIG_ENDIAN,
  IMPLICIT_VR_LITTLE_ENDIAN,
  isNative,
} from './transfer-syntax.ts';

export const UNDEFINED_LENGTH = 0xffffffff;
/** A header takes nothing from the groups behind 0028. */
const FIRST_BEYOND_HEADER = 0x00290000;
/** Sequences within sequences; structured reports are the deepest objects there are, at a dozen. */
const MAX_NESTING = 64;
const HEAD_BYTES = 8;
const LONG_HEAD_BYTES = 12;

const PIXEL_DATA = 0x7fe00010;
const ITEM_GROUP = 0xfffe;
const ITEM = 0xe000;
const ITEM_DELIMITER = 0xe00d;
const SEQUENCE_DELIMITER = 0xe0dd;

const vrCode = (vr: string): number => (vr.charCodeAt(0) << 8) | vr.charCodeAt(1);
const UN = vrCode('UN');
/** PS3.5 table 7.1-1: two reserved bytes, then a length of four. */
const LONG_VRS: ReadonlySet<number> = new Set(
  ['OB', 'OD', 'OF', 'OL', 'OV', 'OW', 'SQ', 'SV', 'UC', 'UN', 'UR', 'UT', 'UV'].map(vrCode),
);

const isCapital = (byte: number): boolean => byte >= 0x41 && byte <= 0x5a;
const unparsable = (detail: string): Fault => new Fault('DICOM_UNPARSABLE', detail);

/** An element of the data set itself; offsets count from the beginning of the data set. */
export type WalkedElement = Readonly<{
  /** group and element in one number */
  tag: number;
  /** two characters, high byte first; 0 when the transfer syntax is implicit */
  vr: number;
  /** of the value; `UNDEFINED_LENGTH` for a sequence that ends with a delimiter */
  length: number;
  /** of the tag */
  offset: number;
  /** of the value */
  dataOffset: number;
}>;

export class DatasetWalk {
  readonly #isImplicit: boolean;
  readonly #isBigEndian: boolean;
  readonly #isNative: boolean;
  readonly #onHeaderElement: ((element: WalkedElement) => void) | undefined;
  /** The head of an element that lies on both sides of a boundary between two pieces. */
  readonly #carried = new Uint8Array(LONG_HEAD_BYTES);
  #carriedBytes = 0;
  #position = 0;
  /** Bytes of a value that are still to come. */
  #skip = 0;
  /** Only what has no length is entered, so the depth says it all: even is a data set or item, odd a sequence. */
  #depth = 0;
  /** A sequence that was written as UN is implicit, whatever surrounds it (PS3.5 6.2.2). */
  #implicitFrom = Number.POSITIVE_INFINITY;
  #pixelsAt: number | undefined;
  #headerEnd: number | undefined;

  /** `onHeaderElement` is told of each element of the groups up to 0028, in the order of the bytes. */
  constructor(TransferSyntaxUID: string, onHeaderElement?: (element: WalkedElement) => void) {
    if (TransferSyntaxUID === DEFLATED_EXPLICIT_VR_LITTLE_ENDIAN)
      throw new Fault('TRANSFER_SYNTAX_UNSUPPORTED', 'deflated');
    this.#isImplicit = TransferSyntaxUID === IMPLICIT_VR_LITTLE_ENDIAN;
    this.#isBigEndian = TransferSyntaxUID === EXPLICIT_VR_BIG_ENDIAN;
    this.#isNative = isNative(TransferSyntaxUID);
    this.#onHeaderElement = onHeaderElement;
  }

  /** Offset of the first element beyond the groups of the header; undefined: it has not come yet. */
  get headerEnd(): number | undefined {
    return this.#headerEnd;
  }

  /** The data set has at least so many bytes. */
  get leastBytes(): number {
    return this.#position + this.#carriedBytes + this.#skip;
  }

  /** The next bytes of the data set. Faults: DICOM_UNPARSABLE. */
  push(bytes: Uint8Array): void {
    let at = 0;
    while (at < bytes.length) {
      if (this.#skip > 0) {
        const skipped = Math.min(this.#skip, bytes.length - at);
        this.#skip -= skipped;
        this.#position += skipped;
        at += skipped;
      } else if (this.#isPast()) {
        return;
      } else {
        at +=
          this.#carriedBytes === 0 && bytes.length - at >= LONG_HEAD_BYTES
            ? this.#head(bytes, at)
            : this.#carry(bytes, at);
      }
    }
  }

  /** The data set ends here. Faults: DICOM_TRUNCATED. */
  end(): void {
    const isOpen =
      this.#pixelsAt !== undefined && this.#depth === 1 ? this.#hasNoFragment() : this.#depth > 0;
    if (this.#skip > 0 || this.#carriedBytes > 0 || isOpen || this.#position === 0) {
      throw new Fault('DICOM_TRUNCATED', this.#pixelsAt === undefined ? '' : 'PixelData');
    }
  }

  /** PixelData is the end of what matters; what some writers put behind it is not looked at. */
  #isPast(): boolean {
    return this.#pixelsAt !== undefined && this.#depth === 0;
  }

  /** The delimiter of encapsulated pixels is missing often enough; the head of the offset table is not. */
  #hasNoFragment(): boolean {
    return this.#position < (this.#pixelsAt ?? 0) + HEAD_BYTES;
  }

  #carry(bytes: Uint8Array, at: number): number {
    this.#carried[this.#carriedBytes] = bytes[at] ?? 0;
    this.#carriedBytes += 1;
    if (this.#carriedBytes === HEAD_BYTES && this.#headBytes(this.#carried, 0) === HEAD_BYTES) {
      this.#head(this.#carried, 0);
      this.#carriedBytes = 0;
    } else if (this.#carriedBytes === LONG_HEAD_BYTES) {
      this.#head(this.#carried, 0);
      this.#carriedBytes = 0;
    }
    return 1;
  }

  #uint16(bytes: Uint8Array, at: number): number {
    const [first = 0, second = 0] = [bytes[at], bytes[at + 1]];
    return this.#isBigEndian ? (first << 8) | second : (second << 8) | first;
  }

  #uint32(bytes: Uint8Array, at: number): number {
    const [first, second] = [this.#uint16(bytes, at), this.#uint16(bytes, at + 2)];
    return (this.#isBigEndian ? first * 0x10000 + second : second * 0x10000 + first) >>> 0;
  }

  #isImplicitHere(): boolean {
    return this.#isImplicit || this.#depth >= this.#implicitFrom;
  }

  #headBytes(bytes: Uint8Array, at: number): number {
    if (this.#isImplicitHere() || this.#uint16(bytes, at) === ITEM_GROUP) return HEAD_BYTES;
    return LONG_VRS.has(((bytes[at + 4] ?? 0) << 8) | (bytes[at + 5] ?? 0)) ? LONG_HEAD_BYTES : HEAD_BYTES;
  }

  /** Takes tag, representation and length; says how many bytes they are. */
  #head(bytes: Uint8Array, at: number): number {
    const group = this.#uint16(bytes, at);
    const number = this.#uint16(bytes, at + 2);
    const headBytes = this.#headBytes(bytes, at);
    const offset = this.#position;
    this.#position += headBytes;
    if (group === ITEM_GROUP) {
      this.#mark(number, this.#uint32(bytes, at + 4));
      return headBytes;
    }
    if (this.#depth % 2 === 1) throw unparsable('no item where one must be');

    let vr = 0;
    let length: number;
    if (this.#isImplicitHere()) {
      length = this.#uint32(bytes, at + 4);
    } else {
      const [first = 0, second = 0] = [bytes[at + 4], bytes[at + 5]];
      if (!isCapital(first) || !isCapital(second))
        throw unparsable('no value representation where one must be');
      vr = (first << 8) | second;
      length = headBytes === LONG_HEAD_BYTES ? this.#uint32(bytes, at + 8) : this.#uint16(bytes, at + 6);
    }
    if (this.#depth === 0) this.#top(group * 0x10000 + number, vr, length, offset);
    this.#value(vr, length);
    return headBytes;
  }

  #top(tag: number, vr: number, length: number, offset: number): void {
    if (tag < FIRST_BEYOND_HEADER && this.#headerEnd === undefined) {
      this.#onHeaderElement?.({ tag, vr, length, offset, dataOffset: this.#position });
      return;
    }
    this.#headerEnd ??= offset;
    if (tag !== PIXEL_DATA) return;
    if (length === UNDEFINED_LENGTH && this.#isNative)
      throw unparsable('PixelData without a length in a native transfer syntax');
    this.#pixelsAt = this.#position;
  }

  #value(vr: number, length: number): void {
    if (length !== UNDEFINED_LENGTH) {
      this.#skip = length;
      return;
    }
    this.#enter();
    if (vr === UN && this.#implicitFrom > this.#depth) this.#implicitFrom = this.#depth;
  }

  #enter(): void {
    this.#depth += 1;
    if (this.#depth > 2 * MAX_NESTING) throw unparsable('sequences nested too deeply');
  }

  /** An item, or the end of one or of a sequence (PS3.5 table 7.5-1). */
  #mark(number: number, length: number): void {
    const isInSequence = this.#depth % 2 === 1;
    if (number === ITEM && isInSequence) {
      if (length === UNDEFINED_LENGTH) this.#enter();
      else this.#skip = length;
      return;
    }
    const isEnd = isInSequence ? number === SEQUENCE_DELIMITER : number === ITEM_DELIMITER && this.#depth > 0;
    if (!isEnd) throw unparsable('an item or its end where none can be');
    this.#depth -= 1;
    if (this.#depth < this.#implicitFrom) this.#implicitFrom = Number.POSITIVE_INFINITY;
  }
}
