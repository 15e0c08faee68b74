import type { Kernels } from '../../kernels/kernels.ts';
import type { FeatureFamily } from '../feature-table.ts';
import type { RoiImage } from '../image-types.ts';
import type { Region } from '../region.ts';
import type { ExtractionSettings } from '../settings.ts';
import { firstOrderFeatures } from './first-order.ts';
import { glcmFeatures } from './glcm.ts';
import { gldmFeatures } from './gldm.ts';
import { glrlmFeatures } from './glrlm.ts';
import { glszmFeatures } from './glszm.ts';
import { ngtdmFeatures } from './ngtdm.ts';
import { shapeFeatures } from './shape.ts';
import { shape2DFeatures } from './shape2d.ts';

type Values = ReadonlyMap<string, number>;
type OfImage = (
  image: RoiImage,
  settings: ExtractionSettings,
  names: readonly string[],
  kernels: Kernels,
) => Values;

const FAMILIES: Readonly<Record<Exclude<FeatureFamily, 'shape' | 'shape2D'>, OfImage>> = {
  firstorder: ({ region, values, levels }, settings, names) => {
    const [x, y, z] = region.volume.spacing;
    return firstOrderFeatures({ values, levels, voxelVolume: x * y * z }, settings, names);
  },
  glcm: ({ region, levels }, settings, names, kernels) =>
    glcmFeatures(levels, settings, names, region.volume.spacing, kernels),
  glrlm: ({ region, levels }, settings, names, kernels) =>
    glrlmFeatures(levels, settings, names, region.volume.spacing, kernels.texture),
  glszm: ({ levels }, settings, names, kernels) => glszmFeatures(levels, settings, names, kernels.texture),
  gldm: ({ levels, around }, _, names) => gldmFeatures(levels, around(), names),
  ngtdm: ({ levels, around }, _, names) => ngtdmFeatures(levels, around(), names),
};

/** Features of one family of one image by name; NaN: undefined. */
export function familyFeatures(
  family: keyof typeof FAMILIES,
  image: RoiImage,
  settings: ExtractionSettings,
  names: readonly string[],
  kernels: Kernels,
): Values {
  return FAMILIES[family](image, settings, names, kernels);
}

/** Features of the region's shape by name, or why it has none: shape2D is that of one slice, with force2D. */
export function shapeOf(
  family: 'shape' | 'shape2D',
  { inside, box, volume }: Region,
  { force2D, force2Ddimension }: ExtractionSettings,
  names: readonly string[],
): Values | string {
  const region = { inside, size: box.size, spacing: volume.spacing };
  if (family === 'shape') return shapeFeatures(region, names);
  if (!force2D) return 'shape2D needs force2D';
  if (box.size[2 - force2Ddimension]! > 1)
    return 'the region is thicker than one slice across force2Ddimension';
  return shape2DFeatures({ ...region, force2Ddimension }, names);
}
