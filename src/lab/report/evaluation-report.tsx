/** The report of an evaluation: does the model rank, is it right, is it of use, and is it more than time? */
import type { FittedModel } from '../../model/fitted-model.ts';
import type { CohortResult, Evaluation } from '../evaluate/evaluation.ts';
import {
  AucTable,
  CalibrationTable,
  CasesTable,
  ComparisonTable,
  ConfusionMatrix,
  type Judged,
  MetricsTable,
  tableNumber,
  WILSON_NOTE,
} from './cohort-tables.tsx';
import type { Known } from './facts.ts';
import type { Figure } from './figure.ts';
import { calibrationFigure } from './figures/calibration.ts';
import { decisionFigure } from './figures/decision.ts';
import { rocFigure } from './figures/roc.ts';
import { waterfallFigure } from './figures/waterfall.ts';
import { ModelCard } from './model-card.tsx';
import { coefficientFigure, FinalModel, RetainedFeatures, scoutsOf } from './model-tables.tsx';
import { TimeNotice, TimeTable, timeFigure } from './more-than-time.tsx';
import { type LabReport, Notices, reportOf, type Section, Shown } from './parts.tsx';
import { SiteTable, SubgroupTable, siteFigure, subgroupFigure } from './subgroups.tsx';
import { Tripod } from './tripod.tsx';
import { aucText, percent, plain } from './words.ts';

/** Pure: equal inputs give equal bytes. `model` is null for one that the lab has not fitted. */
export function evaluationReport(evaluation: Evaluation, model: FittedModel | null): LabReport {
  const known: Known = { model, record: null, evaluation };
  return reportOf({
    title: `Evaluation of ${plain(evaluation.model.title, 150)}`,
    notices: (
      <>
        <TimeNotice moreThanTime={evaluation.moreThanTime} />
        <Notices notices={evaluation.notices} />
      </>
    ),
    software: evaluation.software,
    sections: [
      ranking(evaluation),
      metrics(evaluation, model),
      moreThanTime(evaluation),
      calibration(evaluation),
      decision(evaluation),
      groups(evaluation),
      sites(evaluation),
      comparisons(evaluation),
      ...(model ? [finalModel(model)] : []),
      { id: 'card', title: 'Model card', content: <ModelCard known={known} notices={evaluation.notices} /> },
      { id: 'tripod', title: 'Reporting checklist', content: <Tripod known={known} /> },
      cases(evaluation),
    ].filter((section) => section !== null),
  });
}

const curveOf = ({ name, roc, auc, atTrainingCutOff: { fp, tn, tp, fn } }: CohortResult) => ({
  name,
  points: roc,
  auc: aucText(auc),
  cutOff: { fpr: fp / (fp + tn), tpr: tp / (tp + fn) },
});

function ranking({ cohorts, model }: Evaluation): Section {
  const rocs = cohorts.map((cohort, at) =>
    rocFigure(`roc-${at + 1}`, `ROC curve, ${plain(cohort.name, 60)}`, [curveOf(cohort)], at),
  );
  const together =
    cohorts.length > 1 ? [rocFigure('roc-all', 'ROC curves of all cohorts', cohorts.map(curveOf))] : [];
  const falls = cohorts.map(({ name, rows }, at) =>
    waterfallFigure(`waterfall-${at + 1}`, { cohort: name, rows, cutOff: model.cutOff }),
  );
  return {
    id: 'ranking',
    title: 'Does it rank? ROC curves and waterfalls',
    figures: [...rocs, ...together, ...falls],
    content: (
      <>
        <p>
          As figures 5a to 5c of the paper: a curve each cohort, with its AUC and 95 % interval. The mark is
          the cut-off of the training rows.
        </p>
        <div class="grid">
          {[...rocs, ...together].map((figure) => (
            <Shown figure={figure} />
          ))}
        </div>
        <AucTable judged={cohorts} />
        <p>As figures 5d to 5f of the paper: the probability of every case, from the cut-off up or down.</p>
        {falls.map((figure) => (
          <Shown figure={figure} />
        ))}
      </>
    ),
  };
}

function metrics({ cohorts }: Evaluation, model: FittedModel | null): Section {
  const at = (which: 'atTrainingCutOff' | 'atOwnCutOff'): readonly Judged[] =>
    cohorts.map((cohort) => ({ ...cohort, at: cohort[which] }));
  return {
    id: 'metrics',
    title: 'How often is it right? Metrics at the cut-off',
    content: (
      <>
        <MetricsTable
          caption={`${tableNumber(model)}. Performance at the cut-off of the training rows`}
          note={WILSON_NOTE}
          judged={at('atTrainingCutOff')}
        />
        <div class="grid">
          {at('atTrainingCutOff').map(({ name, at: counts }) => (
            <ConfusionMatrix name={name} at={counts} />
          ))}
        </div>
        <MetricsTable
          caption="For comparison: at each cohort's own Youden cut-off"
          note={`Optimistic: the cut-off was chosen on the rows it is judged on. Own cut-offs: ${cohorts.map(({ name, atOwnCutOff }) => `${plain(name, 40)} ${atOwnCutOff.cutOff.toFixed(4)}`).join(', ')}.`}
          judged={at('atOwnCutOff')}
        />
      </>
    ),
  };
}

