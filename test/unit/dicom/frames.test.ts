import { describe, expect, it } from 'vitest';
import { readStreamHead } from '../../../src/dicom/codestream.ts';
import { encapsulatedFrames } from '../../../src/dicom/encapsulated.ts';
import { type FrameShape, frameReader } from '../../../src/dicom/frames.ts';
import { parsePart10 } from '../../../src/dicom/parse-part10.ts';
import { decodeRle } from '../../../src/dicom/rle.ts';
import { codeOf } from '../../support/code-of.ts';
import { COLUMNS, ctFile, ROWS, segFile } from '../../support/mask-fixtures.ts';
import { JPEG_LOSSLESS, JPEG_LS, nativeFrames, RLE, rleFrame, withFrames } from '../../support/transcode.ts';

const PIXELS = ROWS * COLUMNS;
const samples = Uint8Array.from({ length: 2 * PIXELS }, (_, i) => (i < 30 ? 7 : (i * 31) % 251));

describe('RLE (PS3.5 annex G)', () => {
  it('the byte planes come back in their places, literals and runs', () => {
    expect([...decodeRle(rleFrame(samples, 2), PIXELS, 2)]).toEqual([...samples]);
    expect([...decodeRle(rleFrame(samples, 1), 2 * PIXELS, 1)]).toEqual([...samples]);
  });

  it('a no-operation byte and an end padded with zeros are no data (G.3.1)', () => {
    const frame = Buffer.concat([rleFrame(samples, 1), Buffer.from([0x80, 0, 0])]);
    expect([...decodeRle(frame, 2 * PIXELS, 1)]).toEqual([...samples]);
  });

  it('a frame that is cut anywhere is damaged, never filled up', () => {
    const frame = rleFrame(samples, 2);
    for (let length = 0; length < frame.length - 1; length++)
      expect(
        codeOf(() => decodeRle(frame.subarray(0, length), PIXELS, 2)),
        `cut at ${length}`,
      ).toBe('PIXEL_DATA_DAMAGED');
  });

  it('too many bytes, too many segments and offsets that lie are damaged', () => {
    const frame = rleFrame(samples, 2);
    expect(codeOf(() => decodeRle(frame, PIXELS - 1, 2))).toBe('PIXEL_DATA_DAMAGED');
    expect(codeOf(() => decodeRle(frame, PIXELS, 1))).toBe('PIXEL_DATA_DAMAGED');
    for (const lie of [0, 63, 0xffffffff]) {
      const lying = Buffer.from(frame);
      lying.writeUInt32LE(lie, 8);
      expect(codeOf(() => decodeRle(lying, PIXELS, 2))).toBe('PIXEL_DATA_DAMAGED');
    }
    const many = Buffer.from(frame);
    many.writeUInt32LE(0xffffffff);
    expect(codeOf(() => decodeRle(many, PIXELS, 2))).toBe('PIXEL_DATA_DAMAGED');
  });
});

describe('encapsulated frames (PS3.5 A.4)', () => {
  const frames = [1, 2, 3].map((k) => Uint8Array.from({ length: 20 * k }, (_, i) => (i * k) % 256));
  const file = segFile(frames.map((_, slice) => ({ segment: 1, slice, bits: [1] })));
  const read = (bytes: Uint8Array, count = 3) => encapsulatedFrames(parsePart10(bytes), count);
  const plain = (of: readonly Uint8Array[]) => of.map((each) => [...each]);

  it('one fragment a frame needs no offset table; several need one; a single frame takes all', () => {
    expect(plain(read(withFrames(file, RLE, frames)))).toEqual(plain(frames));
    const cut = { fragments: 2, hasOffsetTable: true };
    expect(plain(read(withFrames(file, RLE, frames, cut)))).toEqual(plain(frames));
    const one = withFrames(ctFile(0), RLE, [frames[2]!], { fragments: 5 });
    expect(plain(read(one, 1))).toEqual(plain([frames[2]!]));
  });

  it('several fragments without a table, too few of them, or a table that lies: damaged', () => {
    expect(codeOf(() => read(withFrames(file, RLE, frames, { fragments: 2 })))).toBe('PIXEL_DATA_DAMAGED');
    expect(codeOf(() => read(withFrames(file, RLE, frames), 4))).toBe('PIXEL_DATA_DAMAGED');
    const lying = withFrames(file, RLE, frames, { fragments: 2, hasOffsetTable: true });
    lying.writeUInt32LE(2, lying.indexOf(Buffer.from('e07f10004f42', 'hex')) + 24);
    expect(codeOf(() => read(lying))).toBe('PIXEL_DATA_DAMAGED');
  });

  it('a fragment that is longer than its file is damaged; a missing delimiter at the end is tolerated', () => {
    const whole = withFrames(file, RLE, frames);
    expect(plain(read(whole.subarray(0, -8)))).toEqual(plain(frames));
    expect(codeOf(() => read(whole.subarray(0, -10)))).toBe('PIXEL_DATA_DAMAGED');
  });
});

