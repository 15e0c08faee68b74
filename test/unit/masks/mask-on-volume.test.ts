import { describe, expect, it } from 'vitest';
import { maskOnVolume } from '../../../src/masks/mask-on-volume.ts';
import { volumeFromInstances } from '../../../src/volume/from-instances.ts';
import { codeOf } from '../../support/code-of.ts';
import {
  COLUMNS,
  ctFile,
  ctVolume,
  type FrameFixture,
  patientPoint,
  ROWS,
  rtstructFile,
  type SegOptions,
  segFile,
} from '../../support/mask-fixtures.ts';

const PIXELS = ROWS * COLUMNS;
const ct = ctVolume(4);
/** A pattern without symmetry, another one for each frame. */
const pattern = (seed: number, pixels = PIXELS): number[] =>
  Array.from({ length: pixels }, (_, i) => ((i * 7 + seed * 13) % 5 < 2 ? 1 : 0));
/** 35 pixels a frame: no frame but the first begins at a byte. */
const frames: readonly FrameFixture[] = [
  { segment: 2, slice: 3, bits: pattern(1) },
  { segment: 1, slice: 2, bits: pattern(2) },
  { segment: 2, slice: 1, bits: pattern(3) },
  { segment: 1, slice: 0, bits: pattern(4) },
];
const seg = (options: SegOptions = {}) => segFile(frames, options);

describe('a segment on its CT', () => {
  it('frames come in any order, several segments mixed, not padded to bytes: every voxel is where it was drawn', () => {
    const expected = [...pattern(4), ...Array(PIXELS).fill(0), ...pattern(2), ...Array(PIXELS).fill(0)];
    const { mask, findings } = maskOnVolume(seg(), 1, ct);
    expect([...mask.voxels]).toEqual(expected);
    expect(findings).toEqual([]);
    expect([...maskOnVolume(seg(), 2, ct).mask.voxels.subarray(3 * PIXELS)]).toEqual(pattern(1));
  });

  it('a segmentation of a part of the image is placed by position', () => {
    const part = segFile([{ segment: 1, slice: 2, bits: [1, 1, 0, 1, 0, 1] }], {
      rows: 2,
      columns: 3,
      position: (slice) => patientPoint(4, 3, slice),
    });
    const { mask } = maskOnVolume(part, 1, ct);
    const at = (x: number, y: number) => (2 * ROWS + y) * COLUMNS + x;
    const on = [...mask.voxels.keys()].filter((i) => mask.voxels[i] === 1);
    expect(on).toEqual([at(4, 3), at(5, 3), at(4, 4), at(6, 4)]);
  });

  it('rows written from right to left give the same mask, with a finding', () => {
    const mirrored = frames.map(({ bits, ...frame }) => ({
      ...frame,
      bits: bits.map((_, i) => bits[i - (i % COLUMNS) + COLUMNS - 1 - (i % COLUMNS)]!),
    }));
    const flipped = segFile(mirrored, {
      orientation: ['-1', '0', '0', '0', '1', '0'],
      position: (slice) => patientPoint(COLUMNS - 1, 0, slice),
    });
    const { mask, findings } = maskOnVolume(flipped, 1, ct);
    expect([...mask.voxels]).toEqual([...maskOnVolume(seg(), 1, ct).mask.voxels]);
    expect(findings.join()).toMatch(/another geometry/);
  });

  it('a coarser segmentation is resampled to the nearest pixel', () => {
    // One pixel of 3 x 2 image voxels whose centre is voxel (3, 2.5).
    const coarse = segFile([{ segment: 1, slice: 1, bits: [0, 1, 0, 0, 0, 0] }], {
      rows: 2,
      columns: 3,
      pixelSpacing: ['1', '0.75'],
      position: (slice) => patientPoint(0, 0.5, slice),
    });
    const { mask } = maskOnVolume(coarse, 1, ct);
    const on = [...mask.voxels.keys()].filter((i) => mask.voxels[i] === 1);
    expect(on.map((i) => i - ROWS * COLUMNS)).toEqual([2, 3, 4, 9, 10, 11]);
  });

  it('fractional segmentations count from half of the maximum, with a finding', () => {
    const values = new Uint8Array(PIXELS * 4 + 2).fill(49);
    values.set([50, 100], PIXELS);
    const fractional = seg({
      overrides: {
        SegmentationType: 'FRACTIONAL',
        MaximumFractionalValue: 100,
        BitsAllocated: 8,
        PixelData: values.buffer,
      },
    });
    const { mask, findings } = maskOnVolume(fractional, 1, ct);
    expect(mask.voxels.reduce((sum, bit) => sum + bit, 0)).toBe(2);
    expect(findings.join()).toMatch(/fractional/);
  });

  it('another frame of reference, no such segment, no drawn voxel: each has its code', () => {
    expect(codeOf(() => maskOnVolume(seg({ overrides: { FrameOfReferenceUID: '2.25.41' } }), 1, ct))).toBe(
      'MASK_NOT_OF_SERIES',
    );
    expect(codeOf(() => maskOnVolume(seg(), 9, ct))).toBe('MASK_NO_REGION');
    const blank = segFile([{ segment: 1, slice: 0, bits: Array(PIXELS).fill(0) }]);
    expect(codeOf(() => maskOnVolume(blank, 1, ct))).toBe('MASK_OUTSIDE');
    expect(codeOf(() => maskOnVolume(blank, 2, ct))).toBe('MASK_EMPTY');
    expect(codeOf(() => maskOnVolume(seg({ position: (slice) => patientPoint(900, 0, slice) }), 1, ct))).toBe(
      'MASK_OUTSIDE',
    );
  });

  it('fewer pixels than frames, or no place for a frame: refused', () => {
    expect(
      codeOf(() => maskOnVolume(seg({ overrides: { PixelData: new Uint8Array(4).buffer } }), 1, ct)),
    ).toBe('DICOM_TRUNCATED');
    expect(codeOf(() => maskOnVolume(seg({ orientation: ['0', '0', '0', '0', '0', '0'] }), 1, ct))).toBe(
      'MASK_UNREADABLE',
    );
  });
});

