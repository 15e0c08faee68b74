/** The items of TRIPOD+AI (BMJ 2024;385:e078378), in our own words, with what this report can say to each. */
import type { Evaluation } from '../evaluate/evaluation.ts';
import type { FitRecord } from '../record.ts';
import { type Known, limitsOf, namesOf } from './facts.ts';
import { type Html, Table } from './parts.tsx';
import { aucText, classifierText, plain, plural, proportionText, scoredText, three } from './words.ts';

/** null: the authors must say */
type Says = (known: Known) => string | null;
type Item = readonly [item: string, topic: string, says?: Says];

const ITEMS: readonly Item[] = [
  [
    '1',
    'Title: development or evaluation, population, outcome',
    ({ record }) =>
      `${record ? 'Development' : 'Evaluation'} of a model of early acquired resistance under EGFR-TKI therapy, from CT features.`,
  ],
  ['2', 'Abstract'],
  ['3a', 'Clinical context, reason for the model, models that exist'],
  ['3b', 'Intended population, purpose and users', () => 'Section Model card, intended use.'],
  ['3c', 'Known inequalities in care'],
  [
    '4',
    'Objectives',
    ({ record, evaluation }) =>
      record
        ? 'To develop a model.'
        : `To evaluate a model in ${plural(evaluation?.cohorts.length ?? 0, 'cohort')}.`,
  ],
  [
    '5a',
    'Sources of data and how representative they are',
    ({ record }) =>
      record
        ? `Tables with SHA-256 ${record.tables.join(', ')}; what they stand for is for the authors to say.`
        : null,
  ],
  ['5b', 'Dates of accrual and follow-up'],
  ['6a', 'Setting and centres', ({ evaluation }) => siteText(evaluation)],
  ['6b', 'Who was eligible'],
  ['6c', 'Treatments received'],
  [
    '7',
    'Preparation and checks of the data',
    ({ record }) =>
      record
        ? `Not finite values and unequal columns are refused; ${plural(record.constantColumns.length, 'constant column')} left out; correlated columns pruned above ${record.pccThreshold}.`
        : null,
  ],
  [
    '8a',
    'Outcome and when it is assessed',
    () => 'Label 1 is resistance, label 0 none; how it was established is for the authors to say.',
  ],
  ['8b', 'Who assessed the outcome'],
  ['8c', 'Blinding of the assessment'],
  [
    '9a',
    'Choice of predictors before modelling',
    ({ record }) =>
      record
        ? `${record.featureSet === 'paper' ? "The paper's set of radiomic features" : 'All radiomic features'} of ${plural(record.scouts.length, 'base image')}.`
        : null,
  ],
  [
    '9b',
    'Definition and measurement of predictors',
    ({ model }) =>
      model
        ? `${scoredText(model)}. Recipe ${model.recipe === null ? 'not stated' : plain(model.recipe)}, digest ${model.recipeDigest ?? 'not stated'}.`
        : null,
  ],
  ['9c', 'Who segmented, and how they were trained'],
  ['10', 'Sample size', ({ model, evaluation }) => sizeText(model?.training ?? null, evaluation)],
  [
    '11',
    'Missing data',
    () => 'Rows with missing feature values are refused; what was excluded before is for the authors to say.',
  ],
  [
    '12a',
    'How data were used and split',
    ({ record, evaluation }) =>
      record
        ? foldText(record)
        : `Cohorts: ${evaluation?.cohorts.map(({ name }) => plain(name, 40)).join(', ')}.`,
  ],
  [
    '12b',
    'Handling of predictors',
    ({ model }) =>
      model
        ? `Linear in z = (x - mean) / SD of the training rows; ${model.harmonisation ? 'ComBat, frozen in the model' : 'no harmonisation'}.`
        : null,
  ],
  [
    '12c',
    'Type of model, steps of building, internal validation',
    ({ model, record }) =>
      model
        ? `${classifierText(model)}. ${record ? searchText(record) : 'How it was chosen stands in its file.'}`
        : null,
  ],
  [
    '12d',
    'Differences between clusters',
    ({ evaluation }) =>
      evaluation
        ? `${plural(evaluation.subgroups.length, 'group')} by scanner, site or kernel; ${plural(evaluation.leaveOneSiteOut.length, 'site')} left out in turn.`
        : null,
  ],
  [
    '12e',
    'Measures of performance',
    ({ evaluation }) =>
      evaluation
        ? 'AUC, sensitivity, specificity, PPV, NPV at the training cut-off, calibration, Brier score, net benefit; comparison with time and size.'
        : 'Pooled and mean cross-validated AUC; sensitivity and specificity at the cut-off.',
  ],
  ['12f', 'Updating of the model', () => 'None in this report.'],
  [
    '12g',
    'How predictions were computed',
    ({ model }) =>
      model ? 'From the formula of Table 3; the model file holds every number at full precision.' : null,
  ],
  [
    '13',
    'Class imbalance',
    ({ model }) =>
      model
        ? `${plural(model.training.events, 'event')} in ${plural(model.training.n, 'row')}; no resampling.`
        : null,
  ],
  [
    '14',
    'Fairness',
    ({ evaluation }) =>
      evaluation && evaluation.subgroups.length > 0
        ? 'Groups by scanner, site and kernel only; groups of people are for the authors.'
        : null,
  ],
  [
    '15',
    'Output of the model and thresholds',
    ({ model, evaluation }) => cutOffText(model?.cutOff ?? evaluation?.model.cutOff ?? null),
  ],
  [
    '16',
    'Differences between training and evaluation',
    ({ evaluation }) => (evaluation ? cohortText(evaluation) : null),
  ],
  ['17', 'Approval by an ethics committee'],
  ['18a', 'Funding'],
  ['18b', 'Conflicts of interest'],
  ['18c', 'Protocol'],
  ['18d', 'Registration'],
  ['18e', 'Availability of the data'],
  [
    '18f',
    'Availability of the code',
    ({ record, evaluation }) => `Made with ${plain(record?.software ?? evaluation?.software ?? '')}.`,
  ],
  ['19', 'Involvement of patients and the public'],
  ['20a', 'Flow of participants'],
  ['20b', 'Characteristics of participants'],
  [
    '20c',
    'Comparison of development with evaluation data',
    ({ evaluation }) => (evaluation && evaluation.cohorts.length > 1 ? cohortText(evaluation) : null),
  ],
  [
    '21',
    'Participants and events in each analysis',
    ({ model, evaluation }) => sizeText(model?.training ?? null, evaluation),
  ],
  [
    '22',
    'The full model',
    ({ model }) => (model ? 'Table 3, with the intercept; full precision in the model file.' : null),
  ],
  [
    '23a',
    'Performance with intervals',
    ({ evaluation, record }) => (evaluation ? performanceText(evaluation) : record && searchText(record)),
  ],
  [
    '23b',
    'Performance in clusters',
    ({ evaluation }) =>
      evaluation && evaluation.subgroups.length > 0 ? 'Section Scanners, sites and kernels.' : null,
  ],
  ['24', 'Results of updating', () => 'None in this report.'],
  ['25', 'Interpretation'],
  ['26', 'Limitations', (known) => limitsOf(known).join(' ')],
  [
    '27a',
    'Input of poor quality or missing',
    () => 'Features extracted with other settings than those of the model are refused.',
  ],
  [
    '27b',
    'Interaction and expertise of users',
    () => 'Segmentation and reading by a physician; see intended use.',
  ],
  ['27c', 'Next steps'],
];

