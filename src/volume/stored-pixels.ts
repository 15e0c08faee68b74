import type { Header } from '../dicom/header.ts';
import { Fault } from '../fault.ts';
import { canOverflow, type SliceRescale } from './hounsfield.ts';

/** How the samples of a single-channel image are stored (PS3.3 C.7.6.3.1, PS3.5 8.1.1). */
export type SampleEncoding = Readonly<{
  rows: number;
  columns: number;
  bitsAllocated: 8 | 16;
  bitsStored: number;
  /** bits below the sample */
  shift: number;
  isSigned: boolean;
}>;

/** Faults: IMAGE_PIXELS_UNSUPPORTED. */
export function sampleEncoding(header: Header): SampleEncoding {
  const { Rows: rows, Columns: columns, BitsAllocated: bitsAllocated } = header;
  if (!rows || !columns) throw unsupported('Rows or Columns missing');
  if ((header.SamplesPerPixel ?? 1) !== 1) throw unsupported('more than one sample a pixel');
  if ((header.PhotometricInterpretation || 'MONOCHROME2') !== 'MONOCHROME2')
    throw unsupported('PhotometricInterpretation is not MONOCHROME2');
  if (bitsAllocated !== 8 && bitsAllocated !== 16) throw unsupported('BitsAllocated is not 8 or 16');
  const bitsStored = header.BitsStored ?? bitsAllocated;
  const shift = (header.HighBit ?? bitsStored - 1) + 1 - bitsStored;
  if (bitsStored < 1 || shift < 0 || shift + bitsStored > bitsAllocated)
    throw unsupported('BitsStored and HighBit do not fit BitsAllocated');
  return { rows, columns, bitsAllocated, bitsStored, shift, isSigned: header.PixelRepresentation === 1 };
}

const unsupported = (detail: string): Fault => new Fault('IMAGE_PIXELS_UNSUPPORTED', detail);

/** What is still to be done to a slice that holds HU already. */
const DONE: SliceRescale = { slope: 1, intercept: 0, isSigned: true, bitsStored: 16 };

/**
 * Writes the samples of a slice (little endian, row by row, as many as Rows x Columns) as 16-bit patterns, two's complement when signed: HU at once where these cannot leave int16,
 * else the stored values. Gives back the rescale that is still to be applied. Bits above BitsStored (overlays of old
 * scanners) are cut off and the sign is extended.
 */
export function copyPixels(
  bytes: Uint8Array,
  encoding: SampleEncoding,
  rescale: SliceRescale,
  target: Uint16Array,
): SliceRescale {
  const samples = storedSamples(bytes, encoding);
  const isDone = !canOverflow(rescale);
  const { slope, intercept } = isDone ? rescale : DONE;
  const { bitsAllocated, bitsStored, shift, isSigned } = encoding;
  if (bitsAllocated === 16 && bitsStored === 16 && slope === 1 && intercept === 0) {
    target.set(samples);
    return isDone ? DONE : rescale;
  }
  const cut = { unused: 32 - bitsStored - shift, down: 32 - bitsStored, slope, intercept };
  // One loop a type and sign: a loop that meets several of them is compiled for none.
  if (samples instanceof Uint8Array) copyBytes(samples, target, cut, isSigned);
  else if (isSigned) copySigned(samples, target, cut);
  else copyUnsigned(samples, target, cut);
  return isDone ? DONE : rescale;
}

type Cut = Readonly<{ unused: number; down: number; slope: number; intercept: number }>;

function copyBytes(samples: Uint8Array, target: Uint16Array, cut: Cut, isSigned: boolean): void {
  const { unused, down, slope, intercept } = cut;
  for (let i = 0; i < target.length; i++) {
    const top = samples[i]! << unused;
    target[i] = slope * (isSigned ? top >> down : top >>> down) + intercept;
  }
}

function copySigned(
  samples: Uint16Array,
  target: Uint16Array,
  { unused, down, slope, intercept }: Cut,
): void {
  for (let i = 0; i < target.length; i++) {
    target[i] = (Math.imul(slope, (samples[i]! << unused) >> down) + intercept) | 0;
  }
}

function copyUnsigned(
  samples: Uint16Array,
  target: Uint16Array,
  { unused, down, slope, intercept }: Cut,
): void {
  for (let i = 0; i < target.length; i++) {
    target[i] = (Math.imul(slope, (samples[i]! << unused) >>> down) + intercept) | 0;
  }
}

function storedSamples(bytes: Uint8Array, { bitsAllocated }: SampleEncoding): Uint8Array | Uint16Array {
  if (bitsAllocated === 8) return bytes;
  const isAligned = bytes.byteOffset % 2 === 0;
  return isAligned
    ? new Uint16Array(bytes.buffer, bytes.byteOffset, bytes.length / 2)
    : new Uint16Array(Uint8Array.from(bytes).buffer);
}
