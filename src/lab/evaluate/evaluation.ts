/** What an evaluation says, as JSON: it is written beside the report and feeds it. */

/** lower and upper bound, 95 % */
export type Interval = readonly [number, number];

export type RocPoint = Readonly<{
  /** null: above every score */
  threshold: number | null;
  fpr: number;
  tpr: number;
}>;

export type AucEstimate = Readonly<{
  auc: number;
  /** DeLong; rows taken as independent */
  se: number;
  delong: Interval;
  /** DeLong on the logit scale; null where AUC is 0 or 1 */
  logit: Interval | null;
  /** percentiles of resampled patients, all their rows together; null: no patients are known */
  patientBootstrap: Readonly<{ interval: Interval; replicates: number; seed: number }> | null;
}>;

/** x of n with its Wilson interval; null without a denominator */
export type Proportion = Readonly<{ x: number; n: number; value: number; wilson: Interval }> | null;

export type AtCutOff = Readonly<{
  cutOff: number;
  /** where it comes from */
  source: 'training' | 'own';
  tp: number;
  fp: number;
  fn: number;
  tn: number;
  accuracy: Proportion;
  sensitivity: Proportion;
  specificity: Proportion;
  ppv: Proportion;
  npv: Proportion;
  youden: number;
  /** Matthews correlation coefficient; null without a denominator */
  mcc: number | null;
}>;

export type Calibration = Readonly<{
  brier: number;
  /** of the prevalence alone */
  brierNull: number;
  logLoss: number;
  /** null: it has no optimum (separated) */
  slope: number | null;
  intercept: number | null;
  inTheLarge: number | null;
  observedToExpected: number;
  hosmerLemeshow: Readonly<{ statistic: number; df: number; p: number }> | null;
  /** groups of equal size by probability, ascending */
  groups: readonly Readonly<{ n: number; meanProbability: number; events: number; wilson: Interval }>[];
}>;

export type DecisionPoint = Readonly<{ threshold: number; model: number; treatAll: number; treatNone: 0 }>;

export type CohortResult = Readonly<{
  /** `training`, `test`, or what the table's split column says */
  name: string;
  n: number;
  events: number;
  /** null: not known */
  patients: number | null;
  rows: readonly Readonly<{
    caseName: string;
    patient: string;
    label: 0 | 1;
    probability: number;
    days: number | null;
    site: string;
    scanner: string;
  }>[];
  roc: readonly RocPoint[];
  auc: AucEstimate;
  /** at the training set's cut-off, and at this cohort's own Youden cut-off (optimistic, for comparison) */
  atTrainingCutOff: AtCutOff;
  atOwnCutOff: AtCutOff;
  calibration: Calibration;
  /** at this cohort's own prevalence, and re-weighted to `prevalence` with probabilities shifted to it; null: none was given */
  decision: readonly DecisionPoint[];
  reweighted: Readonly<{ prevalence: number; points: readonly DecisionPoint[] }> | null;
}>;

/** Is it more than time and size? Every AUC is of the same rows as the model's beside it. */
export type MoreThanTime = Readonly<{
  cohort: string;
  model: AucEstimate;
  days: AucEstimate | null;
  volumeChange: AucEstimate | null;
  /** the model's leading feature, free of any normalisation */
  rawDelta: AucEstimate | null;
  /** time alone ranks as well as the model: AUC of days at least the model's */
  isTimeAsGood: boolean | null;
  /** paired DeLong, model against days */
  modelAgainstDays: PairedComparison | null;
  sentence: string;
}>;

export type PairedComparison = Readonly<{
  /** name of the cohort whose rows are compared */
  cohort: string;
  first: string;
  second: string;
  aucFirst: number;
  aucSecond: number;
  /** of the difference, DeLong */
  se: number;
  z: number;
  p: number;
}>;

export type Subgroup = Readonly<{
  cohort: string;
  by: 'scanner' | 'site' | 'kernel';
  value: string;
  n: number;
  events: number;
  /** null: too few of one class */
  auc: AucEstimate | null;
}>;

export type LeaveOneSiteOut = Readonly<{
  site: string;
  n: number;
  events: number;
  auc: AucEstimate | null;
  because: string;
}>;

export type Evaluation = Readonly<{
  model: Readonly<{ id: string; version: string; sha256: string; title: string; cutOff: number }>;
  cohorts: readonly CohortResult[];
  moreThanTime: readonly MoreThanTime[];
  subgroups: readonly Subgroup[];
  leaveOneSiteOut: readonly LeaveOneSiteOut[];
  comparisons: readonly PairedComparison[];
  notices: readonly string[];
  software: string;
}>;
