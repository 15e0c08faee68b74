import { FEATURES, type FeatureFamily } from './feature-table.ts';
import type { ExtractionSettings } from './settings.ts';

/** Every feature of the named families that is on by default. */
export function defaultFeatures(families: readonly FeatureFamily[]): ExtractionSettings['featureClass'] {
  const of = (family: FeatureFamily) =>
    FEATURES.filter((row) => row.family === family && row.isDefault !== false).map(({ feature }) => feature);
  return Object.fromEntries(families.map((family) => [family, of(family)]));
}

/**
 * Profile `ear-2023`: the paper's settings, 386 features. Of these the paper used 378: all but, most probably, GLCM SumAverage
 * and MCC of its four images.
 */
export const EAR_2023: ExtractionSettings = {
  imageTypes: { Original: true, LoG: [1.5, 3.0, 5.0] },
  featureClass: defaultFeatures(['shape', 'firstorder', 'glcm', 'gldm', 'glrlm', 'glszm', 'ngtdm']),
  normalize: false,
  normalizeScale: 1,
  removeOutliers: null,
  resampledPixelSpacing: [0.702, 0.702, 0],
  interpolator: 'sitkBSpline',
  padDistance: 5,
  preCrop: false,
  resegmentRange: null,
  resegmentMode: 'absolute',
  resegmentShape: false,
  refineHU: [],
  label: 1,
  correctMask: false,
  geometryTolerance: 1e-6,
  minimumROIDimensions: 2,
  minimumROISize: null,
  binCount: 50,
  binWidth: 25,
  voxelArrayShift: 0,
  distances: [1],
  force2D: false,
  force2Ddimension: 0,
  symmetricalGLCM: true,
  weightingNorm: null,
  gldm_a: 0,
};
