import { Fault } from '../fault.ts';
import { FEATURES, type FeatureFamily, type FeatureRow } from './feature-table.ts';
import type { ExtractionSettings } from './settings.ts';

/** A feature of an image: `<imageType>_<family>_<feature>`, PyRadiomics' full name. */
export type Feature = FeatureRow & Readonly<{ name: string; imageType: ImageType }>;
export type ImageType = Readonly<{ name: string; sigmaMm?: number }>;

const ROWS: ReadonlyMap<string, FeatureRow> = new Map(
  FEATURES.map((row) => [`${row.family}_${row.feature}`, row]),
);
const LOG_NAME = /^log-sigma-(\d+)-(\d+)-mm-3D$/;

/** PyRadiomics' name of a Laplacian of Gaussian image: 3 mm is `log-sigma-3-0-mm-3D`. */
export function logImageName(sigmaMm: number): string {
  const decimal = Number.isInteger(sigmaMm) ? sigmaMm.toFixed(1) : String(sigmaMm);
  return `log-sigma-${decimal.replace('.', '-')}-mm-3D`;
}

/** Features by full name that were asked for before; a program asks for the same ones again and again. */
const KNOWN = new Map<string, Feature>();
const MOST_KNOWN = 10_000;

/** What a full PyRadiomics name means. Throws FEATURE_UNKNOWN when it is not in the table. */
export function featureOf(name: string): Feature {
  const known = KNOWN.get(name);
  if (known) return known;
  const feature = parsed(name);
  if (KNOWN.size < MOST_KNOWN) KNOWN.set(name, feature);
  return feature;
}

function parsed(name: string): Feature {
  const [imageName, family, feature, ...rest] = name.split('_');
  const row = ROWS.get(`${family}_${feature}`);
  const imageType = imageTypeOf(imageName ?? '');
  const isOfNoImage = row !== undefined && isShape(row.family) && imageType?.sigmaMm !== undefined;
  if (row === undefined || imageType === undefined || isOfNoImage || rest.length > 0) {
    throw new Fault('FEATURE_UNKNOWN', `"${name.slice(0, 80)}"`);
  }
  return { ...row, name, imageType };
}

/** The shape is that of the mask: it has no grey values, and PyRadiomics calls it `original`. */
export function isShape(family: FeatureFamily): family is 'shape' | 'shape2D' {
  return family === 'shape' || family === 'shape2D';
}

function imageTypeOf(name: string): ImageType | undefined {
  if (name === 'original') return { name };
  const sigma = LOG_NAME.exec(name);
  const sigmaMm = sigma ? Number(`${sigma[1]}.${sigma[2]}`) : undefined;
  return sigmaMm !== undefined && logImageName(sigmaMm) === name ? { name, sigmaMm } : undefined;
}

/** Names of all features that the settings ask for: shape, then image type by image type. */
export function featureNames({ imageTypes, featureClass }: ExtractionSettings): readonly string[] {
  const images = [...(imageTypes.Original ? ['original'] : []), ...imageTypes.LoG.map(logImageName)];
  const classes = Object.entries(featureClass) as [FeatureFamily, readonly string[]][];
  const named = (image: string, isWanted: (family: FeatureFamily) => boolean) =>
    classes
      .filter(([family]) => isWanted(family))
      .flatMap(([family, features]) => features.map((feature) => `${image}_${family}_${feature}`));
  return [
    ...named('original', isShape),
    ...images.flatMap((image) => named(image, (family) => !isShape(family))),
  ];
}
