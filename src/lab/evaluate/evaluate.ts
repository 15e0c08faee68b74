/** How good a model is, cohort by cohort, and whether it is more than time and size. */

import { atCutOff, confusionAt } from '../statistics/at-cut-off.ts';
import { aucEstimate } from '../statistics/auc.ts';
import type { Resampling } from '../statistics/bootstrap.ts';
import { calibrationOf } from '../statistics/calibration.ts';
import { decisionCurve, reweightedCurve } from '../statistics/decision-curve.ts';
import { rocCorners, youdenCutOff } from '../statistics/roc.ts';
import { type Cohort, cohortOf, type NamedTable, picked, TRAINING } from './cohort.ts';
import type { CohortResult, Evaluation, PairedComparison } from './evaluation.ts';
import type { JudgedModel } from './judged-model.ts';
import { leaveOneSiteOut } from './leave-one-site-out.ts';
import { comparison, moreThanTime } from './more-than-time.ts';
import { checkRecipe, refuseOverlap } from './refusals.ts';
import { subgroupsOf } from './subgroups.ts';

export type EvaluateOptions = Readonly<{
  /** of the patient bootstrap */
  resampling: Resampling;
  /** of a clinic, for the re-weighted decision curve; null: none */
  prevalence: number | null;
  /** other models with the tables they score, compared with this one on the rows that both have */
  others: readonly Readonly<{ model: JudgedModel; tables: readonly NamedTable[] }>[];
  /** name and version of what computes this */
  software: string;
}>;

/**
 * The table named `training` holds rows the model may have seen; every other is a test. Throws COHORT_INVALID (a class with fewer than two
 * rows), BATCH_UNKNOWN (of the harmonisation), COHORTS_OVERLAP (a training patient in a test), TABLE_INVALID (a feature is
 * missing), RECIPES_MIXED (features extracted with other settings than the model's).
 */
export function evaluate(
  model: JudgedModel,
  tables: readonly NamedTable[],
  options: EvaluateOptions,
): Evaluation {
  const all = [{ model, tables }, ...options.others];
  for (const each of all) refuseOverlap(each.model, each.tables);
  const recipes = all.flatMap((each) => each.tables.flatMap((table) => checkRecipe(each.model, table)));
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
    leaveOneSiteOut: cohorts
      .filter(({ name }) => name === TRAINING)
      .flatMap((cohort) => leaveOneSiteOut(model, cohort, resampling)),
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

type Compared = Readonly<{ comparisons: readonly PairedComparison[]; notices: readonly string[] }>;

function compareAll(
  model: JudgedModel,
  cohorts: readonly Cohort[],
  others: EvaluateOptions['others'],
): Compared {
  const all = others.flatMap((other) =>
    other.tables.flatMap((table) => {
      const cohort = cohorts.find(({ name }) => name === table.name);
      return cohort ? [compare(model, cohort, other.model, cohortOf(other.model, table))] : [];
    }),
  );
  return {
    comparisons: all.filter((each) => typeof each !== 'string'),
    notices: all.filter((each) => typeof each === 'string'),
  };
}

/** Why there is nothing to test, as a sentence. */
function compare(
  model: JudgedModel,
  cohort: Cohort,
  other: JudgedModel,
  ofOther: Cohort,
): PairedComparison | string {
  const [one, two] = namesOf(model, other);
  const shared = sameRows(cohort, ofOther);
  if (shared === null)
    return `${cohort.name}: ${one} and ${two} score too few of the same rows to be compared.`;
  return (
    comparison(cohort.name, shared.labels, [one, shared.first], [two, shared.second]) ??
    `${cohort.name}: ${one} and ${two} rank the rows alike; there is no difference to test.`
  );
}

/** Told apart by the start of their digests where id and version are the same. */
function namesOf(...models: readonly [JudgedModel, JudgedModel]): [string, string] {
  const [one, two] = models.map(({ id, version }) => `${id} ${version}`) as [string, string];
  if (one !== two) return [one, two];
  return models.map(({ sha256 }) => `${one} (${sha256.slice(0, 12)}…)`) as [string, string];
}

/** Rows that both models score, by the name of the case; null: fewer than two of a class. */
function sameRows(
  one: Cohort,
  other: Cohort,
): Readonly<Record<'first' | 'second', Float64Array> & { labels: Uint8Array }> | null {
  const at = new Map(other.rows.map(({ caseName }, i) => [caseName, i]));
  const both = one.rows.flatMap(({ caseName }, i) => (at.has(caseName) ? [i] : []));
  const labels = Uint8Array.from(both, (i) => one.labels[i]!);
  const events = labels.filter((label) => label === 1).length;
  if (Math.min(events, labels.length - events) < 2) return null;
  const partners = both.map((i) => at.get(one.rows[i]!.caseName)!);
  return { labels, first: picked(one.probabilities, both), second: picked(other.probabilities, partners) };
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
