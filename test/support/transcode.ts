/** Part 10 files in Explicit VR Little Endian as other transfer syntaxes have them, by encoders of our own or of dcmjs-codecs. */
import { deflateRawSync } from 'node:zlib';
import codecs from 'dcmjs-codecs';
import type { Element } from 'dicom-parser';
import { fileMeta } from '../../adapters/disk/file-meta.ts';
import { type ParsedFile, parsePart10 } from '../../src/dicom/parse-part10.ts';
import { unsigned } from '../../src/dicom/raw-dataset.ts';
import { headerOf } from '../../src/dicom/read-header.ts';

export const RLE = '1.2.840.10008.1.2.5';
export const DEFLATED = '1.2.840.10008.1.2.1.99';
const BIG_ENDIAN = '1.2.840.10008.1.2.2';
const DEFLATED_FRAME = '1.2.840.10008.1.2.8.1';
export const JPEG_LOSSLESS = '1.2.840.10008.1.2.4.70';
export const JPEG_LS = '1.2.840.10008.1.2.4.80';
export const JPEG_2000 = '1.2.840.10008.1.2.4.90';
export const HTJ2K = '1.2.840.10008.1.2.4.201';

/** The data set behind new file meta information. */
function withSyntax(parsed: ParsedFile, TransferSyntaxUID: string, dataset: Uint8Array): Buffer {
  const { SOPClassUID, SOPInstanceUID } = headerOf(parsed);
  return Buffer.concat([fileMeta({ SOPClassUID, SOPInstanceUID, TransferSyntaxUID }), dataset]);
}

/** The whole data set deflated (PS3.5 A.5). */
export function asDeflated(file: Uint8Array): Buffer {
  const parsed = parsePart10(file);
  const deflated = deflateRawSync(file.subarray(parsed.datasetOffset));
  return withSyntax(parsed, DEFLATED, Buffer.concat([deflated, Buffer.alloc(deflated.length % 2)]));
}

const WORDS: Readonly<Record<string, 2 | 4 | 8>> = {
  US: 2,
  SS: 2,
  OW: 2,
  AT: 2,
  UL: 4,
  SL: 4,
  FL: 4,
  FD: 8,
};
const LONG = new Set(['OB', 'OW', 'SQ', 'UN', 'UT', 'OF', 'OD', 'OL', 'UC', 'UR']);

/** Every number with its most significant byte first (PS3.5 A.3). */
export function asBigEndian(file: Uint8Array): Buffer {
  const parsed = parsePart10(file);
  return withSyntax(parsed, BIG_ENDIAN, bigEndian(parsed.elements, file));
}

function bigEndian(elements: ParsedFile['elements'], bytes: Uint8Array): Buffer {
  const parts = Object.values(elements).map((each) =>
    each ? bigEndianElement(each, bytes) : Buffer.alloc(0),
  );
  return Buffer.concat(parts);
}

function bigEndianElement(element: Element, bytes: Uint8Array): Buffer {
  const { tag, vr = 'UN', dataOffset, length, items } = element;
  const value = items
    ? Buffer.concat(items.map((item) => bigEndianItem(bigEndian(item.dataSet?.elements ?? {}, bytes))))
    : swapped(Buffer.from(bytes.subarray(dataOffset, dataOffset + length)), WORDS[vr]);
  const head = Buffer.alloc(LONG.has(vr) ? 12 : 8);
  head.writeUInt32BE(Number.parseInt(tag.slice(1), 16));
  head.write(vr, 4, 'latin1');
  if (LONG.has(vr)) head.writeUInt32BE(value.length, 8);
  else head.writeUInt16BE(value.length, 6);
  return Buffer.concat([head, value]);
}

function bigEndianItem(value: Buffer): Buffer {
  const head = Buffer.alloc(8);
  head.writeUInt32BE(0xfffee000);
  head.writeUInt32BE(value.length, 4);
  return Buffer.concat([head, value]);
}

function swapped(value: Buffer, size: 2 | 4 | 8 | undefined): Buffer {
  if (size === 2) return value.swap16();
  if (size === 4) return value.swap32();
  return size === 8 ? value.swap64() : value;
}

export type Encapsulation = Readonly<{
  /** pieces that a frame is cut into */
  fragments?: number;
  hasOffsetTable?: boolean;
}>;

const item = (value: Uint8Array): Buffer => {
  const head = Buffer.alloc(8);
  head.writeUInt32LE(0xe000fffe);
  head.writeUInt32LE(value.length, 4);
  return Buffer.concat([head, value]);
};

/** PixelData as fragments (PS3.5 A.4). */
export function withFrames(
  file: Uint8Array,
  TransferSyntaxUID: string,
  frames: readonly Uint8Array[],
  { fragments = 1, hasOffsetTable = false }: Encapsulation = {},
): Buffer {
  const parsed = parsePart10(file);
  const pixelsAt = (parsed.pixelData?.dataOffset ?? 12) - 12;
  const pieces = frames.map((frame) => {
    const even = Buffer.concat([frame, Buffer.alloc(frame.length % 2)]);
    const size = 2 * Math.ceil(even.length / fragments / 2);
    return Buffer.concat(
      Array.from({ length: fragments }, (_, k) => item(even.subarray(k * size, (k + 1) * size))),
    );
  });
  const table = Buffer.alloc(hasOffsetTable ? 4 * frames.length : 0);
  for (let k = 0, at = 0; hasOffsetTable && k < frames.length; at += pieces[k]?.length ?? 0, k++)
    table.writeUInt32LE(at, 4 * k);
  const head = Buffer.from('e07f10004f420000ffffffff', 'hex');
  const end = Buffer.from('feffdde000000000', 'hex');
  return withSyntax(
    parsed,
    TransferSyntaxUID,
    Buffer.concat([file.subarray(parsed.datasetOffset, pixelsAt), head, item(table), ...pieces, end]),
  );
}

