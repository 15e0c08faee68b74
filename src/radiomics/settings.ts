import type { FeatureFamily } from './feature-table.ts';

/** How features are extracted. Names are PyRadiomics'; units mm and the image's own (HU). Axes are x, y, z unless said otherwise. */
export type ExtractionSettings = Readonly<{
  imageTypes: Readonly<{
    Original: boolean;
    /** sigmas, mm */
    LoG: readonly number[];
  }>;
  /** features by family, without image type: PyRadiomics' featureClass */
  featureClass: Readonly<Partial<Record<FeatureFamily, readonly string[]>>>;

  /** grey values to mean 0 and SD `normalizeScale` of the whole image, before anything else */
  normalize: boolean;
  normalizeScale: number;
  /** after normalising, values beyond this many SD are set to it; null: left */
  removeOutliers: number | null;

  /** mm along x, y, z; 0 keeps the mask's spacing; null: no resampling */
  resampledPixelSpacing: readonly [number, number, number] | null;
  interpolator: 'sitkBSpline' | 'sitkLinear' | 'sitkNearestNeighbor';
  /** voxels kept around the region's box after resampling or preCrop */
  padDistance: number;
  /** without resampling: work on the region's box and its padding only */
  preCrop: boolean;

  /** [low] or [low, high] of the values that stay in the mask; null: all */
  resegmentRange: readonly number[] | null;
  /** what the range means: values, fractions of the region's maximum, or SDs about its mean */
  resegmentMode: 'absolute' | 'relative' | 'sigma';
  /** the shape is that of the resegmented mask too */
  resegmentShape: boolean;
  /** named ranges of values, inclusive, taken out of the mask before anything else; none: off */
  refineHU: readonly Readonly<{ name: string; from: number; to: number }>[];

  /** value of the mask file that is the region */
  label: number;
  /** a mask on another grid is resampled to the image's by nearest neighbour instead of refused */
  correctMask: boolean;
  /** largest difference of origin, spacing (relative to spacing) and direction that counts as the same grid */
  geometryTolerance: number;
  /** dimensions of the region's box longer than one voxel */
  minimumROIDimensions: number;
  /** voxels that the region must exceed; null: any */
  minimumROISize: number | null;

  /** fixed number of bins; null: `binWidth` */
  binCount: number | null;
  binWidth: number;
  /** added to grey values in Energy, TotalEnergy and RootMeanSquared */
  voxelArrayShift: number;

  /** Chebyshev distances to neighbours, voxels */
  distances: readonly number[];
  /** neighbours only in the plane across array axis `force2Ddimension` (0: z, 1: y, 2: x) */
  force2D: boolean;
  force2Ddimension: 0 | 1 | 2;
  symmetricalGLCM: boolean;
  /** weights of directions when GLCM and GLRLM are merged into one matrix; null: features are averaged over directions */
  weightingNorm: 'manhattan' | 'euclidean' | 'infinity' | 'no_weighting' | null;
  /** largest difference of level that counts as dependent */
  gldm_a: number;
}>;

/** Where texture families look for neighbours. */
export type NeighbourSettings = Pick<ExtractionSettings, 'distances' | 'force2D' | 'force2Ddimension'>;
