import { type DecodeFrame, frameReader } from '../dicom/frames.ts';
import type { Header } from '../dicom/header.ts';
import { type ParsedFile, parsePart10 } from '../dicom/parse-part10.ts';
import { headerOf } from '../dicom/read-header.ts';
import { CT_IMAGE, ENHANCED_CT_IMAGE, LEGACY_CONVERTED_ENHANCED_CT_IMAGE } from '../dicom/sop-class.ts';
import { Fault } from '../fault.ts';
import { type FrameHeader, frameHeaders } from './frame-headers.ts';
import type { SliceRescale } from './hounsfield.ts';
import { copyPixels, sampleEncoding } from './stored-pixels.ts';

/** 1 GiB of voxels; a chest at 0.5 mm has a quarter of that. */
const MAX_VOXELS = 2 ** 29;

/** Slices in the order of reading, each once. */
export type Stack = Readonly<{
  headers: readonly Header[];
  /** HU, or the stored values of slices whose rescale remains; one slice after the other */
  stored: Uint16Array;
  remaining: readonly SliceRescale[];
  findings: readonly string[];
}>;

/** Pixels of `count` CT instances, single-frame or multi-frame. Faults: those of volumeFromInstances. */
export function readStack(count: number, read: (index: number) => Uint8Array, decode: DecodeFrame): Stack {
  if (count === 0) throw new Fault('IMAGE_GEOMETRY', 'no slice');
  const stack = new GrowingStack(decode);
  for (let i = 0; i < count; i++) stack.add(parsePart10(read(i)), count - i - 1);
  return stack.end();
}

export const rescaleOf = (header: Header): SliceRescale => ({
  slope: header.RescaleSlope ?? 1,
  intercept: header.RescaleIntercept ?? 0,
  isSigned: header.PixelRepresentation === 1,
  bitsStored: header.BitsStored ?? header.BitsAllocated ?? 16,
});

class GrowingStack {
  readonly #decode: DecodeFrame;
  readonly #headers: Header[] = [];
  readonly #remaining: SliceRescale[] = [];
  readonly #seen = new Set<string>();
  /** single-frame images of which there was a slice, as themselves or converted */
  readonly #originals = new Set<string>();
  #stored = new Uint16Array(0);
  #pixels = 0;
  #repeated = 0;
  #converted = 0;

  constructor(decode: DecodeFrame) {
    this.#decode = decode;
  }

  /** `toCome`: instances behind this one, at least one slice each. */
  add(parsed: ParsedFile, toCome: number): void {
    const { header, frames } = slicesOf(parsed);
    if (this.#seen.has(header.SOPInstanceUID)) {
      this.#repeated++;
      return;
    }
    this.#seen.add(header.SOPInstanceUID);
    const encoding = sampleEncoding(header);
    const first = this.#headers[0] ?? header;
    if (header.Rows !== first.Rows || header.Columns !== first.Columns)
      throw new Fault('IMAGE_GEOMETRY', 'slices of different Rows or Columns');
    this.#pixels = encoding.rows * encoding.columns;
    this.#makeRoom(this.#headers.length + frames.length + toCome);
    const samples = frameReader(parsed, encoding, frames.length, this.#decode);
    for (const [k, frame] of frames.entries()) {
      if (this.#isCopy(frame)) continue;
      const at = this.#headers.length * this.#pixels;
      const target = this.#stored.subarray(at, at + this.#pixels);
      this.#remaining.push(copyPixels(samples(k), encoding, rescaleOf(frame.header), target));
      this.#headers.push(frame.header);
    }
  }

  end(): Stack {
    const findings: string[] = [];
    if (this.#repeated > 0) findings.push(`${this.#repeated} instances were given more than once`);
    if (this.#converted > 0)
      findings.push(`${this.#converted} slices were given as they are and legacy converted: counted once`);
    return {
      headers: this.#headers,
      stored: this.#stored.subarray(0, this.#headers.length * this.#pixels),
      remaining: this.#remaining,
      findings,
    };
  }

  #isCopy({ header, convertedFrom }: FrameHeader): boolean {
    const original = convertedFrom ?? header.SOPInstanceUID;
    const isCopy = this.#originals.has(original) && (convertedFrom !== undefined || isSingle(header));
    this.#originals.add(original);
    if (isCopy) this.#converted++;
    return isCopy;
  }

  #makeRoom(slices: number): void {
    if (this.#pixels * slices > MAX_VOXELS)
      throw new Fault('IMAGE_TOO_LARGE', `${slices} slices of ${this.#pixels} pixels`);
    if (this.#stored.length >= this.#pixels * slices) return;
    const grown = new Uint16Array(
      Math.max(this.#pixels * slices, Math.min(MAX_VOXELS, this.#stored.length * 1.5)),
    );
    grown.set(this.#stored);
    this.#stored = grown;
  }
}

const isSingle = ({ SOPClassUID }: Header): boolean => SOPClassUID === CT_IMAGE;

function slicesOf(parsed: ParsedFile): { header: Header; frames: readonly FrameHeader[] } {
  const header = headerOf(parsed);
  const { SOPClassUID } = header;
  if (SOPClassUID === ENHANCED_CT_IMAGE || SOPClassUID === LEGACY_CONVERTED_ENHANCED_CT_IMAGE)
    return { header, frames: frameHeaders(parsed, header) };
  if (SOPClassUID !== CT_IMAGE) throw new Fault('IMAGE_NOT_CT', `SOP class ${SOPClassUID}`);
  if ((header.NumberOfFrames ?? 1) !== 1)
    throw new Fault('IMAGE_PIXELS_UNSUPPORTED', 'several frames in a single-frame image');
  return { header, frames: [{ header, convertedFrom: undefined }] };
}
