import { Fault } from '../fault.ts';
import type { ExtractionSettings } from './settings.ts';

type FeatureFamily = 'glcm';

/** A feature apart from the image it is taken of: one row of the feature table. */
export type FeatureRow = Readonly<{
  family: FeatureFamily;
  /** PyRadiomics' name, without image type and family */
  feature: string;
  /** code of the IBSI reference manual, coding scheme IBSI */
  ibsi: string;
  /** code meaning of that code */
  meaning: string;
  /** UCUM code of the unit for a CT image */
  unit: string;
}>;

/** Every feature that can be computed: the one table for the engine, tables of values, model files and reports. */
export const FEATURES: readonly FeatureRow[] = [
  {
    family: 'glcm',
    feature: 'DifferenceVariance',
    ibsi: 'D3YU',
    meaning: 'Difference Variance of GLCM',
    unit: '1',
  },
];

/** A feature of an image: `<imageType>_<family>_<feature>`, PyRadiomics' full name. */
export type Feature = FeatureRow & Readonly<{ name: string; imageType: ImageType }>;
export type ImageType = Readonly<{ name: string; sigmaMm?: number }>;

const LOG_NAME = /^log-sigma-(\d+)-(\d+)-mm-3D$/;

/** PyRadiomics' name of a Laplacian of Gaussian image: 3 mm is `log-sigma-3-0-mm-3D`. */
export function logImageName(sigmaMm: number): string {
  const decimal = Number.isInteger(sigmaMm) ? sigmaMm.toFixed(1) : String(sigmaMm);
  return `log-sigma-${decimal.replace('.', '-')}-mm-3D`;
}

/** What a full PyRadiomics name means. Throws FEATURE_UNKNOWN when it is not in the table. */
export function featureOf(name: string): Feature {
  const [imageName, family, feature, ...rest] = name.split('_');
  const row = FEATURES.find((r) => r.family === family && r.feature === feature);
  const imageType = imageTypeOf(imageName ?? '');
  if (row === undefined || imageType === undefined || rest.length > 0) {
    throw new Fault('FEATURE_UNKNOWN', `"${name.slice(0, 80)}"`);
  }
  return { ...row, name, imageType };
}

function imageTypeOf(name: string): ImageType | undefined {
  if (name === 'original') return { name };
  const sigma = LOG_NAME.exec(name);
  const sigmaMm = sigma ? Number(`${sigma[1]}.${sigma[2]}`) : undefined;
  return sigmaMm !== undefined && logImageName(sigmaMm) === name ? { name, sigmaMm } : undefined;
}

/** Names of all features that the settings ask for, image type by image type. */
export function featureNames({ imageTypes }: ExtractionSettings): readonly string[] {
  const images = [...(imageTypes.Original ? ['original'] : []), ...imageTypes.LoG.map(logImageName)];
  return images.flatMap((image) => FEATURES.map(({ family, feature }) => `${image}_${family}_${feature}`));
}
