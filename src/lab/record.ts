/** What is kept of a search: every candidate, every choice. JSON: it stands in the model file and feeds the report. */

import type { TableOneRow } from './cohort/table-one.ts';

export const SELECTORS = ['ANOVA', 'KW', 'RFE', 'Relief'] as const;
export type SelectorName = (typeof SELECTORS)[number];
/** LR_none: unpenalised. LR_L2: C = 1. SVM: linear, C = 1; its score is the deterministic Platt probability. */
export const CLASSIFIERS = ['LR_none', 'SVM', 'LR_L2'] as const;
export type ClassifierName = (typeof CLASSIFIERS)[number];

/** One way through the search: k features by a selector into a classifier. */
export type Candidate = Readonly<{
  selector: SelectorName;
  classifier: ClassifierName;
  k: number;
  /** AUC of the pooled out-of-fold scores (FAE's "CV AUC"), and its DeLong standard error */
  pooledAuc: number;
  pooledSe: number;
  foldAuc: readonly number[];
  /** mean of the folds' AUC */
  meanFoldAuc: number;
}>;

/** null AUC: no classifier could be fitted, and why */
export type FailedCandidate = Readonly<
  Pick<Candidate, 'selector' | 'classifier' | 'k'> & { because: string }
>;

export type SearchRecord = Readonly<{
  /** in the order searched */
  table: readonly Candidate[];
  failed: readonly FailedCandidate[];
  choice: Candidate;
  /** what the chosen selector keeps when fitted to all training rows */
  features: readonly string[];
}>;

export type ScoutRecord = SearchRecord &
  Readonly<{
    /** base image: `original`, `log-sigma-1-5-mm-3D`, … */
    image: string;
    columns: number;
    /** pooled CV AUC of the choice at least 0.6: its features go on */
    isPassed: boolean;
  }>;

type PatientSplit = Readonly<{
  seed: number;
  /** until no characteristic differed */
  draws: number;
  /** patients */
  train: number;
  test: number;
  /** characteristics of both sets with a test of each */
  table: readonly TableOneRow[];
}>;

export type FitRecord = Readonly<{
  mode: 'recommended' | 'fae';
  definition: string;
  reference: string;
  featureSet: 'paper' | 'all';
  /** of the shuffle before folds; null: rows and patients in the order of the table */
  seed: number | null;
  /** column that names the batch ComBat took out; null: none */
  harmonisedBy: 'site' | 'scanner' | 'kernel' | null;
  pccThreshold: number;
  rule: 'max' | 'oneStandardError';
  /** fold of every training row, in the order of the table; patients stay together in `patient` */
  folds: readonly number[];
  grouping: 'row' | 'patient';
  constantColumns: readonly string[];
  /** patients drawn into two sets, of which one trains; null: all rows train */
  split: PatientSplit | null;
  scouts: readonly ScoutRecord[];
  final: SearchRecord;
  /** the whole procedure, scouts included, repeated inside an outer loop; null in fae mode, where final.choice is optimistic */
  nested: Readonly<{
    pooledAuc: number;
    pooledSe: number;
    foldAuc: readonly number[];
    /** out-of-fold score of every training row */
    scores: readonly number[];
  }> | null;
  /** training rows in table order: who they are, and what the final model says of them */
  training: readonly Readonly<{ caseName: string; patient: string; label: 0 | 1; probability: number }>[];
  notices: readonly string[];
  /** SHA-256 of the text of the table(s) */
  tables: readonly string[];
  software: string;
}>;
