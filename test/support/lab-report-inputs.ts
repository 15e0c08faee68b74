/** What a fit and an evaluation hand to the report: expected values of scikit-learn and scipy, in our shapes. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CohortResult, Evaluation, MoreThanTime, Subgroup } from '../../src/lab/evaluate/evaluation.ts';
import type {
  Candidate,
  ClassifierName,
  FitRecord,
  ScoutRecord,
  SelectorName,
} from '../../src/lab/record.ts';
import { atCutOff, confusionAt } from '../../src/lab/statistics/at-cut-off.ts';
import { aucEstimate } from '../../src/lab/statistics/auc.ts';
import { mulberry32 } from '../../src/lab/statistics/bootstrap.ts';
import { calibrationOf } from '../../src/lab/statistics/calibration.ts';
import { decisionCurve, reweightedCurve } from '../../src/lab/statistics/decision-curve.ts';
import { pairedDelong } from '../../src/lab/statistics/paired-delong.ts';
import { rocCurve, youdenCutOff } from '../../src/lab/statistics/roc.ts';
import type { FittedModel } from '../../src/model/fitted-model.ts';
import { parseCsv } from '../../src/tables/csv.ts';

type Choice = Readonly<{
  selector: SelectorName;
  classifier: string;
  k: number;
  pooled_auc: number;
  pooled_se: number;
  mean_fold_auc: number;
  fold_auc?: readonly number[];
}>;

type Expected = Readonly<{
  features: readonly string[];
  zscore: Readonly<{ mean: readonly number[]; sd: readonly number[] }>;
  folds: Readonly<{ grouped: Readonly<{ fold_of_row: readonly number[] }> }>;
  cv: Readonly<{
    table: readonly Choice[];
    choice_max: Choice;
    example_oof_scores: Readonly<Record<string, readonly number[]>>;
  }>;
  cv_grouped: Readonly<{ table: readonly Choice[]; choice_max: Choice }>;
  scout: Readonly<{
    max: Readonly<{
      scouts: Readonly<
        Record<string, Readonly<{ columns: number[]; choice: Choice; retained: number[]; passed: boolean }>>
      >;
    }>;
  }>;
  evaluation: Readonly<{
    cv_choice_max: Readonly<{
      features: readonly number[];
      feature_names: readonly string[];
      coef: readonly number[];
      intercept: number;
      train: Readonly<{ p: readonly number[]; auc: number }>;
      test: Readonly<{ p: readonly number[]; auc: number }>;
      at_train_cutoff: Readonly<
        Record<'train' | 'test', Readonly<Record<'tp' | 'fp' | 'fn' | 'tn', number>>>
      >;
      mle_covariance_cluster_sandwich: readonly (readonly number[])[];
    }>;
  }>;
}>;

const expectedOf = (folder: string): Expected =>
  JSON.parse(readFileSync(join(folder, 'model-lab', 'expected.json'), 'utf8'));

const SHA = 'ab'.repeat(32);
const SOFTWARE = 'earshot 0.1.0, node v20';
const RESAMPLING = { replicates: 500, seed: 12345 };

type Row = CohortResult['rows'][number];

/** Days, sites and scanners are made up from a seed: the reference has none. */
function rowsOf(
  folder: string,
  file: 'train' | 'test',
  probabilities: readonly number[],
  seed: number,
): Row[] {
  const uniform = mulberry32(seed);
  const [, ...lines] = parseCsv(readFileSync(join(folder, 'model-lab', `${file}.csv`), 'utf8'));
  return lines.map(({ cells: [caseName = '', label] }, i): Row => {
    const isEvent = label === '1';
    const site = ['Site A', 'Site B', 'Site C'][Math.floor(uniform() * 3)]!;
    return {
      caseName,
      patient: caseName.split('_')[0]!,
      label: isEvent ? 1 : 0,
      probability: probabilities[i]!,
      days: Math.round(isEvent ? 90 + 420 * uniform() : 40 + 90 * uniform()),
      site,
      scanner: site === 'Site A' ? 'Siemens SOMATOM Force' : 'GE Revolution CT, 64 rows',
    };
  });
}

const labelsOf = (rows: readonly Row[]): Uint8Array => Uint8Array.from(rows, ({ label }) => label);

