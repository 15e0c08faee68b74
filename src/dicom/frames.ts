import { Fault } from '../fault.ts';
import { readStreamHead } from './codestream.ts';
import { encapsulatedFrames } from './encapsulated.ts';
import type { ParsedFile } from './parse-part10.ts';
import { decodeRle } from './rle.ts';
import { EXPLICIT_VR_BIG_ENDIAN, type PixelCoding, transferSyntax } from './transfer-syntax.ts';

/** What a decoder must know of a frame; one sample a pixel. */
export type FrameShape = Readonly<{
  rows: number;
  columns: number;
  /** 1: bits of a binary segmentation, least significant first */
  bitsAllocated: 1 | 8 | 16;
  bitsStored: number;
  isSigned: boolean;
}>;

export type CodecCoding = Exclude<PixelCoding, 'native' | 'rle'>;

/**
 * Decodes one compressed frame to samples, little endian, row by row; whoever runs the kernel brings it, because the codecs
 * are other people's. What comes back is checked for its size.
 */
export type DecodeFrame = (frame: Uint8Array, coding: CodecCoding, shape: FrameShape) => Uint8Array;

/** For callers without codecs: native and RLE pixels need none. */
export const withoutCodecs: DecodeFrame = (_frame, coding) => {
  throw new Fault('TRANSFER_SYNTAX_UNSUPPORTED', coding);
};

/** The bytes of native PixelData, little endian. Faults: DICOM_MISSING_ATTRIBUTE, DICOM_TRUNCATED when there are fewer than `size`. */
export function nativePixels({ bytes, pixelData, TransferSyntaxUID }: ParsedFile, size: number): Uint8Array {
  if (!pixelData) throw new Fault('DICOM_MISSING_ATTRIBUTE', 'PixelData');
  const { dataOffset, length, vr } = pixelData;
  if (length < size || dataOffset + size > bytes.length) throw new Fault('DICOM_TRUNCATED', 'PixelData');
  const isSwapped = TransferSyntaxUID === EXPLICIT_VR_BIG_ENDIAN && vr === 'OW';
  if (!isSwapped) return bytes.subarray(dataOffset, dataOffset + size);
  const even = size + (size % 2);
  if (length < even || dataOffset + even > bytes.length) throw new Fault('DICOM_TRUNCATED', 'PixelData');
  return Buffer.from(bytes.subarray(dataOffset, dataOffset + even))
    .swap16()
    .subarray(0, size);
}

/**
 * Gives the samples of frame `index`, little endian; a frame of `bitsAllocated` 1 begins with a byte of its own when it is
 * compressed and shares bytes with its neighbours when it is native, so native ones are read by `nativePixels`.
 * Faults: TRANSFER_SYNTAX_UNSUPPORTED, PIXEL_DATA_DAMAGED, DICOM_TRUNCATED, DICOM_MISSING_ATTRIBUTE.
 * @see PS3.5 8.2, annex A
 */
export function frameReader(
  parsed: ParsedFile,
  shape: FrameShape,
  frames: number,
  decode: DecodeFrame,
): (index: number) => Uint8Array {
  const coding = transferSyntax(parsed.TransferSyntaxUID)?.coding;
  if (!coding) throw new Fault('TRANSFER_SYNTAX_UNSUPPORTED', parsed.TransferSyntaxUID);
  const frameBytes = (shape.rows * shape.columns * shape.bitsAllocated) / 8;
  if (coding === 'native') {
    const all = nativePixels(parsed, Math.ceil(frames * frameBytes));
    return (index) => all.subarray(index * frameBytes, (index + 1) * frameBytes);
  }
  const compressed = encapsulatedFrames(parsed, frames);
  return (index) => decoded(compressed[index] ?? NO_BYTES, coding, shape, decode);
}

const NO_BYTES = new Uint8Array(0);

function decoded(
  frame: Uint8Array,
  coding: Exclude<PixelCoding, 'native'>,
  shape: FrameShape,
  decode: DecodeFrame,
): Uint8Array {
  const { rows, columns, bitsAllocated } = shape;
  const pixels = rows * columns;
  const packed = Math.ceil((pixels * bitsAllocated) / 8);
  if (coding === 'rle')
    return bitsAllocated === 16 ? decodeRle(frame, pixels, 2) : decodeRle(frame, packed, 1);
  if (coding !== 'deflatedFrame') checkHead(frame, shape);
  const samples = decode(frame, coding, shape);
  if (coding !== 'deflatedFrame' && bitsAllocated === 1) return bitsOf(samples, pixels);
  // A stream of an odd number of bytes is padded to an even one.
  const surplus = samples.length - packed;
  if (surplus < 0 || surplus > packed % 2)
    throw new Fault('PIXEL_DATA_DAMAGED', 'a frame that decodes to another size');
  return samples.subarray(0, packed);
}

function checkHead(frame: Uint8Array, { rows, columns, bitsAllocated }: FrameShape): void {
  const head = readStreamHead(frame);
  if (head.rows !== rows || head.columns !== columns)
    throw new Fault('PIXEL_DATA_DAMAGED', 'a compressed frame of other rows or columns than its header');
  if (head.components !== 1) throw new Fault('IMAGE_PIXELS_UNSUPPORTED', 'more than one sample a pixel');
  if (head.precision > Math.max(8, bitsAllocated))
    throw new Fault('PIXEL_DATA_DAMAGED', 'a compressed frame of more bits than BitsAllocated');
}

/** Codecs give a byte for every bit. */
function bitsOf(samples: Uint8Array, pixels: number): Uint8Array {
  if (samples.length !== pixels)
    throw new Fault('PIXEL_DATA_DAMAGED', 'a frame that decodes to another size');
  const bits = new Uint8Array(Math.ceil(pixels / 8));
  for (let i = 0; i < pixels; i++) if (samples[i] !== 0) bits[i >> 3] = (bits[i >> 3] ?? 0) | (1 << (i & 7));
  return bits;
}
