import { z } from 'zod';
import { FEATURES, type FeatureFamily } from './feature-table.ts';
import { defaultFeatures } from './profile.ts';
import type { ExtractionSettings } from './settings.ts';

const FAMILIES = ['shape', 'shape2D', 'firstorder', 'glcm', 'gldm', 'glrlm', 'glszm', 'ngtdm'] as const;

/** Features that PyRadiomics has given up, and what says the same. */
const DEPRECATED: Readonly<Record<string, string>> = {
  'shape.Compactness1': 'Sphericity',
  'shape.Compactness2': 'Sphericity',
  'shape.SphericalDisproportion': 'Sphericity',
  'shape2D.SphericalDisproportion': 'Sphericity',
  'glcm.Dissimilarity': 'DifferenceAverage',
  'glcm.Homogeneity1': 'Id',
  'glcm.Homogeneity2': 'Idm',
  'glcm.SumVariance': 'ClusterTendency',
  'gldm.DependencePercentage': 'none: it is always 1',
  'gldm.GrayLevelNonUniformityNormalized': 'firstorder Uniformity',
};

const refused = (why: string) =>
  z
    .unknown()
    .refine((value) => value === undefined, why)
    .optional();
const notYet = refused('this image type is not supported yet');

/** The features of a class by name; none named: all that are on by default. */
function featureList(family: FeatureFamily) {
  const known = new Set(FEATURES.filter((row) => row.family === family).map(({ feature }) => feature));
  return z
    .array(
      z.string().superRefine((name, context) => {
        if (known.has(name)) return;
        const instead = DEPRECATED[`${family}.${name}`];
        context.addIssue({
          code: 'custom',
          message: instead
            ? `"${name}" is deprecated; instead: ${instead}`
            : `${family} has no feature "${name}"`,
        });
      }),
    )
    .nullable()
    .optional();
}

const distinct = <T>(values: readonly T[]): T[] => [...new Set(values)];

const finite = z.number();
const positive = z.number().positive();
const whole = z.int();
const interpolator = z
  .union([z.enum(['sitkBSpline', 'sitkLinear', 'sitkNearestNeighbor']), z.literal([1, 2, 3])], {
    error: 'sitkBSpline, sitkLinear or sitkNearestNeighbor; others are not supported',
  })
  .transform((name) =>
    typeof name === 'string'
      ? name
      : (['sitkNearestNeighbor', 'sitkLinear', 'sitkBSpline'] as const)[name - 1]!,
  );

/** PyRadiomics' settings with PyRadiomics' defaults; `refineHU` is our own. */
const setting = z.strictObject({
  normalize: z.boolean().default(false),
  normalizeScale: finite.default(1),
  removeOutliers: positive.nullable().default(null),
  resampledPixelSpacing: z
    .tuple([z.number().min(0), z.number().min(0), z.number().min(0)])
    .nullable()
    .default(null),
  interpolator: interpolator.default('sitkBSpline'),
  padDistance: whole.min(0).default(5),
  preCrop: z.boolean().default(false),
  resegmentRange: z.array(finite).min(1).max(2).nullable().default(null),
  resegmentMode: z.enum(['absolute', 'relative', 'sigma']).default('absolute'),
  resegmentShape: z.boolean().default(false),
  refineHU: z
    .array(
      z
        .strictObject({ name: z.string().min(1), from: finite, to: finite })
        .refine(({ from, to }) => from <= to, '"from" is above "to"'),
    )
    .refine(
      (ranges) => distinct(ranges.map(({ name }) => name)).length === ranges.length,
      'a name comes twice',
    )
    .default([]),
  label: whole.min(1).default(1),
  label_channel: z.literal(0).optional(),
  correctMask: z.boolean().default(false),
  geometryTolerance: positive.nullable().default(null),
  minimumROIDimensions: whole.min(1).max(3).default(2),
  minimumROISize: whole.min(0).nullable().default(null),
  binCount: whole.min(1).nullable().default(null),
  binWidth: positive.default(25),
  voxelArrayShift: finite.default(0),
  distances: z.array(whole.min(1).max(16)).min(1).default([1]),
  force2D: z.boolean().default(false),
  force2Ddimension: z.literal([0, 1, 2]).default(0),
  symmetricalGLCM: z.boolean().default(true),
  weightingNorm: z.enum(['manhattan', 'euclidean', 'infinity', 'no_weighting']).nullable().default(null),
  gldm_a: z.number().min(0).default(0),
  additionalInfo: z.boolean().optional(),
  enableCExtensions: z.boolean().optional(),
});

/** A PyRadiomics parameter file; what is not supported is refused by name, never ignored. */
export const parameterSchema: z.ZodType<ExtractionSettings> = z
  .strictObject({
    imageType: z
      .strictObject({
        Original: z.strictObject({}).nullable().optional(),
        LoG: z.strictObject({ sigma: z.array(positive).min(1).transform(distinct) }).optional(),
        Wavelet: notYet,
        Square: notYet,
        SquareRoot: notYet,
        Logarithm: notYet,
        Exponential: notYet,
        Gradient: notYet,
        LBP2D: notYet,
        LBP3D: notYet,
      })
      .nullable()
      .optional(),
    featureClass: z
      .strictObject(Object.fromEntries(FAMILIES.map((family) => [family, featureList(family)])))
      .nullable()
      .optional(),
    setting: z.preprocess((given) => given ?? {}, setting),
    voxelSetting: refused('voxel-based extraction is not supported'),
  })
  .transform(
    ({
      imageType,
      featureClass,
      setting: { label_channel, additionalInfo, enableCExtensions, ...rest },
    }) => ({
      ...rest,
      geometryTolerance: rest.geometryTolerance ?? 1e-6,
      imageTypes: imageTypesOf(imageType),
      featureClass: featuresOf(featureClass),
    }),
  );

/** None named: the original. */
function imageTypesOf(
  types: Readonly<{ Original?: unknown; LoG?: { sigma: readonly number[] } | undefined }> | null | undefined,
): ExtractionSettings['imageTypes'] {
  const named = types ?? {};
  return {
    Original: 'Original' in named || named.LoG === undefined,
    LoG: named.LoG?.sigma ?? [],
  };
}

type FeatureClass = Readonly<Record<string, readonly string[] | null | undefined>>;

/** Without any class: all but shape2D, as PyRadiomics has it. */
function featuresOf(classes: FeatureClass | null | undefined): ExtractionSettings['featureClass'] {
  if (!classes || Object.keys(classes).length === 0)
    return defaultFeatures(FAMILIES.filter((family) => family !== 'shape2D'));
  const named = FAMILIES.filter((family) => family in classes);
  return Object.fromEntries(
    named.map((family) => {
      const list = classes[family];
      return [family, list && list.length > 0 ? distinct(list) : (defaultFeatures([family])[family] ?? [])];
    }),
  );
}
