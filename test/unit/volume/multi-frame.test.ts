import { describe, expect, it } from 'vitest';
import { maskOnVolume } from '../../../src/masks/mask-on-volume.ts';
import { measure } from '../../../src/radiomics/measure.ts';
import { EAR_2023 } from '../../../src/radiomics/profile.ts';
import { volumeFromInstances } from '../../../src/volume/from-instances.ts';
import { codeOf } from '../../support/code-of.ts';
import { enhancedCtFile, legacyCtFile } from '../../support/enhanced-ct.ts';
import { COLUMNS, ctFile, ctVolume, ROWS, segFile } from '../../support/mask-fixtures.ts';
import { asRle } from '../../support/transcode.ts';

const volumeOf = (...files: readonly Uint8Array[]) => volumeFromInstances(files.length, (i) => files[i]!);
const native = ctVolume(4);

describe('an Enhanced CT (PS3.3 A.38, C.7.6.16)', () => {
  it('gives the volume of its slices, whatever the order of its frames', () => {
    const { volume, geometry, instances, header, findings } = volumeOf(enhancedCtFile([2, 0, 3, 1]));
    expect(volume).toEqual(native.volume);
    expect(geometry).toEqual(native.geometry);
    expect(findings).toEqual([]);
    expect(instances).toHaveLength(4);
    expect(header).toMatchObject({
      ImageType: ['ORIGINAL', 'PRIMARY', 'AXIAL', 'NONE'],
      RescaleType: 'HU',
      ImagePositionPatient: [-8, 4, 10],
    });
  });

  it('takes every macro from the frame first, then from the shared groups', () => {
    const oblique = ['1', '0', '0', '0', '0.6', '0.8'];
    const { geometry, header } = volumeOf(
      enhancedCtFile([0, 1], {
        shared: {
          PlaneOrientationSequence: [{ ImageOrientationPatient: oblique }],
          CTReconstructionSequence: [{ ConvolutionKernel: 'Br40' }],
          CTXRayDetailsSequence: [{ KVP: '110' }],
          CTAcquisitionDetailsSequence: [{ GantryDetectorTilt: '12' }],
        },
        own: () => ({
          PixelMeasuresSequence: [{ PixelSpacing: ['0.9', '0.8'], SliceThickness: '1.5' }],
          FrameContentSequence: [{ FrameAcquisitionNumber: 4, TemporalPositionIndex: 2 }],
        }),
      }),
    );
    expect(header).toMatchObject({
      ConvolutionKernel: 'Br40',
      KVP: 110,
      SliceThickness: 1.5,
      AcquisitionNumber: 4,
      TemporalPositionIdentifier: 2,
    });
    expect(geometry).toMatchObject({ pixelSpacingMm: [0.9, 0.8], gantryTiltDegrees: 12 });
    expect(geometry.normalToZDegrees).toBeCloseTo(53.13, 2);
  });

  it('rescales each frame by its own slope and intercept', () => {
    const { volume } = volumeOf(
      enhancedCtFile([0, 1], {
        own: (k) => ({
          PixelValueTransformationSequence: [
            { RescaleSlope: String(k + 1), RescaleIntercept: String(-10 * k) },
          ],
        }),
      }),
    );
    expect(volume.voxels[1]).toBe(1);
    expect(volume.voxels[ROWS * COLUMNS + 1]).toBe(2 * 101 - 10);
  });

  it('may come in parts, beside single frames, and compressed', () => {
    const parts = [
      enhancedCtFile([3, 2]),
      enhancedCtFile([0, 1], { overrides: { SOPInstanceUID: '2.25.55.2' } }),
    ];
    expect(volumeOf(...parts).volume).toEqual(native.volume);
    expect(volumeOf(asRle(parts[0]!), ctFile(0), asRle(parts[1]!).subarray(), ctFile(1)).volume.size[2]).toBe(
      6,
    );
    expect(
      volumeOf(asRle(enhancedCtFile([0, 1, 2, 3]), { fragments: 2, hasOffsetTable: true })).volume,
    ).toEqual(native.volume);
  });

  it('is evidence once, and a mask that names it is laid on it', () => {
    const bits = Array.from({ length: ROWS * COLUMNS }, () => 1);
    const mask = segFile([0, 1, 2, 3].map((slice) => ({ segment: 1, slice, bits })));
    const image = enhancedCtFile([0, 1, 2, 3]);
    expect(maskOnVolume(mask, 1, volumeOf(image)).mask.voxels).toEqual(
      maskOnVolume(mask, 1, native).mask.voxels,
    );
    const request = {
      images: ['image'],
      mask: { file: 'mask', region: 1 },
      features: ['original_firstorder_Mean'],
      settings: EAR_2023,
    };
    const { instances, roi } = measure(request, (path) => (path === 'image' ? image : mask));
    expect(instances).toEqual([{ SOPClassUID: '1.2.840.10008.5.1.4.1.1.2.1', SOPInstanceUID: '2.25.55.1' }]);
    expect(roi.slices).toEqual([0, 3]);
  });

  it('without groups, with fewer groups than frames, or without a place is refused by its code', () => {
    const without = (overrides: Record<string, unknown>) =>
      codeOf(() => volumeOf(enhancedCtFile([0, 1], { overrides })));
    expect(without({ PerFrameFunctionalGroupsSequence: [] })).toBe('IMAGE_PIXELS_UNSUPPORTED');
    expect(without({ NumberOfFrames: '3' })).toBe('IMAGE_PIXELS_UNSUPPORTED');
    expect(without({ PerFrameFunctionalGroupsSequence: [{}, {}] })).toBe('IMAGE_GEOMETRY');
    expect(without({ Rows: 6 })).toBe('DICOM_TRUNCATED');
    expect(codeOf(() => volumeOf(ctFile(0, { NumberOfFrames: '2' })))).toBe('IMAGE_PIXELS_UNSUPPORTED');
  });

  it('a frame without slope or intercept is said', () => {
    const { findings } = volumeOf(
      enhancedCtFile([0, 1], { own: () => ({ PixelValueTransformationSequence: [] }) }),
    );
    expect(findings.join()).toMatch(/rescale slope or intercept missing in 2 slices/);
  });
});

