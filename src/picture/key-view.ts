/** What a reader is shown of one lesion at one time point: the slice with its largest area, and the filtered lesion. */

import type { SeriesRegion } from '../masks/region-on-series.ts';
import type { ExtractionSettings } from '../radiomics/settings.ts';

/** 8-bit grey values, row by row. */
export type GreyImage = Readonly<{ columns: number; rows: number; pixels: Uint8Array }>;

/** A closed polygon, first point not repeated: column and row of each point, 0\0 the outer corner of the first pixel (PS3.3 C.18.6.1.1). */
export type PixelPolygon = readonly (readonly [column: number, row: number])[];

/** The view of one region of a series, filtered as `feature` (PyRadiomics name) is computed. Paths are absolute. */
export type ViewRequest = SeriesRegion & Readonly<{ settings: ExtractionSettings; feature: string }>;

export type KeyView = Readonly<{
  /** the image that holds the slice; FrameNumber of a multi-frame image, from 1 */
  SOPClassUID: string;
  SOPInstanceUID: string;
  FrameNumber?: number | undefined;
  /** mm between rows and between columns */
  pixelSpacingMm: readonly [row: number, column: number];
  /** patient directions (L, R, A, P, H, F) of the right end of a row and of the lower end of a column (PS3.3 C.7.6.1.1.1) */
  PatientOrientation?: readonly [row: string, column: string] | undefined;
  /** the whole slice in the lung window: level -500, width 1500 */
  image: GreyImage;
  /** outlines of the region on this slice, holes too, in pixels of `image` */
  contours: readonly PixelPolygon[];
  /** the plane of the filtered image, in resampled pixels, through the same slice and around the region; undefined: there is none */
  filtered?:
    | Readonly<{
        columns: number;
        rows: number;
        values: Float32Array;
        /** mm, columns and rows alike */
        pixelSpacingMm: readonly [row: number, column: number];
        contours: readonly PixelPolygon[];
      }>
    | undefined;
}>;
