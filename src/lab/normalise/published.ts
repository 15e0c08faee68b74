import type { FittedModel } from '../../model/fitted-model.ts';
import { coefficientCovariance, type MeanAndSd } from '../../model/interval.ts';
import { logisticOf, type ServedModel } from '../../model/served-model.ts';

/** A published delta model in the form of a fitted one, on a scale of its deltas; who the authors' patients were is not known. */
export const fittedForm = (model: ServedModel, { mean, sd }: MeanAndSd): FittedModel => ({
  kind: 'fitted',
  id: model.id,
  version: model.version,
  title: model.title,
  definition: model.definition,
  reference: 'baseline',
  features: [{ name: model.feature, mean, sd, coefficient: model.coefficient }],
  intercept: model.intercept,
  cutOff: model.cutOff,
  classifier: { kind: 'logisticRegression', C: null },
  covariance: { method: 'inverseInformation', matrix: coefficientCovariance(logisticOf(model)).to2DArray() },
  training: {
    n: model.training.n,
    events: Math.round(model.training.n * model.training.prevalence),
    patients: model.training.n,
    prevalence: model.training.prevalence,
  },
  harmonisation: null,
  recipe: model.recipe,
  recipeDigest: model.recipeDigest,
  citation: model.citation,
  provenance: model.provenance,
  lab: {},
});
