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
  if (frame.length < HEADER_BYTES) throw damaged('no header');
  const view = new DataView(frame.buffer, frame.byteOffset, frame.length);
  const segments = view.getUint32(0, true);
  if (segments !== planes || segments > MAX_SEGMENTS) throw damaged(`${segments} segments`);
  const starts = Array.from({ length: planes }, (_, k) => view.getUint32(4 + 4 * k, true));
  const samples = new Uint8Array(planeBytes * planes);
  for (const [k, start] of starts.entries()) {
    const end = starts[k + 1] ?? frame.length;
    if (start < HEADER_BYTES || end < start || end > frame.length) throw damaged('segment offsets');
    const plane = planes === 1 ? samples : new Uint8Array(planeBytes);
    unpackBits(frame.subarray(start, end), plane);
    if (planes === 2) for (let i = 0; i < planeBytes; i++) samples[2 * i + 1 - k] = plane[i] ?? 0;
  }
  return samples;
}

function unpackBits(segment: Uint8Array, plane: Uint8Array): void {
  let at = 0;
  let to = 0;
  while (to < plane.length) {
    const head = segment[at++] ?? NO_OPERATION;
    if (at >= segment.length) throw damaged('a segment that ends too early');
    if (head === NO_OPERATION) continue;
    const isRun = head > NO_OPERATION;
    const count = isRun ? 257 - head : head + 1;
    if (to + count > plane.length) throw damaged('a segment that is too long');
    if (isRun) plane.fill(segment[at] ?? 0, to, to + count);
    else plane.set(literal(segment, at, count), to);
    at += isRun ? 1 : count;
    to += count;
  }
  if (!segment.subarray(at).every(isPadding)) throw damaged('a segment that is too long');
}

function literal(segment: Uint8Array, at: number, count: number): Uint8Array {
  if (at + count > segment.length) throw damaged('a segment that ends too early');
  return segment.subarray(at, at + count);
}

const isPadding = (byte: number): boolean => byte === 0 || byte === NO_OPERATION;
