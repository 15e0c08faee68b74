/** How good a model is, cohort by cohort, and whether it is more than time and size. */

import { atCutOff, confusionAt } from '../statistics/at-cut-off.ts';
import { aucEstimate } from '../statistics/auc.ts';
import type { Resampling } from '../statistics/bootstrap.ts';
import { calibrationOf } from '../statistics/calibration.ts';
import { decisionCurve, reweightedCurve } from '../statistics/decision-curve.ts';
import { rocCorners, youdenCutOff } from '../statistics/roc.ts';
import { type Cohort, cohortOf, type NamedTable, TRAINING } from './cohort.ts';
import type { CohortResult, Evaluation, PairedComparison } from './evaluation.ts';
import type { JudgedModel } from './judged-model.ts';
import { comparison, moreThanTime } from './more-than-time.ts';
import { checkRecipe, refuseOverlap } from './refusals.ts';
import { subgroupsOf } from './subgroups.ts';

export type EvaluateOptions = Readonly<{
  /** of the patient bootstrap */
  resampling: Resampling;
  /** of a clinic, for the re-weighted decision curve; null: none */
  prevalence: number | null;
  /** other models, compared with this one on the same rows */
  others: readonly JudgedModel[];
  /** name and version of what computes this */
  software: string;
}>;

/**
 * The table named `training` holds rows the model may have seen; every other is a test. Throws COHORT_INVALID (a class with fewer than two
 * rows, a batch the model's harmonisation does not know), COHORTS_OVERLAP (a training patient in a test), TABLE_INVALID (a feature is
 * missing), RECIPES_MIXED (features extracted with other settings than the model's).
 */
export function evaluate(
  model: JudgedModel,
  tables: readonly NamedTable[],
  options: EvaluateOptions,
): Evaluation {
  const models = [model, ...options.others];
  for (const each of models) refuseOverlap(each, tables);
  const recipes = tables.flatMap((table) => models.flatMap((each) => checkRecipe(each, table)));
  const cohorts = tables.map((table) => cohortOf(model, table));
  const { resampling } = options;
  const compared = compareAll(model, cohorts, options.others);
  return {
    model: {
      id: model.id,
      version: model.version,
      sha256: model.sha256,
      title: model.title,
      cutOff: model.cutOff,
    },
    cohorts: cohorts.map((cohort) => resultOf(model, cohort, options)),
    moreThanTime: cohorts.map((cohort) => moreThanTime(model, cohort, resampling)),
    subgroups: cohorts.flatMap((cohort) => subgroupsOf(cohort, resampling)),
    leaveOneSiteOut: [],
    comparisons: compared.comparisons,
    notices: [
      ...new Set([
        ...tables.flatMap(({ table }) => table.notices),
        ...recipes,
        ...cohorts.flatMap((cohort) => noticesOf(cohort, model)),
        ...compared.notices,
      ]),
    ],
    software: options.software,
  };
}

function resultOf(
  model: JudgedModel,
  { name, rows, labels, probabilities, patients }: Cohort,
  { resampling, prevalence }: EvaluateOptions,
): CohortResult {
  const own = youdenCutOff(labels, probabilities).cutOff;
  const at = (cutOff: number, source: 'training' | 'own') =>
    atCutOff(confusionAt(labels, probabilities, cutOff), cutOff, source);
  return {
    name,
    n: rows.length,
    events: rows.filter(({ label }) => label === 1).length,
    patients: patients && new Set(patients).size,
    rows: rows.map(({ caseName, patient, days, site, scanner }, i) => ({
      caseName,
      patient,
      label: labels[i] === 1 ? 1 : 0,
      probability: probabilities[i]!,
      days,
      site,
      scanner,
    })),
    roc: rocCorners(labels, probabilities),
    auc: aucEstimate(labels, probabilities, patients, resampling),
    atTrainingCutOff: at(model.cutOff, 'training'),
    atOwnCutOff: at(own, 'own'),
    calibration: calibrationOf(labels, probabilities),
    decision: decisionCurve(labels, probabilities),
    reweighted:
      prevalence === null
        ? null
        : {
            prevalence,
            points: reweightedCurve(labels, probabilities, {
              prevalence,
              trained: model.training.prevalence,
            }),
          },
  };
}

function compareAll(
  model: JudgedModel,
  cohorts: readonly Cohort[],
  others: readonly JudgedModel[],
): Readonly<{ comparisons: PairedComparison[]; notices: string[] }> {
  const nameOf = ({ id, version }: JudgedModel): string => `${id} ${version}`;
  const comparisons: PairedComparison[] = [];
  const notices: string[] = [];
  for (const other of others) {
    for (const cohort of cohorts) {
      const { probabilities } = cohortOf(other, cohort);
      const paired = comparison(
        cohort.name,
        cohort.labels,
        [nameOf(model), cohort.probabilities],
        [nameOf(other), probabilities],
      );
      if (paired) comparisons.push(paired);
      else
        notices.push(
          `${cohort.name}: ${nameOf(model)} and ${nameOf(other)} rank the rows alike; there is no difference to test.`,
        );
    }
  }
  return { comparisons, notices };
}

function noticesOf(
  { name, table, rows, labels, probabilities, patients }: Cohort,
  model: JudgedModel,
): string[] {
  const unlabelled = table.rows.length - rows.length;
  const { tied } = youdenCutOff(labels, probabilities);
  return [
    ...(unlabelled > 0 ? [`${name}: ${unlabelled} rows without a label are left out.`] : []),
    ...(patients === null
      ? [
          `${name}: the patient is not known of every row; there is no bootstrap over patients, and a patient's rows count as independent.`,
        ]
      : []),
    ...(tied > 1 ? [`${name}: ${tied} cut-offs share the largest Youden index; the highest is shown.`] : []),
    ...(name === TRAINING ? otherTraining(rows.length, model) : []),
  ];
}

const otherTraining = (n: number, { lab }: JudgedModel): string[] => {
  const trained = lab['training'];
  if (!Array.isArray(trained) || trained.length === n) return [];
  return [`${TRAINING}: ${n} rows, where the model was fitted to ${trained.length}.`];
};
