/** What a model is made of, what it is for, what it cannot do. Warnings first. */
import type { FittedModel } from '../../model/fitted-model.ts';
import type { CohortResult, Evaluation } from '../evaluate/evaluation.ts';
import type { FitRecord } from '../record.ts';
import { type Known, limitsOf, namesOf } from './facts.ts';
import { type Cell, Facts, Foreign, type Html, Notices } from './parts.tsx';
import { aucText, classifierText, percent, plural, proportionText, scoredText, three } from './words.ts';

type Fact = readonly [string, Cell];

const INTENDED_USE =
  'Research on early acquired resistance under EGFR-TKI therapy: a probability that a lesion on a follow-up chest CT has become resistant, for patients, scanners and settings like those below. Read by a physician beside the images. Not for diagnosis, not for decisions on therapy, not for other drugs or tumours.';

export const ModelCard = ({ known, notices }: { known: Known; notices: readonly string[] }): Html => {
  const { model, record, evaluation } = known;
  return (
    <>
      <Notices notices={notices} />
      <h3>Intended use</h3>
      <p>{INTENDED_USE}</p>
      <h3>Limits</h3>
      <ul>
        {limitsOf(known).map((limit) => (
          <li>{limit}</li>
        ))}
      </ul>
      <h3>Model</h3>
      <Facts facts={modelFacts(model, evaluation)} />
      <h3>Cohorts, sites and scanners</h3>
      <Facts facts={cohortFacts(known)} />
      {record && (
        <>
          <h3>Settings of the fit</h3>
          <Facts facts={settingFacts(record)} />
        </>
      )}
      <h3>Metrics, with 95 % intervals</h3>
      <Facts
        facts={[...(record ? searchFacts(record) : []), ...(evaluation?.cohorts ?? []).map(metricFact)]}
      />
    </>
  );
};

function modelFacts(model: FittedModel | null, evaluation: Evaluation | null): readonly Fact[] {
  const named = model ?? evaluation?.model;
  const common: Fact[] = named
    ? [
        ['Name', <Foreign text={named.title} most={200} />],
        ['Identifier, version', <Foreign text={`${named.id}, ${named.version}`} />],
        ['Cut-off', `${String(named.cutOff)} (resistant at or above, unrounded)`],
      ]
    : [];
  const file: Fact[] = evaluation ? [['SHA-256 of its file', evaluation.model.sha256]] : [];
  return [...common, ...file, ...(model ? madeOf(model) : [])];
}

const madeOf = (model: FittedModel): readonly Fact[] => [
  ['Scores', scoredText(model)],
  ['Classifier', classifierText(model)],
  ['Features', `${model.features.length}, standardised by mean and SD of the training rows`],
  [
    'Harmonisation',
    model.harmonisation ? `${model.harmonisation.method} by ${model.harmonisation.batch}, frozen` : 'none',
  ],
  [
    'Recipe of extraction',
    model.recipe === null ? 'not stated by the table' : <Foreign text={model.recipe} />,
  ],
  ['Digest of the recipe', model.recipeDigest ?? 'not stated by the table'],
  ['Citation', model.citation === '' ? 'none given' : <Foreign text={model.citation} most={1500} />],
  ['Origin', model.provenance === '' ? 'not stated' : <Foreign text={model.provenance} most={1500} />],
];

function cohortFacts({ model, record, evaluation }: Known): readonly Fact[] {
  const training: Fact[] = model
    ? [
        [
          'Fitted to',
          `${plural(model.training.n, 'row')} of ${plural(model.training.patients, 'patient')}, ${plural(model.training.events, 'event')} (${percent(model.training.prevalence)})`,
        ],
      ]
    : [];
  const unknown: Fact[] =
    record && !evaluation
      ? [['Sites and scanners', 'listed by an evaluation of the model, not by its fit']]
      : [];
  return [...training, ...unknown, ...(evaluation?.cohorts ?? []).map(cohortFact)];
}

const cohortFact = ({ name, n, events, patients, rows }: CohortResult): Fact => [
  'Judged on',
  <>
    <Foreign text={name} most={40} />: {plural(n, 'row')}
    {patients === null ? ', patients not known' : ` of ${plural(patients, 'patient')}`},{' '}
    {plural(events, 'event')}. Sites: <Foreign text={namesOf(rows.map(({ site }) => site))} most={800} />.
    Scanners: <Foreign text={namesOf(rows.map(({ scanner }) => scanner))} most={800} />.
  </>,
];

const settingFacts = (record: FitRecord): readonly Fact[] => [
  ['Mode', record.mode === 'fae' ? 'fae: as FeAture Explorer 0.5.2 does it' : 'recommended'],
  ['Feature set', record.featureSet === 'paper' ? "the paper's 378" : 'all'],
  ['Correlation pruning', `PCC above ${record.pccThreshold}`],
  [
    'Folds',
    `${new Set(record.folds).size}, ${record.grouping === 'patient' ? 'patients stay together' : 'by row: two rows of a patient may stand on both sides'}`,
  ],
  [
    'Choice',
    record.rule === 'max'
      ? 'the largest CV AUC'
      : 'the smallest k within one standard error of the largest CV AUC',
  ],
  ['Seed', record.seed ?? 'none: nothing was drawn'],
  [
    'Harmonisation',
    record.harmonisedBy === null ? 'none' : `ComBat by ${record.harmonisedBy}, fitted inside the folds`,
  ],
  [
    'Constant columns left out',
    record.constantColumns.length === 0 ? (
      'none'
    ) : (
      <Foreign text={`${record.constantColumns.length}: ${namesOf(record.constantColumns)}`} most={800} />
    ),
  ],
  ['SHA-256 of the tables', record.tables.join(', ')],
  ['Software', <Foreign text={record.software} />],
];

const searchFacts = ({ final, nested }: FitRecord): readonly Fact[] => [
  [
    'CV AUC of the choice',
    `${three(final.choice.pooledAuc)} (SE ${three(final.choice.pooledSe)}) of pooled scores, ${three(final.choice.meanFoldAuc)} as mean of the folds. Optimistic: it was chosen for being high.`,
  ],
  [
    'Nested CV AUC',
    nested
      ? `${three(nested.pooledAuc)} (SE ${three(nested.pooledSe)}): the whole procedure, scouts included, repeated inside an outer loop`
      : 'not computed in this mode',
  ],
];

const metricFact = ({ name, auc, atTrainingCutOff: at, calibration }: CohortResult): Fact => {
  const said = [
    `AUC ${aucText(auc)}`,
    `sensitivity ${proportionText(at.sensitivity)}`,
    `specificity ${proportionText(at.specificity)}`,
    `Brier score ${three(calibration.brier)}`,
  ];
  return [
    'At the cut-off',
    <>
      <Foreign text={name} most={40} />: {said.join('; ')}
    </>,
  ];
};
