/** The deltas of this site: how far a normalisation could rest on them (DESIGN, "Honest numbers"). */
import { FEWEST_FOR_NORMAL_DISPLAY, FEWEST_FOR_PROBABILITY } from './category.ts';
import { meanAndSd, percentile } from './interval.ts';
import { isLopsided } from './mix.ts';

export type Visit = 'early' | 'late' | 'unknown';

/** One reported follow-up that stands. */
export type LocalDelta = Readonly<{
  StudyInstanceUID: string;
  /** tells patients apart, and says nothing about them */
  patient: string;
  StudyDate: string;
  reportedAt: Date;
  /** follow-up minus baseline of the target lesion, in feature units */
  delta: number;
  /** deltas of the further features of a model of several, as far as they were measured; absent: it has one */
  others?: Readonly<Record<string, number>> | undefined;
  /** null: a date is missing */
  daysSinceBaseline: number | null;
  /** null: the start of the TKI or the date of the exam is not known */
  daysSinceTkiStart: number | null;
  visit: Visit;
  /** Manufacturer and ManufacturerModelName of the follow-up; '' when it does not say */
  scanner: string;
  kernel: string;
}>;

/**
 * The paper's training set has one first follow-up and one visit at early acquired resistance of every patient, and gives no days.
 * The limit is ours: half a year is well before the median progression under a first or second generation TKI (9 to 13 months),
 * and after a first follow-up. Late is a visit by time only: it is not known to be one at resistance.
 */
const LATE_FROM_DAYS = 180;

/** A visit before the start of the TKI is neither. */
export function visitOf(daysSinceTkiStart: number | null): Visit {
  if (daysSinceTkiStart === null || daysSinceTkiStart < 0) return 'unknown';
  return daysSinceTkiStart < LATE_FROM_DAYS ? 'early' : 'late';
}

/** Versions of a local normalisation are frozen at these counts (PAPER_CHECK 3, option 4). */
export const FROZEN_AT = [20, 30, 50, 100] as const;

export const MIX_RULE =
  `Early is before day ${LATE_FROM_DAYS} after the start of the TKI, late from then on. The mix is lopsided when early or late ` +
  'visits, as far as known, are fewer than a third of all: the model was fitted to as many of the one as of the other, and a ' +
  'normalisation on early visits alone calls too many tumours resistant.';

export type NormalisationProgress = Readonly<{
  n: number;
  patients: number;
  /** what n alone allows; a lopsided mix keeps it provisional */
  stage: 'deltaOnly' | 'provisional' | 'normal';
  /** the next count at which more is allowed; null: there is none */
  next: Readonly<{ at: number; missing: number }> | null;
  frozen: readonly Readonly<{ version: string; at: number; isReached: boolean }>[];
  mix: Readonly<Record<Visit, number>>;
  /** also when too few visits are known to be early or late */
  isLopsided: boolean;
  /** ddof 0, as the model's normalisation is; null without a delta */
  mean: number | null;
  sd: number | null;
  median: number | null;
  /** first and third quartile. An alarm for outliers, never a normalisation (PAPER_CHECK 3). */
  quartiles: readonly [number, number] | null;
}>;

export function normalisationProgress(deltas: readonly LocalDelta[]): NormalisationProgress {
  const n = deltas.length;
  const mix = { early: 0, late: 0, unknown: 0 };
  for (const { visit } of deltas) mix[visit] += 1;
  const lopsided = isLopsided(mix, n);
  return {
    n,
    patients: new Set(deltas.map(({ patient }) => patient)).size,
    stage: stageOf(n, lopsided),
    next: nextOf(n),
    frozen: FROZEN_AT.map((at, index) => ({ version: `v${index + 1}`, at, isReached: n >= at })),
    mix,
    isLopsided: lopsided,
    ...spreadOf(deltas.map(({ delta }) => delta)),
  };
}

function stageOf(n: number, lopsided: boolean): NormalisationProgress['stage'] {
  if (n < FEWEST_FOR_PROBABILITY) return 'deltaOnly';
  return n < FEWEST_FOR_NORMAL_DISPLAY || lopsided ? 'provisional' : 'normal';
}

function nextOf(n: number): NormalisationProgress['next'] {
  const at = [FEWEST_FOR_PROBABILITY, FEWEST_FOR_NORMAL_DISPLAY].find((count) => n < count);
  return at === undefined ? null : { at, missing: at - n };
}

function spreadOf(
  values: readonly number[],
): Pick<NormalisationProgress, 'mean' | 'sd' | 'median' | 'quartiles'> {
  if (values.length === 0) return { mean: null, sd: null, median: null, quartiles: null };
  const ascending = Float64Array.from(values).sort();
  return {
    ...meanAndSd(values),
    median: percentile(ascending, 50),
    quartiles: [percentile(ascending, 25), percentile(ascending, 75)],
  };
}
