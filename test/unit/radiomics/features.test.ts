import { describe, expect, it } from 'vitest';
import { FEATURES, featureNames, featureOf, logImageName } from '../../../src/radiomics/features.ts';
import { EAR_2023 } from '../../../src/radiomics/settings.ts';

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

describe('the names of a profile', () => {
  it('are the table once for each image, and each is understood', () => {
    const names = featureNames(EAR_2023);
    expect(names).toHaveLength(4 * FEATURES.length);
    expect(new Set(names).size).toBe(names.length);
    expect(names.map((name) => featureOf(name).name)).toEqual(names);
  });
});