function moreThanTime({ moreThanTime: all }: Evaluation): Section | null {
  if (all.length === 0) return null;
  const figures = all.map((each, at) => timeFigure(`more-than-time-${at + 1}`, each));
  return {
    id: 'time',
    title: 'Is it more than time and size?',
    figures,
    content: (
      <>
        <p>
          A first follow-up always precedes resistance, so days since baseline alone can rank the visits. A
          model is worth its features only where it does better than days and than the change of volume.
        </p>
        {figures.map((figure) => (
          <Shown figure={figure} />
        ))}
        <TimeTable moreThanTime={all} />
      </>
    ),
  };
}

function calibration({ cohorts }: Evaluation): Section {
  const figures = cohorts.map((cohort, at) => calibrationFigure(`calibration-${at + 1}`, cohort));
  return {
    id: 'calibration',
    title: 'Are the probabilities right? Calibration',
    figures,
    content: (
      <>
        <p>
          Dots are groups of equal size with 95 % intervals by Wilson; ticks are cases, with resistance above
          and without below. On the diagonal a probability means what it says.
        </p>
        <div class="grid">
          {figures.map((figure) => (
            <Shown figure={figure} />
          ))}
        </div>
        <CalibrationTable cohorts={cohorts} />
      </>
    ),
  };
}

function decision({ cohorts }: Evaluation): Section {
  const figures = cohorts.flatMap(({ name, n, events, decision: own, reweighted }, at): Figure[] => [
    decisionFigure(
      `decision-${at + 1}`,
      `Decision curve, ${plain(name, 40)}, at its own ${percent(events / n)} events`,
      own,
    ),
    ...(reweighted
      ? [
          decisionFigure(
            `decision-${at + 1}-reweighted`,
            `Decision curve, ${plain(name, 40)}, re-weighted to ${percent(reweighted.prevalence)} events`,
            reweighted.points,
          ),
        ]
      : []),
  ]);
  const isReweighted = cohorts.some(({ reweighted }) => reweighted !== null);
  return {
    id: 'decision',
    title: 'Is it of use? Decision curves',
    figures,
    content: (
      <>
        <p>
          Net benefit of acting on a probability at or above the threshold, against calling all or none
          resistant.{' '}
          {isReweighted
            ? 'The cohort has the share of events of its design; the re-weighted curve has that of a clinic, with the probabilities shifted to it.'
            : 'The share of events is that of the design of the cohort, not of a clinic; no other one was given.'}
        </p>
        <div class="grid">
          {figures.map((figure) => (
            <Shown figure={figure} />
          ))}
        </div>
      </>
    ),
  };
}

function groups({ cohorts, subgroups }: Evaluation): Section | null {
  if (subgroups.length === 0) return null;
  const figures = cohorts.flatMap(({ name }, at) => {
    const figure = subgroupFigure(
      `subgroups-${at + 1}`,
      subgroups.filter(({ cohort }) => cohort === name),
    );
    return figure ? [figure] : [];
  });
  return {
    id: 'subgroups',
    title: 'Scanners, sites and kernels',
    figures,
    content: (
      <>
        {figures.map((figure) => (
          <Shown figure={figure} />
        ))}
        <SubgroupTable subgroups={subgroups} />
      </>
    ),
  };
}

function sites({ leaveOneSiteOut }: Evaluation): Section | null {
  if (leaveOneSiteOut.length === 0) return null;
  const figure = siteFigure('leave-one-site-out', leaveOneSiteOut);
  return {
    id: 'sites',
    title: 'Does it travel? Leave one site out',
    figures: figure ? [figure] : [],
    content: (
      <>
        {figure && <Shown figure={figure} />}
        <SiteTable sites={leaveOneSiteOut} />
      </>
    ),
  };
}

const comparisons = ({ comparisons: all }: Evaluation): Section | null =>
  all.length === 0
    ? null
    : { id: 'comparisons', title: 'Against other models', content: <ComparisonTable comparisons={all} /> };

function finalModel(model: FittedModel): Section {
  const figure = coefficientFigure(model);
  const scouts = scoutsOf(model);
  return {
    id: 'model',
    title: 'The model',
    figures: figure ? [figure] : [],
    content: (
      <>
        {scouts.length > 0 && <RetainedFeatures scouts={scouts} />}
        <FinalModel model={model} />
        {figure && <Shown figure={figure} />}
      </>
    ),
  };
}

const cases = ({ cohorts, model }: Evaluation): Section => ({
  id: 'cases',
  title: 'Cases',
  content: (
    <>
      <p>
        Names of cases are those of the table. Take this section out before the report leaves the house; the
        pictures hold no names.
      </p>
      {cohorts.map((cohort) => (
        <CasesTable cohort={cohort} cutOff={model.cutOff} />
      ))}
    </>
  ),
});