export function cohortResult(
  name: string,
  rows: readonly Row[],
  cutOff: number,
  prevalence = 0.2,
): CohortResult {
  const labels = labelsOf(rows);
  const scores = Float64Array.from(rows, ({ probability }) => probability);
  const patients = rows.map(({ patient }) => patient);
  const own = youdenCutOff(labels, scores).cutOff;
  return {
    name,
    n: rows.length,
    events: labels.reduce((sum, label) => sum + label, 0),
    patients: new Set(patients).size,
    rows,
    roc: rocCurve(labels, scores),
    auc: aucEstimate(labels, scores, patients, RESAMPLING),
    atTrainingCutOff: atCutOff(confusionAt(labels, scores, cutOff), cutOff, 'training'),
    atOwnCutOff: atCutOff(confusionAt(labels, scores, own), own, 'own'),
    calibration: calibrationOf(labels, scores),
    decision: decisionCurve(labels, scores),
    reweighted: { prevalence, points: reweightedCurve(labels, scores, { prevalence, trained: 0.5 }) },
  };
}

export function timeOf({ name, rows, auc }: CohortResult): MoreThanTime {
  const labels = labelsOf(rows);
  const uniform = mulberry32(name.length);
  const estimate = (scores: Float64Array) =>
    aucEstimate(
      labels,
      scores,
      rows.map(({ patient }) => patient),
      RESAMPLING,
    );
  const daysOf = Float64Array.from(rows, ({ days }) => days!);
  const model = Float64Array.from(rows, ({ probability }) => probability);
  const { aucs, test } = pairedDelong(labels, model, daysOf);
  return {
    cohort: name,
    model: auc,
    days: estimate(daysOf),
    volumeChange: estimate(model.map((p) => p + uniform() - 0.5)),
    rawDelta: estimate(model.map((p) => p + 0.2 * uniform())),
    isTimeAsGood: aucs[1] >= aucs[0],
    modelAgainstDays: test && {
      cohort: name,
      first: 'model',
      second: 'days',
      aucFirst: aucs[0],
      aucSecond: aucs[1],
      ...test,
    },
    sentence: 'Days since baseline alone rank the visits better than the model does.',
  };
}

export function subgroupsOf({ name, rows }: CohortResult): Subgroup[] {
  return (['site', 'scanner'] as const).flatMap((by) =>
    [...new Set(rows.map((row) => row[by]))].sort().map((value): Subgroup => {
      const own = rows.filter((row) => row[by] === value);
      const scores = Float64Array.from(own, ({ probability }) => probability);
      const auc = aucEstimate(
        labelsOf(own),
        scores,
        own.map(({ patient }) => patient),
        RESAMPLING,
      );
      return {
        cohort: name,
        by,
        value,
        n: own.length,
        events: own.filter(({ label }) => label === 1).length,
        auc,
      };
    }),
  );
}

function fittedModel(expected: Expected): FittedModel {
  const {
    features,
    coef,
    intercept,
    feature_names,
    mle_covariance_cluster_sandwich: matrix,
  } = expected.evaluation.cv_choice_max;
  // there the intercept is last, here it is first
  const order = [coef.length, ...coef.keys()];
  return {
    kind: 'fitted',
    id: 'site-delta',
    version: '1',
    title: 'Delta model of the reference cohort',
    definition: 'followUpMinusBaseline',
    reference: 'baseline',
    features: feature_names.map((name, at) => ({
      name,
      mean: expected.zscore.mean[features[at]!]!,
      sd: expected.zscore.sd[features[at]!]!,
      coefficient: coef[at]!,
    })),
    intercept,
    cutOff: 0.5,
    classifier: { kind: 'logisticRegression', C: null },
    covariance: { method: 'clusterSandwich', matrix: order.map((i) => order.map((j) => matrix[i]![j]!)) },
    training: { n: 134, events: 67, patients: 67, prevalence: 0.5 },
    harmonisation: null,
    recipe: 'paper-2023',
    recipeDigest: SHA,
    citation: '',
    provenance: 'Fitted to made-up reference data',
    lab: {},
  };
}

type Inputs = Readonly<{
  expected: Expected;
  model: FittedModel;
  record: FitRecord;
  evaluation: Evaluation;
}>;

