import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { extractFeatures } from '../../../src/radiomics/extract.ts';
import { featureNames } from '../../../src/radiomics/features.ts';
import { EAR_2023 } from '../../../src/radiomics/profile.ts';
import type { ExtractionSettings } from '../../../src/radiomics/settings.ts';
import type { Mask, Volume } from '../../../src/volume/volume.ts';
import { seededPhantom } from '../../support/seeded-phantom.ts';

const ALL = featureNames(EAR_2023);
const ORIGINAL = 'original_glcm_DifferenceVariance';
const LOG_3 = 'log-sigma-3-0-mm-3D_glcm_DifferenceVariance';
const AS_IT_IS: ExtractionSettings = { ...EAR_2023, resampledPixelSpacing: null };

type Expected = {
  seed: number;
  voxelSum: number;
  maskVoxels: number;
  size: number[];
  roiVoxels: number;
  features: Record<string, number>;
};
const expected = JSON.parse(
  readFileSync(new URL('../../fixtures/seeded-phantom.json', import.meta.url), 'utf8'),
) as Expected;
function sum(values: ArrayLike<number>): number {
  let total = 0;
  for (let i = 0; i < values.length; i++) total += values[i]!;
  return total;
}

/** The phantom with another region: those voxels for which `isInside` holds. */
function phantomWith(isInside: (x: number, y: number, z: number) => boolean): { volume: Volume; mask: Mask } {
  const { volume, mask } = seededPhantom(expected.seed);
  const [nx, ny] = volume.size;
  const voxels = mask.voxels.map((_, i) =>
    Number(isInside(i % nx, Math.floor(i / nx) % ny, Math.floor(i / (nx * ny)))),
  );
  return { volume, mask: { ...mask, voxels } };
}
const extracted = ({ volume, mask }: { volume: Volume; mask: Mask }, settings = EAR_2023, names = ALL) =>
  extractFeatures(volume, mask, settings, names);
const faultOf = (code: string) => expect.objectContaining({ code });

describe('the seeded phantom', () => {
  const phantom = seededPhantom(expected.seed);

  it('is the one that the oracle measured', () => {
    expect(sum(phantom.volume.voxels)).toBe(expected.voxelSum);
    expect(sum(phantom.mask.voxels)).toBe(expected.maskVoxels);
  });
  it.each(Object.keys(expected.features))('has the %s that slow double loops give', (name) => {
    const { features, grid, roiVoxels } = extracted(phantom);
    expect(grid.size).toEqual(expected.size);
    expect(roiVoxels).toBe(expected.roiVoxels);
    expect(Math.abs(features[name]! / expected.features[name]! - 1)).toBeLessThan(1e-9);
  });
});

describe('an extraction', () => {
  const phantom = seededPhantom(expected.seed);

  it('computes what is asked for and nothing else', () => {
    expect(Object.keys(extracted(phantom, EAR_2023, [LOG_3]).features)).toEqual([LOG_3]);
    expect(extracted(phantom, EAR_2023, [LOG_3]).features[LOG_3]).toBe(extracted(phantom).features[LOG_3]);
  });
  it('leaves image and mask as they were', () => {
    const copy = seededPhantom(expected.seed);
    extracted(phantom);
    expect(phantom).toEqual(copy);
  });
  it('refuses a name that is unknown, or of an image that the settings leave out', () => {
    expect(() => extracted(phantom, EAR_2023, ['original_glcm_Nothing'])).toThrow(faultOf('FEATURE_UNKNOWN'));
    const noLog = { ...EAR_2023, imageTypes: { Original: true, LoG: [] } };
    expect(() => extracted(phantom, noLog, [LOG_3])).toThrow(faultOf('FEATURE_UNKNOWN'));
  });
  it('refuses a mask of another size than the image', () => {
    const mask: Mask = { ...phantom.mask, size: [1, 1, 1], voxels: Uint8Array.of(1) };
    expect(() => extracted({ ...phantom, mask })).toThrow(faultOf('MASK_NOT_OF_SERIES'));
  });
});

