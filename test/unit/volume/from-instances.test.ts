import { describe, expect, it } from 'vitest';
import { volumeFromInstances } from '../../../src/volume/from-instances.ts';
import { codeOf } from '../../support/code-of.ts';
import { COLUMNS, ctFile, ctVolume, ROWS } from '../../support/mask-fixtures.ts';

const volumeOf = (files: readonly Uint8Array[]) => volumeFromInstances(files.length, (i) => files[i]!);

describe('volumeFromInstances', () => {
  it('puts slices that come in any order at their place, in HU, column fastest', () => {
    const order = [2, 0, 3, 1, 4];
    const { volume, instances, header } = volumeFromInstances(5, (i) => ctFile(order[i]!));
    expect(volume.size).toEqual([7, 5, 5]);
    expect(volume.spacing).toEqual([0.25, 0.5, 2]);
    expect(volume.origin).toEqual([-8, 4, 10]);
    expect(volume.voxels).toBeInstanceOf(Int16Array);
    for (const [x, y, z] of [
      [0, 0, 0],
      [6, 4, 4],
      [3, 1, 2],
    ] as const)
      expect(volume.voxels[(z * ROWS + y) * COLUMNS + x]).toBe(x + 10 * y + 100 * z - 1000);
    expect(header.SOPInstanceUID).toBe('2.25.50.1');
    expect(instances.map(({ SOPInstanceUID }) => SOPInstanceUID)).toEqual(
      [1, 2, 3, 4, 5].map((n) => `2.25.50.${n}`),
    );
  });

  it('rescale slope and intercept are applied slice by slice', () => {
    const files = [ctFile(0), ctFile(1, { RescaleSlope: '2', RescaleIntercept: '-10' })];
    const { volume } = volumeOf(files);
    expect(volume.voxels[1]).toBe(1 - 1000);
    expect(volume.voxels[ROWS * COLUMNS + 1]).toBe(2 * 101 - 10);
  });

  it('a slope that is not whole gives a float image and says so', () => {
    const { volume, findings } = volumeOf([
      ctFile(0, { RescaleSlope: '0.5' }),
      ctFile(1, { RescaleSlope: '0.5' }),
    ]);
    expect(volume.voxels).toBeInstanceOf(Float32Array);
    expect(volume.voxels[1]).toBe(-999.5);
    expect(findings.join()).toMatch(/not whole/);
  });

  it('12 stored bits: bits above are cut off, the sign is extended', () => {
    const pixels = new Uint16Array(ROWS * COLUMNS);
    pixels.set([0xf123, 0x0800, 0x0fff, 0x07ff]);
    const twelve = { BitsStored: 12, HighBit: 11, RescaleIntercept: '0', PixelData: pixels.buffer };
    expect([
      ...volumeOf([ctFile(0, { ...twelve, PixelRepresentation: 0 })]).volume.voxels.slice(0, 4),
    ]).toEqual([0x123, 0x800, 0xfff, 0x7ff]);
    expect([
      ...volumeOf([ctFile(0, { ...twelve, PixelRepresentation: 1 })]).volume.voxels.slice(0, 4),
    ]).toEqual([0x123, -2048, -1, 2047]);
  });

  it('8 bit images and samples above bit 0 are read', () => {
    const bytes = new Uint8Array(ROWS * COLUMNS + 1).fill(200);
    const eight = {
      BitsAllocated: 8,
      BitsStored: 8,
      HighBit: 7,
      PixelRepresentation: 0,
      PixelData: bytes.buffer,
    };
    expect(volumeOf([ctFile(0, { ...eight, _vrMap: { PixelData: 'OB' } })]).volume.voxels[3]).toBe(-800);
    const shifted = new Uint16Array(ROWS * COLUMNS).fill(0x7ff0);
    const high = { BitsStored: 12, HighBit: 15, PixelRepresentation: 0, PixelData: shifted.buffer };
    expect(volumeOf([ctFile(0, high)]).volume.voxels[3]).toBe(0x7ff - 1000);
  });

  it('values beyond 16 bit are clamped and counted', () => {
    const pixels = new Int16Array(ROWS * COLUMNS);
    pixels[0] = -32768;
    const { volume, findings } = volumeOf([ctFile(0, { PixelData: pixels.buffer })]);
    expect(volume.voxels[0]).toBe(-32768);
    expect(findings).toContain('1 voxels beyond 16 bit were clamped');
  });

  it('pixel padding is known in HU', () => {
    const { paddingHu } = volumeOf([
      ctFile(0, { PixelPaddingValue: -2000, _vrMap: { PixelData: 'OW', PixelPaddingValue: 'SS' } }),
      ctFile(1),
    ]);
    expect(paddingHu(0)).toEqual([-3000, -3000]);
    expect(paddingHu(1)).toBeUndefined();
  });

  it('one instance that is given twice counts once', () => {
    const { volume, findings } = volumeOf([ctFile(1), ctFile(0), ctFile(1)]);
    expect(volume.size[2]).toBe(2);
    expect(volume.voxels).toHaveLength(2 * ROWS * COLUMNS);
    expect(findings).toEqual(['1 instances were given more than once']);
  });

  it('a single slice has its thickness as spacing, with a finding', () => {
    const { volume, findings } = ctVolume(1);
    expect(volume.spacing[2]).toBe(2);
    expect(findings.join()).toMatch(/single slice/);
  });

  it('what is no regular CT volume is refused by its code', () => {
    expect(codeOf(() => volumeOf([]))).toBe('IMAGE_GEOMETRY');
    expect(codeOf(() => volumeOf([ctFile(0, { SOPClassUID: '1.2.840.10008.5.1.4.1.1.4' })]))).toBe(
      'IMAGE_NOT_CT',
    );
    expect(codeOf(() => volumeOf([ctFile(0, { ImagePositionPatient: undefined })]))).toBe('IMAGE_GEOMETRY');
    expect(codeOf(() => volumeOf([ctFile(0, { PixelSpacing: ['0', '1'] })]))).toBe('IMAGE_GEOMETRY');
    expect(codeOf(() => volumeOf([ctFile(0, { SamplesPerPixel: 3 })]))).toBe('IMAGE_PIXELS_UNSUPPORTED');
    expect(codeOf(() => volumeOf([ctFile(0, { BitsStored: 20 })]))).toBe('IMAGE_PIXELS_UNSUPPORTED');
    expect(codeOf(() => volumeOf([ctFile(0), ctFile(1, { Columns: 5, Rows: 7 })]))).toBe('IMAGE_GEOMETRY');
    expect(codeOf(() => volumeOf([ctFile(0, { Rows: 6 })]))).toBe('DICOM_TRUNCATED');
  });

  it('a volume beyond the limit is refused before memory is taken', () => {
    const huge = ctFile(0, { Rows: 65_535, Columns: 65_535 });
    expect(codeOf(() => volumeFromInstances(1, () => huge))).toBe('IMAGE_TOO_LARGE');
  });
});