/** The native frames of a file, each beginning with a byte of its own. */
export function nativeFrames(file: Uint8Array): readonly Uint8Array[] {
  const parsed = parsePart10(file);
  const { Rows = 0, Columns = 0, NumberOfFrames = 1, BitsAllocated = 16 } = headerOf(parsed);
  const pixels = Rows * Columns;
  const at = parsed.pixelData?.dataOffset ?? 0;
  return Array.from({ length: NumberOfFrames }, (_, frame) => {
    if (BitsAllocated > 1) {
      const size = (pixels * BitsAllocated) / 8;
      return file.subarray(at + frame * size, at + (frame + 1) * size);
    }
    const bits = new Uint8Array(Math.ceil(pixels / 8));
    for (let i = 0; i < pixels; i++) {
      const from = frame * pixels + i;
      bits[i >> 3] = (bits[i >> 3] ?? 0) | ((((file[at + (from >> 3)] ?? 0) >> (from & 7)) & 1) << (i & 7));
    }
    return bits;
  });
}

/** RLE (PS3.5 annex G): runs of equal bytes, everything else as literals of up to 128. */
function rleSegment(plane: Uint8Array): Buffer {
  const out: number[] = [];
  for (let at = 0; at < plane.length; ) {
    let run = 1;
    while (run < 128 && plane[at + run] === plane[at] && at + run < plane.length) run++;
    if (run > 2) {
      out.push(257 - run, plane[at] ?? 0);
      at += run;
      continue;
    }
    const end = Math.min(plane.length, at + 128);
    let to = at + 1;
    while (to < end && !(plane[to] === plane[to + 1] && plane[to] === plane[to + 2])) to++;
    out.push(to - at - 1, ...plane.subarray(at, to));
    at = to;
  }
  if (out.length % 2 === 1) out.push(0);
  return Buffer.from(out);
}

export function rleFrame(samples: Uint8Array, planes: 1 | 2): Buffer {
  const segments = Array.from({ length: planes }, (_, k) =>
    rleSegment(samples.filter((_byte, i) => i % planes === planes - 1 - k)),
  );
  const header = Buffer.alloc(64);
  header.writeUInt32LE(planes);
  segments.reduce((at, segment, k) => {
    header.writeUInt32LE(at, 4 + 4 * k);
    return at + segment.length;
  }, 64);
  return Buffer.concat([header, ...segments]);
}

export function asRle(file: Uint8Array, how?: Encapsulation): Buffer {
  const planes = unsigned(parsePart10(file), 'BitsAllocated') === 16 ? 2 : 1;
  return withFrames(
    file,
    RLE,
    nativeFrames(file).map((frame) => rleFrame(frame, planes)),
    how,
  );
}

export const asDeflatedFrames = (file: Uint8Array): Buffer =>
  withFrames(
    file,
    DEFLATED_FRAME,
    nativeFrames(file).map((frame) => deflateRawSync(frame)),
  );

const ENCODERS: Readonly<Record<string, readonly [keyof typeof codecs.NativeCodecs, object]>> = {
  [JPEG_LOSSLESS]: ['encodeJpeg', { lossy: false, predictor: 1, pointTransform: 0 }],
  [JPEG_LS]: ['encodeJpegLs', {}],
  [JPEG_2000]: ['encodeJpeg2000', {}],
  [HTJ2K]: ['encodeHtJpeg2000', {}],
};

/** By the encoders of dcmjs-codecs: the only ones for High-Throughput JPEG 2000 that there are here. */
export async function asEncoded(
  file: Uint8Array,
  TransferSyntaxUID: string,
  how?: Encapsulation,
): Promise<Buffer> {
  await codecs.NativeCodecs.initializeAsync({ logCodecsInfo: false, logCodecsTrace: false });
  const [encode, parameters] = ENCODERS[TransferSyntaxUID] ?? ['encodeRle', {}];
  const header = headerOf(parsePart10(file));
  const frames = nativeFrames(file).map((frame) => {
    const context = new codecs.Context({
      width: header.Columns ?? 0,
      height: header.Rows ?? 0,
      bitsAllocated: header.BitsAllocated ?? 16,
      bitsStored: header.BitsStored ?? 16,
      samplesPerPixel: 1,
      pixelRepresentation: header.PixelRepresentation ?? 0,
      planarConfiguration: 0,
      photometricInterpretation: 'MONOCHROME2',
      decodedBuffer: Uint8Array.from(frame),
    });
    const run = codecs.NativeCodecs[encode] as (of: typeof context, by: object) => typeof context;
    return run.call(codecs.NativeCodecs, context, parameters).getEncodedBuffer() ?? new Uint8Array(0);
  });
  return withFrames(file, TransferSyntaxUID, frames, how);
}