describe('a region that is too small', () => {
  it('is refused when empty', () => {
    expect(() => extracted(phantomWith(() => false))).toThrow(faultOf('MASK_EMPTY'));
  });
  it('is refused when one voxel', () => {
    const one = phantomWith((x, y, z) => x === 20 && y === 12 && z === 9);
    expect(() => extracted(one)).toThrow(faultOf('ROI_TOO_SMALL'));
    expect(() => extracted(one, { ...EAR_2023, minimumROIDimensions: 0 })).toThrow(faultOf('ROI_TOO_SMALL'));
  });
  it('is refused when one row, unless one dimension is allowed', () => {
    const row = phantomWith((x, y, z) => x > 15 && x < 25 && y === 12 && z === 9);
    expect(() => extracted(row)).toThrow(faultOf('ROI_TOO_SMALL'));
    expect(extracted(row, { ...EAR_2023, minimumROIDimensions: 1 }).features[ORIGINAL]).toBeGreaterThan(0);
  });
  it('is refused when it has not more voxels than the minimum', () => {
    const four = phantomWith((x, y, z) => (x === 20 || x === 21) && (y === 12 || y === 13) && z === 9);
    expect(() => extracted(four, { ...EAR_2023, minimumROISize: 4 })).toThrow(faultOf('ROI_TOO_SMALL'));
    expect(extracted(four, { ...AS_IT_IS, minimumROISize: 3 }, [ORIGINAL]).roiVoxels).toBe(4);
  });
  it('on one slice still has features', () => {
    const slice = phantomWith((x, y, z) => Math.hypot(x - 20, y - 12) < 6 && z === 9);
    const { features } = extracted(slice);
    expect(features['original_shape_Flatness']).toBe(0);
    expect(Object.values(features).every((value) => value !== null)).toBe(true);
  });
});

describe('an undefined feature is null, with its reason', () => {
  it('when the filtered image is flat: rounding noise is not a texture', () => {
    const { volume, mask } = seededPhantom(expected.seed);
    for (const hu of [40, -1000, 0, 3000]) {
      const flat: Volume = { ...volume, voxels: new Int16Array(volume.voxels.length).fill(hu) };
      const { features, undefinedBecause } = extracted({ volume: flat, mask }, AS_IT_IS);
      expect(features).toMatchObject({ [ORIGINAL]: 0, [LOG_3]: null });
      expect(undefinedBecause).toMatchObject({ [LOG_3]: 'the filtered image is flat' });
      expect(undefinedBecause).not.toHaveProperty(ORIGINAL);
    }
  });
  it('when no two voxels of the region touch', () => {
    const apart = phantomWith((x, y, z) => x % 3 === 0 && y % 3 === 0 && z === 9);
    const { features, undefinedBecause } = extracted(apart, AS_IT_IS, [ORIGINAL]);
    expect(features).toEqual({ [ORIGINAL]: null });
    expect(undefinedBecause[ORIGINAL]).toMatch(/touch/);
  });
  it('when the image is too thin for the filter', () => {
    const { volume, mask } = phantomWith((x, y) => Math.hypot(x - 20, y - 12) < 6);
    const thin = 37 * 31 * 3;
    const cut = <T extends Volume | Mask>(of: T): T => ({
      ...of,
      size: [37, 31, 3],
      voxels: of.voxels.slice(0, thin),
    });
    const { features, undefinedBecause } = extracted({ volume: cut(volume), mask: cut(mask) });
    expect(features[ORIGINAL]).toBeGreaterThan(0);
    expect(features[LOG_3]).toBeNull();
    expect(undefinedBecause[LOG_3]).toMatch(/fewer than 4 voxels/);
  });
  it('when sigma is too large for the image, but not for smaller sigmas', () => {
    const small = phantomWith((x, y, z) => x > 18 && x < 23 && y > 11 && y < 15 && z > 8 && z < 11);
    const wide: ExtractionSettings = { ...EAR_2023, imageTypes: { Original: false, LoG: [1.5, 20] } };
    const { features, undefinedBecause } = extracted(small, wide, featureNames(wide));
    expect(features['log-sigma-1-5-mm-3D_glcm_DifferenceVariance']).toBeGreaterThan(0);
    expect(undefinedBecause['log-sigma-20-0-mm-3D_glcm_DifferenceVariance']).toMatch(
      /too small for sigma 20/,
    );
  });
});
