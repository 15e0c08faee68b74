/** The report of a fit: what was searched, what was kept, and the model that came out. */
import type { FittedModel } from '../../model/fitted-model.ts';
import type { FitRecord } from '../record.ts';
import { atCutOff, confusionAt } from '../statistics/at-cut-off.ts';
import { aucEstimate } from '../statistics/auc.ts';
import { Z95 } from '../statistics/distributions.ts';
import { rocCorners } from '../statistics/roc.ts';
import { ConfusionMatrix, MetricsTable, tableNumber, WILSON_NOTE } from './cohort-tables.tsx';
import type { Known } from './facts.ts';
import { forestFigure } from './figures/forest.ts';
import { rocFigure } from './figures/roc.ts';
import { searchFigure } from './figures/search.ts';
import { waterfallFigure } from './figures/waterfall.ts';
import { ModelCard } from './model-card.tsx';
import { coefficientFigure, FinalModel, RetainedFeatures } from './model-tables.tsx';
import { Foreign, type LabReport, Notices, reportOf, type Section, Shown, Table } from './parts.tsx';
import { Tripod } from './tripod.tsx';
import { aucText, plain, plural, three } from './words.ts';

const REPLICATES = 2000;
/** Of the bootstrap, where the fit itself needed none. */
const SEED = 12_345;

/** Pure: equal inputs give equal bytes. */
export function fitReport(model: FittedModel, record: FitRecord): LabReport {
  const known: Known = { model, record, evaluation: null };
  return reportOf({
    title: `Fit of ${plain(model.title, 150)}`,
    notices: (
      <>
        <div class="time">
          <p>{optimism(record)}</p>
          <p>
            Whether the model is more than time and size, an evaluation says: a first follow-up always
            precedes resistance, so days since baseline alone can rank the visits.
          </p>
        </div>
        <Notices notices={record.notices} />
      </>
    ),
    software: record.software,
    sections: [
      ...(record.split ? [split(record.split)] : []),
      ...(record.scouts.length > 0 ? [scouts(record)] : []),
      search(record),
      finalModel(model),
      training(model, record),
      { id: 'card', title: 'Model card', content: <ModelCard known={known} notices={record.notices} /> },
      { id: 'tripod', title: 'Reporting checklist', content: <Tripod known={known} /> },
    ],
  });
}

function optimism({ final: { choice }, nested }: FitRecord): string {
  const chosen = `The CV AUC of the choice, ${three(choice.pooledAuc)}, is optimistic: features and candidate were chosen with all rows.`;
  return nested
    ? `${chosen} The whole procedure repeated inside an outer loop has ${three(nested.pooledAuc)} (SE ${three(nested.pooledSe)}): expect this one of new patients like these.`
    : `${chosen} In this mode the procedure was not repeated inside an outer loop, so no honest estimate is here.`;
}

const split = ({ seed, draws, train, test, table }: NonNullable<FitRecord['split']>): Section => ({
  id: 'split',
  title: 'Training and test patients',
  content: (
    <>
      <p>
        Patients were drawn until no characteristic differed with p of 0.05 or less, as the paper did: draw{' '}
        {draws} of seed {seed} was the first such. Sets made alike so are more alike than chance would make
        them.
      </p>
      <Table
        caption="Table 1. Characteristics of the training and the test patients"
        columns={[
          'Characteristic',
          `Training (n = ${train})`,
          `Test (n = ${test})`,
          'Test of difference',
          'p',
        ]}
        rows={table.map(({ characteristic, train: ofTrain, test: ofTest, unknown, by, p }) => [
          <Foreign text={`${characteristic}${unknown > 0 ? ` (${unknown} unknown)` : ''}`} most={200} />,
          <Foreign text={ofTrain} most={600} />,
          <Foreign text={ofTest} most={600} />,
          p === null ? 'none' : by,
          p === null ? 'none' : three(p),
        ])}
      />
    </>
  ),
});