describe('a Legacy Converted Enhanced CT (PS3.3 A.70)', () => {
  it('gives the volume of its originals, and what it left unassigned', () => {
    const { volume, header } = volumeOf(legacyCtFile([0, 1, 2, 3]));
    expect(volume).toEqual(native.volume);
    expect(header).toMatchObject({ ConvolutionKernel: 'B30f', KVP: 120, AcquisitionNumber: 7 });
  });

  it.each([
    ['before', [legacyCtFile([0, 1, 2, 3]), ctFile(0), ctFile(1), ctFile(2), ctFile(3)]],
    ['behind', [ctFile(0), ctFile(1), ctFile(2), ctFile(3), legacyCtFile([0, 1, 2, 3])]],
    ['between', [ctFile(0), ctFile(3), legacyCtFile([3, 2, 1, 0])]],
  ])('and its originals %s it count once', (_where, files) => {
    const { volume, geometry, findings } = volumeOf(...files);
    expect(volume).toEqual(native.volume);
    expect(geometry.duplicatePositions).toBe(0);
    expect(findings.join()).toMatch(/legacy converted: counted once/);
  });
});

describe('two acquisitions in one series (SR.md 5)', () => {
  /** Slices of a second acquisition at the same places, with other values. */
  const second = (index: number, overrides: Record<string, unknown> = {}) =>
    ctFile(index, { SOPInstanceUID: `2.25.51.${index + 1}`, RescaleIntercept: '0', ...overrides });
  const series = (by: (acquisition: number, slice: number) => Record<string, unknown>) =>
    [0, 1, 2, 3].flatMap((k) => [ctFile(k, by(1, k)), second(k, by(2, k))]);
  const read = (files: readonly Uint8Array[], drawnOn: readonly string[]) =>
    volumeFromInstances(files.length, (i) => files[i]!, { drawnOn: () => new Set(drawnOn) });

  it.each([
    ['AcquisitionNumber', (n: number) => ({ AcquisitionNumber: String(n) })],
    ['TemporalPositionIdentifier', (n: number) => ({ TemporalPositionIdentifier: String(n) })],
    ['AcquisitionTime', (n: number) => ({ AcquisitionTime: `10000${n}` })],
  ])('are told apart by %s: the one that the mask names is taken, with a finding', (by, values) => {
    const files = series(values);
    const first = read(files, ['2.25.50.2']);
    expect(first.volume).toEqual(native.volume);
    expect(first.findings).toEqual([
      `the series holds 2 acquisitions (${by}): taken is the one that the mask names`,
    ]);
    const other = read(files, ['2.25.51.1', '2.25.51.4']);
    expect(other.volume.voxels[0]).toBe(native.volume.voxels[0]! + 1000);
    expect(other.geometry.duplicatePositions).toBe(0);
    expect(other.instances.every(({ SOPInstanceUID }) => SOPInstanceUID.startsWith('2.25.51.'))).toBe(true);
  });

  it('stay doubled, which holds the case, when the mask names none or both, or nothing tells them apart', () => {
    const numbered = series((n) => ({ AcquisitionNumber: String(n) }));
    for (const drawnOn of [[], ['2.25.50.1', '2.25.51.1'], ['2.25.99']])
      expect(read(numbered, drawnOn).geometry.duplicatePositions).toBe(4);
    const apart = [
      series(() => ({})),
      series((_n, slice) => ({ AcquisitionNumber: String(slice) })),
      series((n, slice) => ({ AcquisitionTime: `1000${n}${slice}` })),
      series((n) => ({ AcquisitionNumber: n === 1 ? '1' : '' })),
    ];
    for (const files of apart) expect(read(files, ['2.25.50.1']).geometry.duplicatePositions).toBe(4);
  });

  describe('of which the slices lie between each other', () => {
    /** The second acquisition half a step further. */
    const between = (by: (n: number, slice: number) => Record<string, unknown>) =>
      [0, 1, 2, 3].flatMap((k) => [
        ctFile(k, by(1, k)),
        second(k, { ImagePositionPatient: ['-8', '4', String(11 + 2 * k)], ...by(2, k) }),
      ]);
    const numbered = between((n) => ({ AcquisitionNumber: String(n) }));

    it('the one that the mask names is taken; else the case is held, though the steps are regular', () => {
      expect(read(numbered, ['2.25.50.3']).volume).toEqual(native.volume);
      expect(codeOf(() => read(numbered, []))).toBe('IMAGE_GEOMETRY');
      expect(codeOf(() => read(numbered, ['2.25.50.1', '2.25.51.1']))).toBe('IMAGE_GEOMETRY');
    });

    it('slabs one behind the other, and a number or time of its own for each slice, are one scan', () => {
      const slabs = [0, 1, 2, 3].map((k) => ctFile(k, { AcquisitionNumber: k < 2 ? '1' : '2' }));
      const each = [0, 1, 2, 3].map((k) => ctFile(k, { AcquisitionNumber: String(k % 4) }));
      const timed = between((n, slice) => ({ AcquisitionTime: `1000${n}${slice}` }));
      for (const files of [slabs, each]) expect(read(files, []).volume).toEqual(native.volume);
      expect(read(timed, []).volume.size[2]).toBe(8);
    });
  });

  it('a mask is asked for its images only then', () => {
    const drawnOn = (): ReadonlySet<string> => {
      throw new Error('asked');
    };
    expect(() => volumeFromInstances(4, (i) => ctFile(i), { drawnOn })).not.toThrow();
  });
});
