/** A frozen model as data: `models/<id>.json`. The schema is the source of the type and of the validation. */
import { z } from 'zod';
import { digestOf } from '../dicom/uid.ts';
import { Fault } from '../fault.ts';

const featureName = z.string().regex(/^[A-Za-z0-9-]+_[A-Za-z]+_[A-Za-z0-9]+$/, 'a PyRadiomics feature name');
const coefficient = z.number().refine((value) => value !== 0, 'a coefficient of 0 says nothing');

/** What every model file says, whatever it scores. */
const everyModel = {
  id: z.string().regex(/^[a-z0-9][a-z0-9-]{0,62}$/, 'lower case letters, digits and hyphens'),
  version: z.string().min(1).max(16),
  title: z.string().min(1),
  intercept: z.number(),
  /** positive when the unrounded probability is at or above it (FAE's rule) */
  cutOff: z.number().gt(0).lt(1),
  /** rows and prevalence of the training set, and the assumed distribution of z (of each, independently), for the Fisher information */
  training: z
    .strictObject({
      n: z.int().min(2),
      prevalence: z.number().gt(0).lt(1),
      z: z.literal('standardNormal'),
    })
    .readonly(),
  /** extraction profile that the features must have been computed with */
  recipe: z.string().min(1),
  /** SHA-256, hex, of everything in that recipe that changes numbers (radiomics/recipe.ts), as the model was fitted to it */
  recipeDigest: z.string().regex(/^[0-9a-f]{64}$/, 'a SHA-256 in lower case hex'),
  citation: z.string().min(1),
  provenance: z.string().min(1),
};

/** Scores the change of one feature between two time points. */
export const modelFileSchema = z
  .strictObject({
    ...everyModel,
    /** PyRadiomics name of the feature whose delta is scored */
    feature: featureName,
    definition: z.literal('followUpMinusBaseline'),
    coefficient,
  })
  .readonly();

export type ModelFile = z.infer<typeof modelFileSchema>;

/** Scores the follow-up alone, from several features: the paper's comparison model. */
export const classicModelFileSchema = z
  .strictObject({
    ...everyModel,
    definition: z.literal('followUpAlone'),
    /** of each z-scored feature, by its PyRadiomics name */
    coefficients: z
      .record(featureName, coefficient)
      .refine((all) => Object.keys(all).length > 0, 'a model has a feature'),
  })
  .readonly();

export type ClassicModelFile = z.infer<typeof classicModelFileSchema>;

/**
 * The model in the text of a model file, with the SHA-256 of that text (UTF-8, hex).
 * Text that is not JSON or not a model throws MODEL_INVALID with the path of the first wrong value.
 */
export function parseModelFile(text: string): Readonly<{ model: ModelFile; sha256: string }> {
  const parsed = modelFileSchema.safeParse(jsonOf(text));
  if (!parsed.success) {
    const issue = parsed.error.issues[0]!;
    throw new Fault('MODEL_INVALID', `${issue.path.join('.') || 'file'}: ${issue.message}`);
  }
  return { model: parsed.data, sha256: digestOf(text) };
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (thrown) {
    throw new Fault('MODEL_INVALID', 'not JSON', { cause: thrown });
  }
}
