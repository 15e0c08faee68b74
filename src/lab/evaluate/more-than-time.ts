/** Is it more than time and size? What ranks the same rows as well as the model, without it. */
import { aucEstimate } from '../statistics/auc.ts';
import type { Resampling } from '../statistics/bootstrap.ts';
import { delong } from '../statistics/delong.ts';
import { pairedDelong } from '../statistics/paired-delong.ts';
import { columnOf } from '../table/feature-table.ts';
import { type Cohort, hasBothClasses, picked, valuesOf } from './cohort.ts';
import type { AucEstimate, MoreThanTime, PairedComparison } from './evaluation.ts';
import type { JudgedModel } from './judged-model.ts';

/** The first that a table has is its volume. */
export const VOLUMES = ['original_shape_MeshVolume', 'original_shape_VoxelVolume'] as const;
const MS_PER_DAY = 86_400_000;

/**
 * Later, and grown, count as resistance. The raw value of the feature with the largest coefficient counts in the direction of that
 * coefficient. All of them were chosen before the outcome was looked at. Days are compared on the rows that have them.
 */
export function moreThanTime(model: JudgedModel, cohort: Cohort, resampling: Resampling): MoreThanTime {
  const { name, labels, patients, probabilities } = cohort;
  const estimate = (scores: Float64Array | null): AucEstimate | null =>
    scores && aucEstimate(labels, scores, patients, resampling);
  const ofModel = aucEstimate(labels, probabilities, patients, resampling);
  const volumeChange = estimate(volumeChangeOf(model, cohort));
  const time = againstDays(model, cohort, resampling);
  return {
    cohort: name,
    model: ofModel,
    volumeChange,
    rawDelta: estimate(rawDeltaOf(model, cohort)),
    ...time,
    sentence: `${sentenceOf(time)} ${FIRST_PRECEDES}${sizeSentence(volumeChange)}`,
  };
}

type Time = Pick<MoreThanTime, 'days' | 'dated' | 'isMoreThanTime' | 'modelAgainstDays'>;

const SIGNIFICANT = 0.05;

function againstDays(model: JudgedModel, cohort: Cohort, resampling: Resampling): Time {
  const all = daysOf(cohort);
  const known = all.flatMap((days, i) => (days === null ? [] : [i]));
  const labels = Uint8Array.from(known, (i) => cohort.labels[i]!);
  if (!hasBothClasses(labels))
    return { days: null, dated: null, isMoreThanTime: null, modelAgainstDays: null };
  const time = Float64Array.from(known, (i) => all[i]!);
  const scores = picked(cohort.probabilities, known);
  const patients = cohort.patients && known.map((i) => cohort.patients![i]!);
  const days = aucEstimate(labels, time, patients, resampling);
  const modelAuc = delong(labels, scores).auc;
  const tested = comparison(cohort.name, labels, [model.id, scores], ['days since baseline', time]);
  return {
    days,
    dated: { n: known.length, of: all.length, modelAuc },
    isMoreThanTime: modelAuc > days.auc && (tested === null || tested.p < SIGNIFICANT),
    modelAgainstDays: tested,
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

/** As the table says, or by the date of the patient's baseline in it; null of a row that has neither. */
function daysOf(cohort: Cohort): (number | null)[] {
  const baselines = baselinesOf(cohort);
  return cohort.rows.map(({ days: said, date, patient }) => {
    const baseline = cohort.table.rows[baselines.get(patient) ?? -1];
    if (said !== null || !baseline?.date || date === '') return said;
    return (Date.parse(date) - Date.parse(baseline.date)) / MS_PER_DAY;
  });
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

const said = (auc: number): string => auc.toFixed(3);

const sizeSentence = (volume: AucEstimate | null): string =>
  volume ? ` Volume change alone has an AUC of ${said(volume.auc)}.` : ' Volume change is not in the table.';

function sentenceOf({ days, dated, isMoreThanTime, modelAgainstDays }: Time): string {
  if (days === null || dated === null)
    return 'Days since baseline are known for too few rows, so whether the model tells more than time cannot be shown.';
  const { n, of, modelAuc } = dated;
  const rows = n < of ? ` on the ${n} of ${of} rows whose days are known` : '';
  if (days.auc >= modelAuc)
    return `Time alone does as well as the model: the days since baseline have an AUC of ${said(days.auc)}, the model ${said(modelAuc)}${rows}. This cohort does not show that the model tells more.`;
  const p = modelAgainstDays?.p;
  const test =
    p === undefined
      ? 'without an error to test it by'
      : `paired DeLong p ${p < 0.001 ? 'below 0.001' : p.toFixed(3)}`;
  const aucs = `The model has an AUC of ${said(modelAuc)}, the days since baseline alone ${said(days.auc)}${rows}`;
  return isMoreThanTime
    ? `${aucs}, more than chance explains (${test}).`
    : `${aucs}, which chance may explain (${test}). This cohort does not show that the model tells more than time.`;
}