export function labReportInputs(folder: string): Inputs {
  const expected = expectedOf(folder);
  const { train, test } = expected.evaluation.cv_choice_max;
  const rows = { train: rowsOf(folder, 'train', train.p, 1), test: rowsOf(folder, 'test', test.p, 2) };
  const scores = Float64Array.from(train.p);
  const { cutOff } = youdenCutOff(labelsOf(rows.train), scores);
  const model = { ...fittedModel(expected), cutOff };
  const uniform = mulberry32(3);
  const external = rows.test.map((row) => ({
    ...row,
    caseName: `X${row.caseName}`,
    probability: Math.min(0.99, Math.max(0.01, row.probability + 0.3 * (uniform() - 0.4))),
  }));
  const cohorts = [
    cohortResult('training', rows.train, cutOff),
    cohortResult('internal', rows.test, cutOff),
    cohortResult('external', external, cutOff),
  ];
  return {
    expected,
    model,
    record: recordOf(expected, rows.train),
    evaluation: {
      model: { id: model.id, version: model.version, sha256: SHA, title: model.title, cutOff },
      cohorts,
      moreThanTime: cohorts.slice(1).map(timeOf),
      subgroups: cohorts.slice(1).flatMap(subgroupsOf),
      leaveOneSiteOut: subgroupsOf(cohorts[0]!)
        .filter(({ by }) => by === 'site')
        .map(({ value, n, events, auc }) => ({ site: value, n, events, auc, because: '' })),
      comparisons: [
        {
          cohort: 'internal',
          first: model.id,
          second: 'ear-delta-2023',
          aucFirst: 0.658,
          aucSecond: 0.522,
          se: 0.0536,
          z: 2.53,
          p: 0.011,
        },
      ],
      notices: ['The extraction recipe of the external cohort is not stated.'],
      software: SOFTWARE,
    },
  };
}

const CLASSIFIER: Readonly<Record<string, ClassifierName>> = {
  LR_none: 'LR_none',
  LR_l2: 'LR_L2',
  SVM_platt_det: 'SVM',
};

const candidateOf = ({
  selector,
  classifier,
  k,
  pooled_auc,
  pooled_se,
  mean_fold_auc,
  fold_auc,
}: Choice): Candidate => ({
  selector,
  classifier: CLASSIFIER[classifier]!,
  k,
  pooledAuc: pooled_auc,
  pooledSe: pooled_se,
  foldAuc: fold_auc ?? [mean_fold_auc],
  meanFoldAuc: mean_fold_auc,
});

const tableOf = (table: readonly Choice[]): Candidate[] =>
  table.filter(({ classifier }) => CLASSIFIER[classifier] !== undefined).map(candidateOf);

/** The reference keeps no table of a scout: the one of the whole set stands in, moved so that the choice lies on it. */
function tableWith(choice: Candidate, expected: Expected): Candidate[] {
  const table = tableOf(expected.cv.table).filter(({ classifier, k }) => classifier !== 'LR_L2' && k <= 15);
  const isChoice = (each: Candidate): boolean =>
    each.selector === choice.selector && each.classifier === choice.classifier && each.k === choice.k;
  const move = choice.pooledAuc - table.find(isChoice)!.pooledAuc;
  return table.map((each) => (isChoice(each) ? choice : { ...each, pooledAuc: each.pooledAuc + move }));
}

const choiceOf = (table: readonly Candidate[], { selector, classifier, k }: Choice): Candidate =>
  table.find(
    (each) => each.selector === selector && each.classifier === CLASSIFIER[classifier] && each.k === k,
  )!;

function recordOf(expected: Expected, rows: readonly Row[]): FitRecord {
  const oof = Float64Array.from(expected.cv.example_oof_scores['ANOVA_SVM_platt_det_5']!);
  const outer = aucEstimate(labelsOf(rows), oof, null, RESAMPLING);
  const nameOf = (at: number): string => expected.features[at]!;
  const scouts = Object.entries(expected.scout.max.scouts).map(
    ([image, { columns, choice, retained, passed }]): ScoutRecord => ({
      image: image === 'original' ? image : `${image}-mm-3D`,
      columns: columns.length,
      isPassed: passed,
      table: tableWith(candidateOf(choice), expected),
      failed: [],
      choice: candidateOf(choice),
      features: retained.map(nameOf),
    }),
  );
  return {
    mode: 'recommended',
    definition: 'followUpMinusBaseline',
    reference: 'baseline',
    featureSet: 'paper',
    seed: 12345,
    harmonisedBy: null,
    pccThreshold: 0.98,
    rule: 'max',
    folds: expected.folds.grouped.fold_of_row,
    grouping: 'patient',
    constantColumns: ['original_glcm_Nothing'],
    split: null,
    scouts,
    final: {
      table: tableOf(expected.cv.table).filter(({ classifier }) => classifier !== 'LR_L2'),
      failed: [{ selector: 'RFE', classifier: 'SVM', k: 21, because: 'fewer features than k' }],
      choice: choiceOf(tableOf(expected.cv.table), expected.cv.choice_max),
      features: expected.evaluation.cv_choice_max.feature_names,
    },
    nested: {
      pooledAuc: outer.auc,
      pooledSe: outer.se,
      foldAuc: [0.61, 0.7, 0.66, 0.68, 0.65],
      scores: [...oof],
    },
    training: rows.map(({ caseName, patient, label, probability }) => ({
      caseName,
      patient,
      label,
      probability,
    })),
    notices: ['One column was constant and was left out: original_glcm_Nothing.'],
    tables: [SHA],
    software: SOFTWARE,
  };
}
