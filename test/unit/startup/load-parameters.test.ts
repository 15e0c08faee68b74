import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { featureNames } from '../../../src/radiomics/features.ts';
import { EAR_2023 } from '../../../src/radiomics/profile.ts';
import { loadParameterFile } from '../../../src/startup/load-parameters.ts';

const folder = mkdtempSync(join(tmpdir(), 'earshot-parameters-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const load = (text: string) => {
  const file = join(folder, 'params.yaml');
  writeFileSync(file, text);
  return loadParameterFile(file);
};
const refusal = (text: string): string => {
  try {
    load(text);
  } catch (thrown) {
    return String(thrown);
  }
  return 'none';
};

describe('a PyRadiomics parameter file', () => {
  it('of the example is profile ear-2023', () => {
    const example = loadParameterFile(
      fileURLToPath(new URL('../../../docs/examples/ear-2023.yaml', import.meta.url)),
    );
    expect(example).toEqual(EAR_2023);
  });
  it('has the defaults of PyRadiomics', () => {
    const settings = load('setting: {}');
    expect(settings).toMatchObject({
      imageTypes: { Original: true, LoG: [] },
      binWidth: 25,
      binCount: null,
      resampledPixelSpacing: null,
      interpolator: 'sitkBSpline',
      padDistance: 5,
      minimumROIDimensions: 2,
      geometryTolerance: 1e-6,
    });
    expect(featureNames(settings)).toHaveLength(107);
  });
  it('takes all settings that are supported', () => {
    const settings = load(`
imageType: { Original: {}, LoG: { sigma: [2, 4.5] } }
featureClass: { firstorder: [Mean, StandardDeviation], glcm: [], shape2D: }
setting:
  binWidth: 10
  resampledPixelSpacing: [1, 1, 0]
  interpolator: sitkLinear
  padDistance: 3
  normalize: true
  normalizeScale: 100
  removeOutliers: 3
  resegmentRange: [-3, 3]
  resegmentMode: sigma
  force2D: true
  force2Ddimension: 0
  label: 2
  distances: [1, 2]
  symmetricalGLCM: false
  voxelArrayShift: 300
  minimumROIDimensions: 1
  minimumROISize: 50
  preCrop: true
  correctMask: true
  geometryTolerance: 0.001
  weightingNorm: euclidean
  gldm_a: 1
  refineHU: [{ name: fat, from: -150, to: -30 }]
`);
    expect(settings.featureClass).toEqual({
      shape2D: expect.arrayContaining(['Perimeter']),
      firstorder: ['Mean', 'StandardDeviation'],
      glcm: expect.arrayContaining(['MCC']),
    });
    expect(settings).toMatchObject({ distances: [1, 2], weightingNorm: 'euclidean', gldm_a: 1, label: 2 });
  });
  it.each(['imageType: {}', 'imageType:', 'featureClass: {}', 'featureClass:', 'setting:'])(
    'takes an empty section (%s) for one that is not there',
    (text) => expect(load(text)).toEqual(load('{}')),
  );
  it('counts a sigma or a feature once, however often it is named', () => {
    const { imageTypes, featureClass } = load(
      'imageType: { LoG: { sigma: [2, 2.0] } }\nfeatureClass: { glcm: [Id, Id] }',
    );
    expect(imageTypes.LoG).toEqual([2]);
    expect(featureClass.glcm).toEqual(['Id']);
  });
  it.each([1, 2, 3])("takes SimpleITK's number %i of an interpolator", (n) => {
    const names = { 1: 'sitkNearestNeighbor', 2: 'sitkLinear', 3: 'sitkBSpline' };
    expect(load(`setting: { interpolator: ${n} }`).interpolator).toBe(names[n as 1]);
  });
  it.each([
    ['setting:\n  binWidht: 5', /params\.yaml:2:3 .*binWidht/],
    ['imageType:\n  Original: {}\n  Wavelet: {}', /params\.yaml:3:\d+ imageType\.Wavelet: .*not supported/],
    ['imageType:\n  Square:', /params\.yaml:2:\d+ imageType\.Square: .*not supported/],
    ['imageType:\n  Original: { binWidth: 5 }', /params\.yaml:2:\d+ .*binWidth/],
    ['imageType:\n  LoG: { sigma: [0] }', /params\.yaml:2:\d+ /],
    ['featureClass:\n  glcm: [Homogeneity1]', /params\.yaml:2:\d+ .*deprecated; instead: Id/],
    ['featureClass:\n  glcm: [Nothing]', /params\.yaml:2:\d+ .*no feature "Nothing"/],
    ['featureClass:\n  gtsdm:', /params\.yaml:2:\d+ .*gtsdm/],
    ['setting:\n  interpolator: sitkGaussian', /params\.yaml:2:\d+ setting\.interpolator/],
    ['setting:\n  resampledPixelSpacing: [1, 1]', /params\.yaml:2:\d+ setting\.resampledPixelSpacing/],
    ['setting:\n  binWidth: -1', /params\.yaml:2:\d+ setting\.binWidth/],
    ['setting:\n  binWidth: 5\n  binWidth: 6', /params\.yaml:3/],
    [
      'setting:\n  binWidht: 5\n  normalise: true',
      /params\.yaml:2:3 .*binWidht.*params\.yaml:3:3 .*normalise/,
    ],
    [
      'setting: { refineHU: [{ name: a, from: 1, to: 2 }, { name: a, from: 3, to: 4 }] }',
      /a name comes twice/,
    ],
    ['voxelSetting:\n  kernelRadius: 2', /params\.yaml:\d+:\d+ voxelSetting: .*not supported/],
    ['setting: [', /params\.yaml:1/],
    ['- 1', /params\.yaml:1/],
  ])('%j is refused, and the place is named', (text, message) => {
    expect(refusal(text)).toContain('SETTINGS_INVALID');
    expect(refusal(text)).toMatch(message);
  });
  it('that is not there is told so', () => {
    expect(() => loadParameterFile(join(folder, 'none.yaml'))).toThrow(/INPUT_NOT_FOUND/);
  });
});
