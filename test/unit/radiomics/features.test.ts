import { describe, expect, it } from 'vitest';
import { FEATURES } from '../../../src/radiomics/feature-table.ts';
import { featureNames, featureOf, logImageName } from '../../../src/radiomics/features.ts';
import { EAR_2023 } from '../../../src/radiomics/profile.ts';

describe('a feature name', () => {
  it('tells its IBSI code, unit and family', () => {
    expect(featureOf('log-sigma-3-0-mm-3D_glcm_DifferenceVariance')).toMatchObject({
      ibsi: 'D3YU',
      meaning: 'Difference Variance of GLCM',
      unit: '1',
      family: 'glcm',
      imageType: { sigmaMm: 3 },
    });
    expect(featureOf('original_glcm_DifferenceVariance').imageType).toEqual({ name: 'original' });
  });
  it.each([
    '',
    'original',
    'original_glcm_Contrasts',
    'wavelet_glcm_DifferenceVariance',
    'original_glcm_DifferenceVariance_x',
  ])('that is not in the table is refused: "%s"', (name) => {
    expect(() => featureOf(name)).toThrow(expect.objectContaining({ code: 'FEATURE_UNKNOWN' }));
  });
  it('of a Laplacian of Gaussian writes sigma as PyRadiomics does', () => {
    expect([1.5, 3, 5, 0.25, 10].map(logImageName)).toEqual(
      ['1-5', '3-0', '5-0', '0-25', '10-0'].map((sigma) => `log-sigma-${sigma}-mm-3D`),
    );
    expect(() => featureOf('log-sigma-3-00-mm-3D_glcm_DifferenceVariance')).toThrow(/FEATURE_UNKNOWN/);
  });
});

describe('the names of profile ear-2023', () => {
  const names = featureNames(EAR_2023);
  it('are 386: 14 of shape, and 93 of each of four images', () => {
    expect(names).toHaveLength(386);
    expect(names.filter((name) => name.startsWith('original_shape_'))).toHaveLength(14);
    expect(names.filter((name) => name.startsWith('log-sigma-3-0-mm-3D_'))).toHaveLength(93);
  });
  it('are understood, each once', () => {
    expect(new Set(names).size).toBe(names.length);
    expect(names.map((name) => featureOf(name).name)).toEqual(names);
  });
  it('leave out what is off by default: StandardDeviation and shape2D', () => {
    expect(names.some((name) => /StandardDeviation|shape2D/.test(name))).toBe(false);
    expect(featureOf('original_firstorder_StandardDeviation').unit).toBe("[hnsf'U]");
  });
});

describe('the feature table', () => {
  it('has every family whole', () => {
    const counts: Record<string, number> = {};
    for (const { family } of FEATURES) counts[family] = (counts[family] ?? 0) + 1;
    expect(counts).toEqual({
      shape: 14,
      shape2D: 9,
      firstorder: 19,
      glcm: 24,
      glrlm: 16,
      glszm: 16,
      gldm: 14,
      ngtdm: 5,
    });
  });
  it('names no feature and no IBSI code twice', () => {
    expect(new Set(FEATURES.map(({ family, feature }) => `${family}_${feature}`)).size).toBe(FEATURES.length);
    const codes = FEATURES.flatMap(({ ibsi }) => ibsi ?? []);
    expect(new Set(codes).size).toBe(codes.length);
    expect(codes.every((code) => /^[0-9A-Z]{4}$/.test(code))).toBe(true);
  });
  it('does not take a shape of a filtered image', () => {
    expect(() => featureOf('log-sigma-3-0-mm-3D_shape_MeshVolume')).toThrow(/FEATURE_UNKNOWN/);
  });
});
