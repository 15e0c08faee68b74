import { canonicalJson, digestOf } from '../dicom/uid.ts';
import { isInteger, type Volume } from '../volume/volume.ts';
import type { ExtractionSettings } from './settings.ts';

/** Goes up when the same inputs and settings give other numbers. */
export const ENGINE = 'earshot-radiomics-1';

/** integer: interpolated values are truncated. float32: they are rounded to float32. The same scan gives other numbers. */
export type PixelPath = 'integer' | 'float32' | 'float64';

export function pixelPathOf({ voxels }: Volume): PixelPath {
  if (isInteger(voxels)) return 'integer';
  return voxels instanceof Float32Array ? 'float32' : 'float64';
}

/** SHA-256, hex, of everything that changes numbers. Which features and images are asked for, and which label, does not. */
export function recipeDigest(settings: ExtractionSettings, pixelPath: PixelPath): string {
  const {
    imageTypes: _,
    featureClass: __,
    label: ___,
    minimumROIDimensions: ____,
    minimumROISize: _____,
    ...numeric
  } = settings;
  return digestOf(canonicalJson({ engine: ENGINE, pixelPath, settings: numeric }));
}
