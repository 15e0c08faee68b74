import type { Header } from '../dicom/header.ts';
import type { SeriesRegion } from '../masks/region-on-series.ts';
import type { SeriesGeometry } from '../volume/geometry.ts';
import type { Grid } from '../volume/volume.ts';
import type { PixelPath } from './recipe.ts';
import type { ExtractionSettings } from './settings.ts';

/** What is wanted of one lesion at one time point. */
export type ExtractRequest = Readonly<{
  /** PyRadiomics names */
  features: readonly string[];
  settings: ExtractionSettings;
  /** run the extraction this often and tell the median of its seconds; default 1 */
  repeat?: number;
  /** measure again under perturbed masks, these features; default all */
  isStabilityWanted?: boolean;
  perturbedFeatures?: readonly string[];
}>;

/** One lesion of a DICOM series: which slices, which region of which mask object. Paths are absolute. */
export type MeasureRequest = ExtractRequest & SeriesRegion;

/** One label of a mask file (NRRD, NIfTI) on an image file, or on the slices of a DICOM series. */
export type MeasureFilesRequest = ExtractRequest &
  Readonly<{ image: string | readonly string[]; mask: string }>;

/** The numbers, and what is needed to tell where they come from. */
export type Measured = Readonly<{
  /** PyRadiomics name to value; null is undefined, with its reason in `undefinedBecause` */
  features: Readonly<Record<string, number | null>>;
  undefinedBecause: Readonly<Record<string, string>>;
  /** feature to its values under perturbed masks, by name of the perturbation; empty unless asked for */
  perturbed: Readonly<Record<string, Readonly<Record<string, number | null>>>>;
  /** names everything that changes numbers: values of different recipes are not comparable */
  recipeDigest: string;
  pixelPath: PixelPath;
  /** the image as read, and its voxels in the region */
  grid: Grid;
  /** the padded crop that the features were computed on */
  resampled: Readonly<{ grid: Grid; roiVoxels: number; isInterpolated: boolean }>;
  /** voxels that refinement by HU took out of the mask, by range */
  refinedVoxels: Readonly<Record<string, number>>;
  /** SHA-256, hex, of the HU voxels and of the mask voxels with their grids */
  imageDigest: string;
  maskDigest: string;
  /** reading and decoding; volume and mask in memory to the last feature (median of the repeats); the first repeat */
  seconds: Readonly<{ load: number; extraction: number; cold: number }>;
}>;

export type FileMeasurement = Measured & Readonly<{ roi: Readonly<{ voxels: number; volumeMm3: number }> }>;

/** What the computing thread gives back for a DICOM series: numbers, and the facts that eligibility rules ask about. */
export type Measurement = Measured &
  Readonly<{
    /** header of the first slice after sorting along the normal: the one whose patient attributes are copied */
    header: Header;
    /** every instance used, sorted along the normal; a multi-frame image once */
    instances: readonly Readonly<{ SOPClassUID: string; SOPInstanceUID: string }>[];
    geometry: SeriesGeometry;
    roi: RoiDescription;
    /** names and values of what was tolerated while reading mask and image (SR.md 4: QC findings) */
    findings: readonly string[];
  }>;

/** The region as drawn, on the grid of its image. */
export type RoiDescription = Readonly<{
  voxels: number;
  /** ROI voxels times voxel volume */
  volumeMm3: number;
  /** slice index range that the ROI touches, inclusive */
  slices: readonly [number, number];
  /** a voxel of the ROI is pixel padding */
  hasPadding: boolean;
  /** the largest distance within one slice (RECIST's longest diameter) */
  longestInPlaneDiameterMm: number;
  maximum3DDiameterMm: number;
  /** share of the ROI's voxels, 0 to 1, that hold air (HU of -900 or less) or water (HU of -10 to 20) */
  airFraction: number;
  fluidFraction: number;
}>;