describe('the head of a compressed frame', () => {
  /** SOI, SOF of `marker` with 5 rows and 7 columns, EOI. */
  const stream = (marker: string, precision = '10', components = '01') =>
    Buffer.from(`ffd8ff${marker}000b${precision}00050007${components}011100ffd9`, 'hex');
  const shape: FrameShape = { rows: 5, columns: 7, bitsAllocated: 16, bitsStored: 16, isSigned: true };
  const decodeTo = (bytes: number) => (): Uint8Array => new Uint8Array(bytes);
  const frame = (bytes: Uint8Array, decoded: number, syntax = JPEG_LOSSLESS) =>
    codeOf(() =>
      frameReader(parsePart10(withFrames(ctFile(0), syntax, [bytes])), shape, 1, decodeTo(decoded))(0),
    );

  it('is read of JPEG and JPEG-LS (ITU-T T.81 B.2.2, T.87 C.2.2) and of JPEG 2000 (T.800 A.5.1)', () => {
    const head = { rows: 5, columns: 7, components: 1, precision: 16 };
    expect(readStreamHead(stream('c3'))).toEqual(head);
    expect(readStreamHead(stream('f7'))).toEqual(head);
    expect(
      readStreamHead(
        Buffer.from(
          'ff4fff5100290000 00000007 00000005 00000000 00000000 00000007 00000005 00000000 00000000 0001 8f0101 ffd9'.replaceAll(
            ' ',
            '',
          ),
          'hex',
        ),
      ),
    ).toEqual(head);
  });

  it('a frame without its end, of another size, or of more bits never reaches a codec', () => {
    expect(frame(stream('c3'), 70)).toBeUndefined();
    expect(frame(Buffer.concat([stream('c3'), Buffer.alloc(3)]), 70)).toBeUndefined();
    expect(frame(stream('c3').subarray(0, -2), 70)).toBe('PIXEL_DATA_DAMAGED');
    expect(frame(Buffer.from('ffd8ffd9', 'hex'), 70)).toBe('PIXEL_DATA_DAMAGED');
    expect(frame(Buffer.from('0123ffd9', 'hex'), 70)).toBe('PIXEL_DATA_DAMAGED');
    expect(frame(stream('f7', '11'), 70, JPEG_LS)).toBe('PIXEL_DATA_DAMAGED');
    expect(frame(stream('c3', '10', '03'), 70)).toBe('IMAGE_PIXELS_UNSUPPORTED');
    const wide = stream('c3');
    wide.writeUInt16BE(8, 9);
    expect(frame(wide, 70)).toBe('PIXEL_DATA_DAMAGED');
  });

  it('what a codec gives back must have the size of the frame', () => {
    expect(frame(stream('c3'), 69)).toBe('PIXEL_DATA_DAMAGED');
    expect(frame(stream('c3'), 72)).toBe('PIXEL_DATA_DAMAGED');
  });

  it('a syntax that is not in the table is not decoded', () => {
    expect(frame(stream('c3'), 70, '1.2.840.10008.1.2.4.100')).toBe('TRANSFER_SYNTAX_UNSUPPORTED');
    expect(nativeFrames(ctFile(0))).toHaveLength(1);
  });
});
