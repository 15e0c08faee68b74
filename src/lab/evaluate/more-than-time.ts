/** Is it more than time and size? What ranks the same rows as well as the model, without it. */
import { aucEstimate } from '../statistics/auc.ts';
import type { Resampling } from '../statistics/bootstrap.ts';
import { pairedDelong } from '../statistics/paired-delong.ts';
import { columnOf } from '../table/feature-table.ts';
import { type Cohort, picked, valuesOf } from './cohort.ts';
import type { AucEstimate, MoreThanTime, PairedComparison } from './evaluation.ts';
import type { JudgedModel } from './judged-model.ts';

/** The first that a table has is its volume. */
export const VOLUMES = ['original_shape_MeshVolume', 'original_shape_VoxelVolume'] as const;
const MS_PER_DAY = 86_400_000;

/**
 * Later, and grown, count as resistance. The raw value of the feature with the largest coefficient counts in the direction of that
 * coefficient. All of them were chosen before the outcome was looked at.
 */
export function moreThanTime(model: JudgedModel, cohort: Cohort, resampling: Resampling): MoreThanTime {
  const { name, labels, patients, probabilities } = cohort;
  const estimate = (scores: Float64Array | null): AucEstimate | null =>
    scores && aucEstimate(labels, scores, patients, resampling);
  const time = daysOf(cohort);
  const ofModel = aucEstimate(labels, probabilities, patients, resampling);
  const days = estimate(time);
  const volumeChange = estimate(volumeChangeOf(model, cohort));
  const modelAgainstDays =
    time && comparison(name, labels, [model.id, probabilities], ['days since baseline', time]);
  return {
    cohort: name,
    model: ofModel,
    days,
    volumeChange,
    rawDelta: estimate(rawDeltaOf(model, cohort)),
    isTimeAsGood: days && days.auc >= ofModel.auc,
    modelAgainstDays,
    sentence: sentenceOf(ofModel, days, volumeChange, modelAgainstDays),
  };
}

type Score = readonly [name: string, scores: Float64Array];

/** null: the two rank the rows alike, or both without an error; there is nothing to test. */
export function comparison(
  cohort: string,
  labels: Uint8Array,
  [first, one]: Score,
  [second, other]: Score,
): PairedComparison | null {
  const { aucs, test } = pairedDelong(labels, one, other);
  return test && { cohort, first, second, aucFirst: aucs[0], aucSecond: aucs[1], ...test };
}

/** As the table says, or by the date of the patient's baseline in it; null where a row has neither. */
function daysOf(cohort: Cohort): Float64Array | null {
  const baselines = baselinesOf(cohort);
  const days = cohort.rows.map(({ days: said, date, patient }) => {
    const baseline = cohort.table.rows[baselines.get(patient) ?? -1];
    if (said !== null || !baseline?.date || date === '') return said;
    return (Date.parse(date) - Date.parse(baseline.date)) / MS_PER_DAY;
  });
  const known = days.filter((each) => each !== null);
  return known.length === days.length ? Float64Array.from(known) : null;
}

/** Of a table of changes: its volume column. Of a table of time points: volume less that of the patient's baseline in it. */
function volumeChangeOf({ definition }: JudgedModel, cohort: Cohort): Float64Array | null {
  const volume = VOLUMES.find((name) => cohort.table.features.includes(name));
  if (volume === undefined) return null;
  const all = columnOf(cohort.table, cohort.table.features.indexOf(volume));
  if (definition !== 'followUpAlone') return picked(all, cohort.at);
  const baselines = baselinesOf(cohort);
  const before = cohort.rows.map(({ patient }) => baselines.get(patient));
  if (before.some((at) => at === undefined)) return null;
  return Float64Array.from(before, (at, i) => all[cohort.at[i]!]! - all[at!]!);
}

/** By patient: position of the only row that is a baseline. */
function baselinesOf({ table }: Cohort): Map<string, number> {
  const found = new Map<string, number>();
  const twice = new Set<string>();
  table.rows.forEach(({ patient, visit }, i) => {
    if (visit !== 'baseline' || patient === '') return;
    if (found.has(patient)) twice.add(patient);
    found.set(patient, i);
  });
  for (const patient of twice) found.delete(patient);
  return found;
}

/** Free of any normalisation, and of harmonisation. */
function rawDeltaOf({ features }: JudgedModel, cohort: Cohort): Float64Array | null {
  const leading = features.reduce((one, other) =>
    Math.abs(other.coefficient) > Math.abs(one.coefficient) ? other : one,
  );
  return valuesOf(cohort, leading.name)?.map((value) => Math.sign(leading.coefficient) * value) ?? null;
}

const FIRST_PRECEDES =
  'The first follow-up (FFT) always precedes the visit at early acquired resistance (EAR): whatever changes with time tells the two apart.';

function sentenceOf(
  model: AucEstimate,
  days: AucEstimate | null,
  volume: AucEstimate | null,
  against: PairedComparison | null,
): string {
  const said = ({ auc }: AucEstimate): string => auc.toFixed(3);
  const size = volume
    ? ` Volume change alone has an AUC of ${said(volume)}.`
    : ' Volume change is not in the table.';
  if (days === null)
    return `Days since baseline are not known for every row, so whether the model tells more than time cannot be shown. ${FIRST_PRECEDES}${size}`;
  if (days.auc >= model.auc)
    return `Time alone does as well as the model: the days since baseline have an AUC of ${said(days)}, the model ${said(model)}. ${FIRST_PRECEDES} This cohort does not show that the model tells more.${size}`;
  const chance = against && against.p < 0.05 ? 'more than chance explains' : 'which chance may explain';
  const p = against ? ` (paired DeLong p ${against.p < 0.001 ? 'below 0.001' : against.p.toFixed(3)})` : '';
  return `The model has an AUC of ${said(model)}, the days since baseline alone ${said(days)}, ${chance}${p}. ${FIRST_PRECEDES}${size}`;
}
