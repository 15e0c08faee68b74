import type { FittedModel } from '../../src/model/fitted-model.ts';
import { shippedModel } from './shipped-model.ts';

const { model: shipped } = shippedModel();

/** The shipped model's feature with one more, which it does not measure; numbers are invented. */
export const TWO_FEATURES: FittedModel['features'] = [
  { name: 'original_firstorder_Entropy', mean: 0.05, sd: 0.4, coefficient: -0.3 },
  { name: shipped.feature, mean: 1.2, sd: 2.9, coefficient: 0.8 },
];

/** A file as `earshot fit` writes it. */
export const fittedFile = (changes: Partial<FittedModel> = {}): FittedModel => ({
  kind: 'fitted',
  id: 'site-fit',
  version: '1',
  title: 'Early acquired resistance, fitted at this site',
  definition: 'followUpMinusBaseline',
  reference: 'baseline',
  features: TWO_FEATURES,
  intercept: 0.1,
  cutOff: 0.4637281,
  classifier: { kind: 'logisticRegression', C: 1 },
  covariance: {
    method: 'inverseInformation',
    matrix: [
      [0.04, 0.002, 0.001],
      [0.002, 0.05, -0.01],
      [0.001, -0.01, 0.06],
    ],
  },
  training: { n: 120, events: 60, patients: 60, prevalence: 0.5 },
  harmonisation: null,
  recipe: shipped.recipe,
  recipeDigest: shipped.recipeDigest,
  citation: 'Not published',
  provenance: 'Invented for tests',
  lab: {},
  ...changes,
});
