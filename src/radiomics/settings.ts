/** How features are extracted. Names are PyRadiomics'; units mm and HU. */
export type ExtractionSettings = Readonly<{
  /** mm along x, y, z; 0 keeps the mask's spacing; null: no resampling */
  resampledPixelSpacing: readonly [number, number, number] | null;
  interpolator: 'sitkBSpline';
  padDistance: number;
  binCount: number;
  imageTypes: Readonly<{ Original: boolean; LoG: readonly number[] }>;
  /** minimum number of ROI dimensions and voxels */
  minimumROIDimensions: number;
  minimumROISize: number | null;
}>;

/** Profile `ear-2023`: the paper's settings (spec RADIOMICS, first paragraph). */
export const EAR_2023: ExtractionSettings = {
  resampledPixelSpacing: [0.702, 0.702, 0],
  interpolator: 'sitkBSpline',
  padDistance: 5,
  binCount: 50,
  imageTypes: { Original: true, LoG: [1.5, 3.0, 5.0] },
  minimumROIDimensions: 2,
  minimumROISize: null,
};