describe('a segmentation and a CT series that is not complete', () => {
  /** The series of these slices only. */
  const without = (...slices: number[]) => volumeFromInstances(slices.length, (i) => ctFile(slices[i]!));
  const blank = (slice: number): FrameFixture => ({ segment: 1, slice, bits: Array(PIXELS).fill(0) });
  const onePixel = (slice: number): FrameFixture => ({ ...blank(slice), bits: pattern(4).with(17, 1) });
  const mirrored = {
    orientation: ['-1', '0', '0', '0', '1', '0'],
    position: (slice: number) => patientPoint(COLUMNS - 1, 0, slice),
  };

  it.each([
    ['the last slice', [0, 1, 2], 3],
    ['the first slice', [1, 2, 3], 0],
    ['a slice between others', [0, 2, 3], 1],
  ])('a lesion with pixels on %s, which is not here, is refused and not cut', (_which, slices, missing) => {
    const lesion = [onePixel(2), onePixel(missing)];
    expect(codeOf(() => maskOnVolume(segFile(lesion), 1, without(...slices)))).toBe('MASK_OUTSIDE');
    expect(codeOf(() => maskOnVolume(segFile(lesion, mirrored), 1, without(...slices)))).toBe('MASK_OUTSIDE');
  });

  it('a frame in which nothing is drawn misses no slice', () => {
    const { mask, findings } = maskOnVolume(segFile([onePixel(2), blank(3)]), 1, without(0, 1, 2));
    expect([...mask.voxels.subarray(2 * PIXELS)]).toEqual(onePixel(2).bits);
    expect(findings).toEqual([]);
  });

  it('a lesion of which a part lies beside the image is refused, on its lattice and off it', () => {
    const beside = { position: (slice: number) => patientPoint(1, 0, slice) };
    expect(codeOf(() => maskOnVolume(segFile([onePixel(1)], beside), 1, ct))).toBe('MASK_OUTSIDE');
    const off = { position: (slice: number) => patientPoint(0.8, 0, slice) };
    expect(codeOf(() => maskOnVolume(segFile([onePixel(1)], off), 1, ct))).toBe('MASK_OUTSIDE');
    const within = { position: (slice: number) => patientPoint(0.3, 0, slice) };
    expect(codeOf(() => maskOnVolume(segFile([onePixel(1)], within), 1, ct))).toBeUndefined();
  });

  it('a gap far from the lesion does not move a mask that is resampled', () => {
    const series = without(0, 1, 2, 3, 5, 6, 7);
    const drawn = [0, 3].map((slice) => ({ segment: 1, slice, bits: pattern(slice) }));
    const turned = drawn.map(({ bits, ...frame }) => ({
      ...frame,
      bits: bits.map((_, i) => bits[i - (i % COLUMNS) + COLUMNS - 1 - (i % COLUMNS)]!),
    }));
    const resampled = maskOnVolume(segFile(turned, mirrored), 1, series);
    expect(resampled.findings.join()).toMatch(/another geometry/);
    expect([...resampled.mask.voxels]).toEqual([...maskOnVolume(segFile(drawn), 1, series).mask.voxels]);
  });
});

