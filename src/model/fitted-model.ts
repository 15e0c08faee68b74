/** A model that the lab has fitted: everything that scoring needs, and how it was made. */
import { z } from 'zod';
import { digestOf } from '../dicom/uid.ts';
import { Fault } from '../fault.ts';
import { referenceSchema } from './reference.ts';

const finite = z.number();
const sha256 = z.string().regex(/^[0-9a-f]{64}$/, 'a SHA-256 in lower case hex');

/** What is scored: the value itself, or its change since the reference. `changePerMonth`: a month is 365.25 / 12 days. */
export const DEFINITIONS = [
  'followUpAlone',
  'followUpMinusBaseline',
  'relativeChange',
  'logRatio',
  'changePerMonth',
] as const;
export const REFERENCES = ['baseline', 'previous', 'nadir'] as const;

/** Of a linear support vector machine: decision values, and what makes a probability of them, P = 1 / (1 + exp(A f + B)). */
const supportVectorMachine = z.strictObject({
  kind: z.literal('linearSVC'),
  C: z.number().positive(),
  decision: z.strictObject({ coefficients: z.array(finite), intercept: finite }),
  /** A is below 0; where it is not, the decision values rank the wrong way round and the model has no probability */
  platt: z.strictObject({ A: z.number().negative(), B: finite }),
});
const logisticRegression = z.strictObject({
  kind: z.literal('logisticRegression'),
  /** null: no penalty */
  C: z.number().positive().nullable(),
});

/** ComBat, frozen: of a value x of feature j in batch b, (x - mean_j - gamma_bj * sd_j) / sqrt(delta_bj) + mean_j with parameters as stored. */
const harmonisation = z.strictObject({
  method: z.literal('ComBat'),
  /** column of the table that names the batch */
  batch: z.enum(['site', 'scanner', 'kernel']),
  /** per feature of the model, in its order */
  features: z.array(
    z.strictObject({
      name: z.string(),
      /** pooled mean and SD before the batches are told apart */
      mean: finite,
      sd: z.number().positive(),
      /** by batch: shift and scale (variance ratio) after shrinkage */
      batches: z.record(z.string(), z.strictObject({ gamma: finite, delta: z.number().positive() })),
    }),
  ),
});

export const fittedModelSchema = z
  .strictObject({
    kind: z.literal('fitted'),
    id: z.string().regex(/^[a-z0-9][a-z0-9-]{0,62}$/, 'lower case letters, digits and hyphens'),
    version: z.string().min(1).max(16),
    title: z.string().min(1).max(200),
    definition: z.enum(DEFINITIONS),
    /** of a change: since when. `baseline` for followUpAlone, where it means nothing */
    reference: z.enum(REFERENCES),
    /** in the order of `covariance`; z = (x - mean) / sd, mean and population SD (ddof 0) of the training rows */
    features: z
      .array(
        z.strictObject({
          name: z.string().min(1).max(200),
          mean: finite,
          sd: z.number().positive(),
          /** of z, in the log odds */
          coefficient: finite,
          /** how its training values are spread; absent: not kept, and drift is looked for within the site alone */
          reference: referenceSchema.optional(),
        }),
      )
      .min(1),
    /** of the log odds */
    intercept: finite,
    /** the training set's Youden cut-off at full precision; positive when the unrounded probability is at or above it */
    cutOff: z.number().gt(0).lt(1),
    classifier: z.discriminatedUnion('kind', [logisticRegression, supportVectorMachine]),
    /** of (intercept, coefficients in order): rows of the symmetric matrix; null: not estimated */
    covariance: z
      .strictObject({
        method: z.enum(['inverseInformation', 'clusterSandwich', 'clusterBootstrap', 'recalibration']),
        matrix: z.array(z.array(finite)),
      })
      .nullable(),
    training: z.strictObject({
      n: z.int().min(2),
      events: z.int().min(1),
      patients: z.int().min(1),
      prevalence: z.number().gt(0).lt(1),
    }),
    harmonisation: harmonisation.nullable(),
    /** profile of the extraction, and digest of everything in it that changes numbers; null: the table did not say, and no service takes the model */
    recipe: z.string().min(1).nullable(),
    recipeDigest: sha256.nullable(),
    citation: z.string(),
    provenance: z.string(),
    /** every choice that was made, for people and for repeating it (src/lab/record.ts) */
    lab: z.record(z.string(), z.json()),
  })
  .readonly()
  .superRefine((model, context) => {
    const size = model.features.length + 1;
    const isSquare =
      model.covariance?.matrix.length === size && model.covariance.matrix.every((row) => row.length === size);
    if (model.covariance !== null && !isSquare)
      context.addIssue({
        code: 'custom',
        path: ['covariance', 'matrix'],
        message: `is not ${size} by ${size}`,
      });
    const names = model.features.map(({ name }) => name);
    if (new Set(names).size < names.length)
      context.addIssue({ code: 'custom', path: ['features'], message: 'a feature is there twice' });
  });

export type FittedModel = z.infer<typeof fittedModelSchema>;

/** The model in the text of a file, with the SHA-256 of that text. Throws MODEL_INVALID with the path of the first wrong value. */
export function parseFittedModel(text: string): Readonly<{ model: FittedModel; sha256: string }> {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (thrown) {
    throw new Fault('MODEL_INVALID', 'not JSON', { cause: thrown });
  }
  const parsed = fittedModelSchema.safeParse(json);
  if (!parsed.success) {
    const issue = parsed.error.issues[0]!;
    throw new Fault('MODEL_INVALID', `${issue.path.join('.') || 'file'}: ${issue.message}`);
  }
  return { model: parsed.data, sha256: digestOf(text) };
}
