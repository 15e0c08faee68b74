import type { MeanAndSd } from './interval.ts';
import type { ServedModel } from './served-model.ts';

export type Category = 'positive' | 'negative' | 'indeterminate' | 'notEvaluable';

/**
 * Mean and SD that turn a delta into z. `supplied`: the authors' (or another cohort's) numbers from the
 * configuration, taken as known. `local`: learnt from this site's own deltas, whose sampling error is drawn by bootstrap.
 */
export type Normalisation =
  | Readonly<{ kind: 'none' }>
  | Readonly<{
      kind: 'supplied';
      /** of the leading feature, where the model has several */
      mean: number;
      sd: number;
      n: number;
      source: string;
      /** early and late visits behind it; absent: as many of the one as of the other, by design */
      mix?: Mix | undefined;
      others?: OtherScales | undefined;
    }>
  | Readonly<{
      kind: 'local';
      deltas: readonly number[];
      /** frozen version, e.g. `v2` */
      version: string;
      /** how many of the deltas are early and late visits; unknown or lopsided keeps it provisional */
      mix: Mix;
    }>;

export type Mix = Readonly<{ early: number; late: number; unknown: number }>;

/** Mean and SD of the features beside the leading one, by PyRadiomics name; absent in a model of one feature. */
type OtherScales = Readonly<Record<string, MeanAndSd>>;

/** Why there is no probability, or that there is one; `ScoreResult.because` says the same in English. */
export type ScoreReason =
  | Readonly<{ kind: 'decided' }>
  | Readonly<{
      kind: 'featureUndefined';
      at: readonly ('baseline' | 'followUp')[];
      /** which of the features of the model; absent: it has one */
      features?: readonly string[] | undefined;
    }>
  | Readonly<{ kind: 'noNormalisation' }>
  | Readonly<{ kind: 'tooFewCases'; n: number; needed: number }>
  | Readonly<{ kind: 'noSpread' }>
  /** the measured lesions grew: the model is past its purpose */
  | Readonly<{ kind: 'progression' }>
  /** checks that hold the case, by their id */
  | Readonly<{ kind: 'held'; checks: readonly string[] }>;

/** What a report may say about the normalisation in force. */
export type NormalisationState = Readonly<{
  kind: Normalisation['kind'];
  mean?: number | undefined;
  sd?: number | undefined;
  n?: number | undefined;
  source?: string | undefined;
  others?: OtherScales | undefined;
  version?: string | undefined;
  /** shown as provisional: n is 20 to 49, or the mix is unknown or lopsided */
  isProvisional: boolean;
}>;

/** A feature beside the leading one. */
export type OtherTerm = Readonly<{
  feature: string;
  baselineValue: number | null;
  followUpValue: number | null;
  delta: number | null;
  z: number | null;
}>;

export type ScoreResult = Readonly<{
  model: Pick<ServedModel, 'id' | 'version'> & Readonly<{ sha256: string }>;
  /** PyRadiomics name; of several features the leading one, of which values, delta and z are */
  feature: string;
  /** the further features of the model; absent: it has one */
  others?: readonly OtherTerm[] | undefined;
  baselineValue: number | null;
  followUpValue: number | null;
  /** follow-up minus baseline; null when a value is undefined */
  delta: number | null;
  normalisation: NormalisationState;
  z: number | null;
  /** 0 to 1; null when no probability can be given */
  probability: number | null;
  /** 95 %, 0 to 1 */
  interval: readonly [number, number] | null;
  cutOff: number;
  /** null when there is no probability because no normalisation is established (the delta stands alone) */
  category: Category | null;
  /** why there is no probability, or why the category is what it is; one plain sentence */
  because: string;
  reason: ScoreReason;
  /** the site's own prevalence, beside the published one, never instead of it */
  priorShifted: Readonly<{ prevalence: number; probability: number }> | null;
  /** how many of the local deltas are smaller than this one; null or absent without local deltas */
  rank?: Readonly<{ below: number; of: number }> | null | undefined;
}>;
