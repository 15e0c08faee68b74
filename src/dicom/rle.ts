import { Fault } from '../fault.ts';

const HEADER_BYTES = 64;
const MAX_SEGMENTS = 15;
const NO_OPERATION = 0x80;

const damaged = (detail: string): Fault => new Fault('PIXEL_DATA_DAMAGED', `RLE: ${detail}`);

/**
 * One RLE frame as little-endian samples of `planes` bytes, `planeBytes` samples. Byte planes are stored most significant
 * first. Every plane must decode to exactly its size: fewer bytes, or more than padding, are PIXEL_DATA_DAMAGED.
 * @see PS3.5 annex G
 */
export function decodeRle(frame: Uint8Array, planeBytes: number, planes: 1 | 2): Uint8Array {
  const segments = segmentsOf(frame);
  if (segments.length !== planes) throw damaged(`${segments.length} segments`);
  const [high, low] = segments.map((segment) => unpackBits(segment, planeBytes));
  if (!high || !low) return high ?? new Uint8Array(0);
  const samples = new Uint8Array(planeBytes * 2);
  for (let i = 0; i < planeBytes; i++) {
    samples[2 * i] = low[i] ?? 0;
    samples[2 * i + 1] = high[i] ?? 0;
  }
  return samples;
}

function segmentsOf(frame: Uint8Array): readonly Uint8Array[] {
  if (frame.length < HEADER_BYTES) throw damaged('no header');
  const view = new DataView(frame.buffer, frame.byteOffset, frame.length);
  const count = view.getUint32(0, true);
  if (count > MAX_SEGMENTS) throw damaged(`${count} segments`);
  const starts = Array.from({ length: count }, (_, k) => view.getUint32(4 + 4 * k, true));
  return starts.map((start, k) => {
    const end = starts[k + 1] ?? frame.length;
    if (start < HEADER_BYTES || end < start || end > frame.length) throw damaged('segment offsets');
    return frame.subarray(start, end);
  });
}

function unpackBits(segment: Uint8Array, bytes: number): Uint8Array {
  const plane = new Uint8Array(bytes);
  let at = 0;
  let to = 0;
  while (to < bytes) {
    const head = byteAt(segment, at++);
    if (head === NO_OPERATION) continue;
    const count = head < NO_OPERATION ? head + 1 : 257 - head;
    if (to + count > bytes) throw damaged('a segment that is too long');
    if (head < NO_OPERATION) {
      if (at + count > segment.length) throw damaged('a segment that ends too early');
      plane.set(segment.subarray(at, at + count), to);
      at += count;
    } else {
      plane.fill(byteAt(segment, at++), to, to + count);
    }
    to += count;
  }
  if (!segment.subarray(at).every(isPadding)) throw damaged('a segment that is too long');
  return plane;
}

function byteAt(segment: Uint8Array, at: number): number {
  const byte = segment[at];
  if (byte === undefined) throw damaged('a segment that ends too early');
  return byte;
}

const isPadding = (byte: number): boolean => byte === 0 || byte === NO_OPERATION;
