import { describe, expect, it } from 'vitest';
import { decodeFrame } from '../../../adapters/threads/codecs.ts';
import { Fault } from '../../../src/fault.ts';
import { maskOnVolume } from '../../../src/masks/mask-on-volume.ts';
import {
  COLUMNS,
  ctVolume,
  type FrameFixture,
  patientPoint,
  ROWS,
  rtstructFile,
  segFile,
} from '../../support/mask-fixtures.ts';
import { asBigEndian, asDeflatedFrames, asRle } from '../../support/transcode.ts';

const PIXELS = ROWS * COLUMNS;
const ct = ctVolume(4);
const pattern = (seed: number): number[] =>
  Array.from({ length: PIXELS }, (_, i) => ((i * 7 + seed * 13) % 5 < 2 ? 1 : 0));
const frames: readonly FrameFixture[] = [
  { segment: 2, slice: 3, bits: pattern(1) },
  { segment: 1, slice: 2, bits: pattern(2) },
  { segment: 1, slice: 0, bits: pattern(4) },
];
const on = (file: Uint8Array, region = 1) => maskOnVolume(file, region, ct, decodeFrame).mask.voxels;

/** A label map: the number of the segment in every pixel, three frames for all segments (PS3.3 C.8.20.2.3). */
function labelMap(bits: 8 | 16): Uint8Array {
  const labels = [0, 1, 2].flatMap((k) => pattern(k).map((bit, i) => (bit ? 1 + (i % 2) : 0)));
  const size = labels.length + (labels.length % 2);
  const pixels = bits === 8 ? new Uint8Array(size) : new Uint16Array(size);
  pixels.set(labels);
  return segFile(
    [0, 1, 2].map((slice) => ({ segment: 1, slice, bits: pattern(slice) })),
    {
      overrides: {
        SOPClassUID: '1.2.840.10008.5.1.4.1.1.66.7',
        SegmentationType: 'LABELMAP',
        BitsAllocated: bits,
        BitsStored: bits,
        HighBit: bits - 1,
        PerFrameFunctionalGroupsSequence: [0, 1, 2].map((slice) => ({
          PlanePositionSequence: [{ ImagePositionPatient: patientPoint(0, 0, slice).map(String) }],
        })),
        PixelData: pixels.buffer,
        _vrMap: { PixelData: bits === 8 ? 'OB' : 'OW' },
      },
    },
  );
}
const fractional = (): Uint8Array => {
  const values = Uint8Array.from({ length: PIXELS * 3 + 1 }, (_, i) => (i * 37) % 256);
  return segFile(frames, {
    overrides: {
      SegmentationType: 'FRACTIONAL',
      MaximumFractionalValue: 255,
      BitsAllocated: 8,
      BitsStored: 8,
      HighBit: 7,
      PixelData: values.buffer,
    },
  });
};

describe('a segmentation that is compressed (SR.md 4.3): each frame begins with a byte of its own', () => {
  it.each([
    ['binary, RLE', segFile(frames), asRle],
    ['binary, deflated frames', segFile(frames), asDeflatedFrames],
    ['binary, big endian', segFile(frames), asBigEndian],
    ['fractional, RLE', fractional(), asRle],
    ['fractional, deflated frames', fractional(), asDeflatedFrames],
    ['label map of 8 bits, RLE', labelMap(8), asRle],
    ['label map of 16 bits, RLE', labelMap(16), asRle],
    ['label map of 16 bits, big endian', labelMap(16), asBigEndian],
    ['label map of 16 bits, deflated frames', labelMap(16), asDeflatedFrames],
  ])('%s: every voxel is where the native one has it', (_how, native, transcode) => {
    const voxels = on(native);
    expect(voxels.includes(1)).toBe(true);
    expect([...on(transcode(native))]).toEqual([...voxels]);
  });

  it('a damaged frame is held, not filled up', () => {
    const file = asRle(segFile(frames));
    file.writeUInt8(0x7f, file.indexOf(Buffer.from('e07f1000', 'hex')) + 12 + 8 + 8 + 64);
    let code: string | undefined;
    try {
      on(file, 2);
    } catch (thrown) {
      code = thrown instanceof Fault ? thrown.code : String(thrown);
    }
    expect(code).toBe('PIXEL_DATA_DAMAGED');
  });
});

describe('a label map (PS3.3 C.8.20.2.3)', () => {
  it.each([8, 16] as const)('of %i bits: a pixel belongs to the segment whose number it has', (bits) => {
    for (const segment of [1, 2]) {
      const expected = [0, 1, 2].flatMap((k) =>
        pattern(k).map((bit, i) => Number(bit === 1 && 1 + (i % 2) === segment)),
      );
      expect([...on(labelMap(bits), segment)]).toEqual([...expected, ...Array(PIXELS).fill(0)]);
    }
  });
});

describe('functional groups of a segmentation (PS3.3 C.7.6.16)', () => {
  const orientation = {
    PlaneOrientationSequence: [{ ImageOrientationPatient: ['1', '0', '0', '0', '1', '0'] }],
  };
  const measures = { PixelMeasuresSequence: [{ PixelSpacing: ['0.5', '0.25'], SliceThickness: '2' }] };
  const place = (slice: number) => ({
    PlanePositionSequence: [{ ImagePositionPatient: patientPoint(0, 0, slice).map(String) }],
  });
  const identity = { SegmentIdentificationSequence: [{ ReferencedSegmentNumber: 1 }] };
  const drawn = [{ segment: 1, slice: 2, bits: pattern(2) }];

  it.each([
    ['all per frame', [], [{ ...orientation, ...measures, ...place(2), ...identity }]],
    ['all shared, of a single frame', [{ ...orientation, ...measures, ...place(2), ...identity }], [{}]],
    [
      'the frame before the shared ones',
      [{ ...orientation, PixelMeasuresSequence: [{ PixelSpacing: ['9', '9'] }], ...place(0) }],
      [{ ...measures, ...place(2), ...identity }],
    ],
  ])('%s', (_where, shared, perFrame) => {
    const file = segFile(drawn, {
      overrides: { SharedFunctionalGroupsSequence: shared, PerFrameFunctionalGroupsSequence: perFrame },
    });
    expect([...on(file)]).toEqual([...on(segFile(drawn))]);
  });
});

describe('a contour of many thousand points', () => {
  it('is read whole, also where its data are longer than a short length can say (PS3.3 C.8.8.6)', () => {
    const corners = [
      [1, 1],
      [5, 1],
      [5, 4],
      [1, 4],
    ] as const;
    // a power of two: every coordinate has an end
    const steps = 2048;
    const points = corners.flatMap(([x, y], k) => {
      const [toX, toY] = corners[(k + 1) % 4]!;
      return Array.from(
        { length: steps },
        (_, i) => [x + ((toX - x) * i) / steps, y + ((toY - y) * i) / steps, 1] as const,
      );
    });
    const few = rtstructFile([{ points: corners.map(([x, y]) => [x, y, 1] as const) }]);
    const many = rtstructFile([{ points }]);
    expect(many.length).toBeGreaterThan(2 * 65_536);
    expect([...on(many, 3)]).toEqual([...on(few, 3)]);
  });
});