const siteText = (evaluation: Evaluation | null): string | null => {
  const names = evaluation && namesOf(evaluation.cohorts.flatMap(({ rows }) => rows.map(({ site }) => site)));
  return names && names !== 'not known' ? `Sites: ${names}.` : null;
};

const sizeText = (
  training: Readonly<{ n: number; events: number; patients: number }> | null,
  evaluation: Evaluation | null,
): string => {
  const parts = [
    ...(training
      ? [`fitted to ${training.n} rows of ${training.patients} patients, ${training.events} events`]
      : []),
    ...(evaluation?.cohorts ?? []).map(
      ({ name, n, events }) => `${plain(name, 40)}: ${n} rows, ${events} events`,
    ),
  ];
  return `${parts.join('; ')}.`;
};

const foldText = ({ folds, grouping }: FitRecord): string =>
  `All rows were used for the final fit; ${new Set(folds).size} folds for cross-validation, ${grouping === 'patient' ? 'patients kept together' : 'by row'}.`;

const searchText = ({ final: { choice, table }, nested }: FitRecord): string =>
  `${plural(table.length, 'candidate')} in the final stage; pooled CV AUC of the choice ${three(choice.pooledAuc)} (SE ${three(choice.pooledSe)})${nested ? `, nested ${three(nested.pooledAuc)} (SE ${three(nested.pooledSe)})` : ', not nested'}.`;

const cutOffText = (cutOff: number | null): string | null =>
  cutOff === null
    ? null
    : `A probability; resistant at or above ${cutOff}, the Youden cut-off of the training rows.`;

const cohortText = ({ cohorts }: Evaluation): string =>
  `${cohorts.map(({ name, n, events }) => `${plain(name, 40)}: ${((100 * events) / n).toFixed(0)} % events`).join('; ')}. Other differences are for the authors.`;

const performanceText = ({ cohorts }: Evaluation): string =>
  `${cohorts.map(({ name, auc, atTrainingCutOff }) => `${plain(name, 40)}: AUC ${aucText(auc)}, sensitivity ${proportionText(atTrainingCutOff.sensitivity)}, specificity ${proportionText(atTrainingCutOff.specificity)}`).join('; ')}.`;

const sentence = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

export const Tripod = ({ known }: { known: Known }): Html => (
  <Table
    caption="TRIPOD+AI: what this report fills in"
    note="Collins et al., BMJ 2024;385:e078378. The topics are shortened; the published checklist is what counts."
    look="checklist"
    columns={['Item', 'Topic', 'What is known here']}
    rows={ITEMS.map(([item, topic, says]) => {
      const said = says?.(known) ?? null;
      return [
        item,
        topic,
        said === null ? <span class="open">to be filled by the authors</span> : sentence(said),
      ];
    })}
  />
);
