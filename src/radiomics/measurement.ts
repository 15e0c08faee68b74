import type { Header } from '../dicom/header.ts';
import type { SeriesGeometry } from '../volume/geometry.ts';
import type { Grid } from '../volume/volume.ts';
import type { ExtractionSettings } from './settings.ts';

/** One lesion at one time point: which slices, which region, which features. Paths are absolute. */
export type MeasureRequest = Readonly<{
  images: readonly string[];
  mask: Readonly<{ file: string; region: number }>;
  /** PyRadiomics names */
  features: readonly string[];
  settings: ExtractionSettings;
}>;

/** What the computing thread gives back: numbers, and the facts that eligibility rules ask about. */
export type Measurement = Readonly<{
  /** PyRadiomics name to value; null is undefined, with its reason in `undefinedBecause` */
  features: Readonly<Record<string, number | null>>;
  undefinedBecause: Readonly<Record<string, string>>;
  /** header of the first slice after sorting along the normal: the one whose patient attributes are copied */
  header: Header;
  /** every slice used, sorted along the normal */
  instances: readonly Readonly<{ SOPClassUID: string; SOPInstanceUID: string }>[];
  grid: Grid;
  geometry: SeriesGeometry;
  roi: Readonly<{
    voxels: number;
    /** ROI voxels times voxel volume, original grid */
    volumeMm3: number;
    /** slice index range that the ROI touches, inclusive */
    slices: readonly [number, number];
    /** a voxel of the ROI is pixel padding */
    hasPadding: boolean;
  }>;
  /** names and values of what was tolerated while reading mask and image (SR.md 4: QC findings) */
  findings: readonly string[];
  /** SHA-256, hex, of the HU voxels and of the mask voxels with their grids */
  imageDigest: string;
  maskDigest: string;
}>;
