/** A model file as a person reads it: what it is made of, what it is for, and what it cannot do. */
import { FEWEST_FOR_NORMAL_DISPLAY, FEWEST_FOR_PROBABILITY } from './category.ts';
import { featureNames, logisticOf, type ServedClassic, type ServedModel } from './served-model.ts';

/** On which rows of the paper, and how well; null: the paper's figure is not known here. */
type Published = Readonly<{
  on: 'training' | 'internal test' | 'external test';
  auc: number | null;
  auc95: readonly [number, number] | null;
  accuracy: number | null;
}>;

export type ModelCard = Readonly<{
  id: string;
  version: string;
  sha256: string;
  title: string;
  kind: 'delta' | 'classic';
  recipe: string;
  recipeDigest: string;
  features: readonly Readonly<{ name: string; coefficient: number }>[];
  intercept: number;
  cutOff: number;
  training: Readonly<{ n: number; prevalence: number }>;
  /** how the result is computed from values of features */
  formula: string;
  intendedUse: string;
  limits: readonly string[];
  published: readonly Published[];
  citation: string;
  provenance: string;
}>;

/**
 * Tables 5 and 4 of the paper, as far as known, by intercept and cut-off of its two models: a file may bear any name. Of another model
 * is known what its file says.
 */
const PUBLISHED: Readonly<Record<string, readonly Published[]>> = {
  '0.06478 0.4438': [
    { on: 'training', auc: 0.73, auc95: null, accuracy: 94 / 134 },
    { on: 'internal test', auc: 0.704, auc95: null, accuracy: 41 / 58 },
    { on: 'external test', auc: 0.661, auc95: null, accuracy: 39 / 58 },
  ],
  '0.0173 0.4542': [
    { on: 'training', auc: null, auc95: null, accuracy: 89 / 134 },
    { on: 'internal test', auc: null, auc95: null, accuracy: 37 / 58 },
    { on: 'external test', auc: null, auc95: [0.399, 0.708], accuracy: 34 / 58 },
  ],
};

const INTENDED_USE = {
  delta:
    'Research. A hint, for a radiologist who reads the images anyway, that a lung tumour under an EGFR tyrosine-kinase inhibitor ' +
    'becomes resistant before it grows. It makes no diagnosis and decides no therapy.',
  classic:
    'Research. What the follow-up alone says, shown beside the delta model and never instead of it. It makes no diagnosis and ' +
    'decides no therapy.',
} as const;

const LIMITS = [
  `No probability without a normalisation on at least ${FEWEST_FOR_PROBABILITY} cases; below ${FEWEST_FOR_NORMAL_DISPLAY} it is provisional.`,
  'Only while the measured lesions have not grown: after progression the model is past its purpose.',
] as const;

const comparable = ({ fitted }: ServedModel | ServedClassic): string =>
  fitted
    ? 'Patients, therapies, scanners and kernels like those of its training rows; its interval is of its coefficients, and says nothing of other patients.'
    : 'Patients under a first or second generation inhibitor, non-contrast CT of comparable scanners and kernels, as in the paper.';
const OF_ONE_RECIPE =
  'Features of another recipe than the one named here are something else under the same name, and are refused.';

const ofPrevalence = (prevalence: number): string =>
  `Trained at a prevalence of ${Math.round(prevalence * 100)} %: where resistance is rarer, the probability is too high as it stands.`;

const harmonised = ({ fitted }: ServedModel | ServedClassic): string[] =>
  fitted?.harmonisation
    ? [
        `Harmonised by ${fitted.harmonisation.batch}: a follow-up from one that it has not seen is held (BATCH_UNKNOWN).`,
      ]
    : [];

export function modelCard(model: ServedModel | ServedClassic, sha256: string): ModelCard {
  const kind = model.definition === 'followUpMinusBaseline' ? 'delta' : 'classic';
  const { coefficients } = logisticOf(model);
  const features = featureNames(model).map((name, at) => ({ name, coefficient: coefficients[at]! }));
  const { id, version, title, recipe, recipeDigest, intercept, cutOff, training, citation, provenance } =
    model;
  return {
    id,
    version,
    sha256,
    title,
    kind,
    recipe,
    recipeDigest,
    features,
    intercept,
    cutOff,
    training: { n: training.n, prevalence: training.prevalence },
    formula:
      kind === 'delta' && features.length > 1
        ? 'p = 1 / (1 + exp(-(intercept + sum of coefficient z))), z = (delta - mean) / SD, delta = follow-up minus baseline of each feature'
        : kind === 'delta'
          ? 'p = 1 / (1 + exp(-(intercept + coefficient z))), z = (delta - mean) / SD, delta = follow-up minus baseline'
          : 'p = 1 / (1 + exp(-(intercept + sum of coefficient z))), z = (value at follow-up - mean) / SD of each feature',
    intendedUse: INTENDED_USE[kind],
    limits: [
      ...LIMITS,
      comparable(model),
      ...harmonised(model),
      OF_ONE_RECIPE,
      ofPrevalence(training.prevalence),
    ],
    published: model.fitted ? [] : (PUBLISHED[`${intercept} ${cutOff}`] ?? []),
    citation,
    provenance,
  };
}