describe('an ROI on its CT', () => {
  const triangle = (slice: number) => ({
    points: [
      [1, 1, slice],
      [5, 1, slice],
      [1, 4, slice],
    ] as const,
  });

  it('is drawn on the slices where its contours lie', () => {
    const { mask, findings } = maskOnVolume(rtstructFile([triangle(1), triangle(2)]), 3, ct);
    const slices = [0, 1, 2, 3].map(
      (z) => mask.voxels.subarray(z * PIXELS, (z + 1) * PIXELS).filter(Boolean).length,
    );
    expect(slices[0]).toBe(0);
    expect(slices[1]).toBeGreaterThan(4);
    expect(slices).toEqual([0, slices[1], slices[1], 0]);
    expect(findings).toEqual([]);
  });

  it('a repeated contour is no hole, an open one is left out', () => {
    const { mask, findings } = maskOnVolume(
      rtstructFile([triangle(1), triangle(1), { ...triangle(2), type: 'OPEN_PLANAR' }]),
      3,
      ct,
    );
    expect(mask.voxels.lastIndexOf(1)).toBeLessThan(2 * PIXELS);
    expect(findings).toEqual(['1 points or open contours were left out']);
  });

  it('coordinates that are no numbers refuse the mask instead of bending it', () => {
    const broken = rtstructFile([], {
      ROIContourSequence: [
        {
          ReferencedROINumber: '3',
          ContourSequence: [
            {
              ContourGeometricType: 'CLOSED_PLANAR',
              ContourData: ['1', '2', 'x', '1', '2', '3', '1', '1', '1'],
            },
          ],
        },
      ],
    });
    expect(codeOf(() => maskOnVolume(broken, 3, ct))).toBe('MASK_UNREADABLE');
  });

  it('an ROI without contours is empty; a mask that names another series is said, or refused without a common frame', () => {
    expect(codeOf(() => maskOnVolume(rtstructFile([triangle(1)]), 5, ct))).toBe('MASK_EMPTY');
    const elsewhere = { ReferencedFrameOfReferenceSequence: [] };
    expect(maskOnVolume(rtstructFile([triangle(1)], elsewhere), 3, ct).findings.join()).toMatch(
      /frame of reference only/,
    );
    const noFrame = { ...elsewhere, StructureSetROISequence: [{ ROINumber: '3', ROIName: 'GTV' }] };
    expect(codeOf(() => maskOnVolume(rtstructFile([triangle(1)], noFrame), 3, ct))).toBe(
      'MASK_NOT_OF_SERIES',
    );
  });
});
