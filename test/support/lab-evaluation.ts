/** What scikit-learn and scipy say of two models of the reference cohort (`model-lab/expected.json`). */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { JudgedModel } from '../../src/lab/evaluate/judged-model.ts';
import { type FeatureTable, withFeatures } from '../../src/lab/table/feature-table.ts';
import { readFeatureTable } from '../../src/lab/table/read-feature-table.ts';
import { meanAndSd } from '../../src/model/interval.ts';
import { readJson } from './reference-cases.ts';

type Bounds = readonly [number, number];
type Roc = Readonly<{ fpr: number[]; tpr: number[]; thresholds: (number | null)[] }>;
type Resampled = Readonly<{ percentiles_2_5_50_97_5: [number, number, number]; first5: number[] }>;

export type ExpectedMetrics = Readonly<{
  cutoff: number;
  tp: number;
  fp: number;
  fn: number;
  tn: number;
  youden: number;
  mcc: number;
}> &
  Readonly<Record<(typeof PROPORTIONS)[number], number>> &
  Readonly<{ wilson: Record<(typeof PROPORTIONS)[number], Bounds> }>;

export const PROPORTIONS = ['accuracy', 'sensitivity', 'specificity', 'ppv', 'npv'] as const;

type ExpectedCohort = Readonly<{
  p: number[];
  auc: number;
  delong: { var: number; se: number; ci_normal: Bounds };
  ci_logit: Bounds;
  roc_all: Roc;
  roc_dropped: Roc;
  youden_own: { cutoff: number; metrics: ExpectedMetrics };
  dca: { threshold: number; model: number; treat_all: number }[];
  calibration: {
    brier: number;
    brier_null: number;
    log_loss: number;
    slope: number;
    intercept: number;
    citl: number;
    o_over_e: number;
    hosmer_lemeshow: { chi2: number; df: number; p: number };
  };
  bootstrap: { B: number; seed: number; stratified: Resampled; patient_cluster: Resampled };
}>;

type ExpectedModel = Readonly<{
  features: number[];
  feature_names: string[];
  coef: number[];
  intercept: number;
  train: ExpectedCohort;
  test: ExpectedCohort;
  at_train_cutoff: { train: ExpectedMetrics; test: ExpectedMetrics };
}>;

export const MODELS = ['paper_like_single', 'cv_choice_max'] as const;
export const COHORTS = ['train', 'test'] as const;

export type ExpectedEvaluation = Readonly<Record<(typeof MODELS)[number], ExpectedModel>> &
  Readonly<{
    paired_delong_test: { auc_single: number; auc_max: number; cov: number[][]; z: number; p: number };
  }>;

export type ExpectedUnits = Readonly<{
  mulberry32_seed12345_first10: number[];
  ties: {
    y: number[];
    score: number[];
    auc: number;
    delong_var: number;
    roc_dropped: { fpr: number[]; tpr: number[]; thr: (number | null)[] };
    roc_all: { fpr: number[]; tpr: number[]; thr: (number | null)[] };
  };
  chi2_sf_df1: [number, number][];
  f_sf_1_132: [number, number][];
  norm_ppf: [number, number][];
  published_delta_model: { intercept: number; coef: number; cutoff: number; table: [number, number][] };
}>;

export const expectedOf = (folder: string) =>
  readJson<Readonly<{ evaluation: ExpectedEvaluation; unit: ExpectedUnits }>>(
    folder,
    'model-lab',
    'expected.json',
  );

export const labTable = (folder: string, name: (typeof COHORTS)[number]): FeatureTable =>
  readFeatureTable(readFileSync(join(folder, 'model-lab', `${name}.csv`), 'utf8'));

export const labelsOf = (table: FeatureTable): Uint8Array =>
  Uint8Array.from(table.rows, ({ label }) => label ?? 0);

/** The reference's model as a file of ours would hold it. */
export function expectedModel(folder: string, name: (typeof MODELS)[number]): JudgedModel {
  const { feature_names, coef, intercept, at_train_cutoff } = expectedOf(folder).evaluation[name];
  const training = withFeatures(labTable(folder, 'train'), feature_names);
  const n = training.rows.length;
  return {
    id: name.replaceAll('_', '-'),
    version: '1',
    title: name,
    sha256: '0'.repeat(64),
    definition: 'followUpMinusBaseline',
    reference: 'baseline',
    features: feature_names.map((feature, j) => ({
      name: feature,
      ...meanAndSd(training.values.subarray(j * n, (j + 1) * n)),
      coefficient: coef[j]!,
    })),
    intercept,
    cutOff: at_train_cutoff.train.cutoff,
    classifier: { kind: 'logisticRegression', C: null },
    training: { prevalence: 0.5 },
    harmonisation: null,
    recipeDigest: null,
    lab: {},
  };
}
