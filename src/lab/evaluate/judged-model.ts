import type { FittedModel } from '../../model/fitted-model.ts';
import type { ServedModel } from '../../model/served-model.ts';

/** What judging a model needs of its file, whether the lab has fitted it or it was published. */
export type JudgedModel = Readonly<
  Pick<
    FittedModel,
    | 'id'
    | 'version'
    | 'title'
    | 'definition'
    | 'reference'
    | 'features'
    | 'intercept'
    | 'cutOff'
    | 'classifier'
    | 'harmonisation'
    | 'recipeDigest'
    | 'lab'
  > & {
    training: Pick<FittedModel['training'], 'prevalence'>;
    /** of the text of its file */
    sha256: string;
  }
>;

/** A published delta model, with the mean and SD of the deltas it was trained on, in feature units. */
export const publishedModel = (
  { value, sha256 }: Readonly<{ value: ServedModel; sha256: string }>,
  { mean, sd }: Readonly<{ mean: number; sd: number }>,
): JudgedModel => ({
  id: value.id,
  version: value.version,
  title: value.title,
  sha256,
  definition: value.definition,
  reference: 'baseline',
  features: [{ name: value.feature, mean, sd, coefficient: value.coefficient }],
  intercept: value.intercept,
  cutOff: value.cutOff,
  classifier: { kind: 'logisticRegression', C: null },
  training: { prevalence: value.training.prevalence },
  harmonisation: null,
  recipeDigest: value.recipeDigest,
  lab: {},
});