function scouts(record: FitRecord): Section {
  const overview = forestFigure('scouts', {
    title: 'Scout models: pooled CV AUC of the choice of each base image',
    axis: 'CV AUC with 95 % interval (DeLong)',
    rows: record.scouts.map(({ image, choice: { pooledAuc, pooledSe }, isPassed }) => ({
      label: `${plain(image, 34)}, ${isPassed ? 'goes on' : 'does not'}`,
      value: pooledAuc,
      interval: [Math.max(0, pooledAuc - Z95 * pooledSe), Math.min(1, pooledAuc + Z95 * pooledSe)],
      text: `${three(pooledAuc)} (SE ${three(pooledSe)})`,
      isEmphasised: isPassed,
    })),
    references: [
      { at: 0.5, text: 'chance' },
      { at: 0.6, text: 'needed to go on: 0.6' },
    ],
  });
  const each = record.scouts.map((scout, at) =>
    searchFigure(`cv-auc-scout-${at + 1}`, `CV AUC against k, scout of ${plain(scout.image, 60)}`, scout),
  );
  return {
    id: 'scouts',
    title: 'Scout models',
    figures: [overview, ...each],
    content: (
      <>
        <p>One model each base image. A filled square goes on, a hollow circle does not.</p>
        <Shown figure={overview} />
        <RetainedFeatures scouts={record.scouts} />
        {each.map((figure) => (
          <Shown figure={figure} />
        ))}
      </>
    ),
  };
}

function search({ final }: FitRecord): Section {
  const figure = searchFigure('cv-auc-final', 'CV AUC against k, final stage', final);
  return {
    id: 'search',
    title: 'Search of the final model',
    figures: [figure],
    content: (
      <>
        <p>
          {plural(final.table.length, 'candidate')}: selectors in columns, classifiers in rows. CV AUC is one
          AUC over the pooled out-of-fold scores; the mean of the folds is another number.
        </p>
        <Shown figure={figure} />
        <Table
          caption="The choice"
          columns={['Measure', 'Value']}
          rows={[
            ['Pooled CV AUC (SE)', `${three(final.choice.pooledAuc)} (${three(final.choice.pooledSe)})`],
            ['Mean of the folds', three(final.choice.meanFoldAuc)],
            ['AUC of each fold', final.choice.foldAuc.map(three).join(', ')],
            ['Features kept', final.features.length],
          ]}
        />
        {final.failed.length > 0 && <Failed failed={final.failed} />}
      </>
    ),
  };
}

const Failed = ({ failed }: Pick<FitRecord['final'], 'failed'>) => (
  <Table
    caption="Candidates that could not be fitted"
    columns={['Candidate', 'Why']}
    rows={failed.map(({ selector, classifier, k, because }) => [
      `${selector}, ${classifier}, k = ${k}`,
      plain(because, 300),
    ])}
  />
);

function finalModel(model: FittedModel): Section {
  const figure = coefficientFigure(model);
  return {
    id: 'model',
    title: 'The final model',
    figures: figure ? [figure] : [],
    content: (
      <>
        <FinalModel model={model} />
        {figure && <Shown figure={figure} />}
      </>
    ),
  };
}

/** The final model on the rows it has learned, and the nested scores, which it has not. */
function training(model: FittedModel, { training: rows, nested, seed }: FitRecord): Section {
  const labels = Uint8Array.from(rows, ({ label }) => label);
  const patients = rows.every(({ patient }) => patient !== '') ? rows.map(({ patient }) => patient) : null;
  const estimate = (scores: Float64Array) =>
    aucEstimate(labels, scores, patients, { replicates: REPLICATES, seed: seed ?? SEED });
  const scores = Float64Array.from(rows, ({ probability }) => probability);
  const counts = confusionAt(labels, scores, model.cutOff);
  const at = atCutOff(counts, model.cutOff, 'training');
  const apparent = estimate(scores);
  const outer = nested && Float64Array.from(nested.scores);
  const roc = rocFigure('roc-training', 'ROC curve of the training rows', [
    {
      name: 'training',
      points: rocCorners(labels, scores),
      auc: aucText(apparent),
      cutOff: { fpr: counts.fp / (counts.fp + counts.tn), tpr: counts.tp / (counts.tp + counts.fn) },
    },
    ...(outer
      ? [
          {
            name: 'nested, out of fold',
            points: rocCorners(labels, outer),
            auc: aucText(estimate(outer)),
            cutOff: null,
          },
        ]
      : []),
  ]);
  const fall = waterfallFigure('waterfall-training', { cohort: 'training', rows, cutOff: model.cutOff });
  const judged = {
    name: 'training',
    n: rows.length,
    events: counts.tp + counts.fn,
    patients: patients && new Set(patients).size,
    auc: apparent,
    at,
  };
  return {
    id: 'training',
    title: 'The model on its training rows',
    figures: [roc, fall],
    content: (
      <>
        <p>
          The model has learned these rows: what it says of them is better than what it will say of others.
        </p>
        <div class="grid">
          <Shown figure={roc} />
          <ConfusionMatrix name="training" at={at} />
        </div>
        <Shown figure={fall} />
        <MetricsTable
          caption={`${tableNumber(model)}, training column. Performance at the cut-off`}
          note={WILSON_NOTE}
          judged={[judged]}
        />
      </>
    ),
  };
}
