/** Does the model hold where none of its training rows come from? */
import { asFault } from '../../fault.ts';
import { grouped } from '../../model/grouped.ts';
import { finalModel } from '../learn/final-model.ts';
import { type Columns, fitZScore, toZScores } from '../learn/z-score.ts';
import type { ClassifierName } from '../record.ts';
import type { Resampling } from '../statistics/bootstrap.ts';
import { type Cohort, picked } from './cohort.ts';
import type { LeaveOneSiteOut } from './evaluation.ts';
import type { JudgedModel } from './judged-model.ts';
import { featureColumn } from './probabilities.ts';
import { aucOf, FEWEST_OF_A_CLASS } from './subgroups.ts';

/**
 * For each site of the training set: mean, SD and coefficients of the model's features are fitted again, by its classifier, to the rows of
 * all other sites, and judged on the rows of this one. A patient seen at this site is left out of the fit. Features were chosen with this
 * site's rows, so that the result is still somewhat too good; features are not harmonised, since there is nothing of a new site
 * to do it by. None with fewer than two sites.
 */
export function leaveOneSiteOut(
  model: JudgedModel,
  cohort: Cohort,
  resampling: Resampling,
): LeaveOneSiteOut[] {
  const sites = [...grouped([...cohort.rows.keys()], (i) => cohort.rows[i]!.site)];
  if (sites.length < 2) return [];
  const columns = model.features.map(({ name }) => picked(featureColumn(cohort.table, name), cohort.at));
  const n = cohort.rows.length;
  const values = new Float64Array(columns.length * n);
  columns.forEach((column, j) => {
    values.set(column, j * n);
  });
  return sites.map(([site, own]) => {
    const rows = own.map((i) => cohort.rows[i]!);
    const events = rows.filter(({ label }) => label === 1).length;
    const patients = new Set(rows.map(({ patient }) => patient).filter((patient) => patient !== ''));
    const others = [...cohort.rows.keys()].filter(
      (i) => cohort.rows[i]!.site !== site && !patients.has(cohort.rows[i]!.patient),
    );
    const result = { site, n: rows.length, events };
    const scores = refitted(model, { values, rows: n }, cohort.labels, others, own);
    if (typeof scores === 'string') return { ...result, auc: null, because: scores };
    const auc = aucOf(rows, scores, resampling);
    const because = auc
      ? `fitted to ${others.length} rows of ${sites.length - 1} other sites`
      : `fewer than ${FEWEST_OF_A_CLASS} rows of one class at this site`;
    return { ...result, auc, because };
  });
}

const classifierOf = ({ classifier }: JudgedModel): ClassifierName => {
  if (classifier.kind === 'linearSVC') return 'SVM';
  return classifier.C === null ? 'LR_none' : 'LR_L2';
};

/** Log odds of the rows `own` by a model fitted to `others`; or why there is none. */
function refitted(
  model: JudgedModel,
  table: Columns,
  labels: Uint8Array,
  others: readonly number[],
  own: readonly number[],
): Float64Array | string {
  const training = Int32Array.from(others);
  const ofTraining = Uint8Array.from(others, (i) => labels[i]!);
  const events = ofTraining.filter((label) => label === 1).length;
  if (Math.min(events, others.length - events) < FEWEST_OF_A_CLASS)
    return `the other sites have fewer than ${FEWEST_OF_A_CLASS} rows of one class`;
  const columns = Int32Array.from(model.features, (_, j) => j);
  const zScore = fitZScore(table, columns, training);
  if (zScore.sd.includes(0)) return 'a feature is constant at the other sites';
  try {
    const fit = finalModel(classifierOf(model), toZScores(table, columns, training, zScore), ofTraining);
    const z = toZScores(table, columns, Int32Array.from(own), zScore);
    return Float64Array.from(own, (_, i) =>
      fit.coefficients.reduce((sum, w, j) => sum + w * z.values[j * own.length + i]!, fit.intercept),
    );
  } catch (thrown) {
    const fault = asFault(thrown);
    if (fault.code === 'INTERNAL') throw thrown;
    return fault.message;
  }
}
