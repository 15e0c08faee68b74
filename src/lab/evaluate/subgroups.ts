import { grouped } from '../../model/grouped.ts';
import { aucEstimate } from '../statistics/auc.ts';
import type { Resampling } from '../statistics/bootstrap.ts';
import { type Cohort, patientsOf, picked } from './cohort.ts';
import type { AucEstimate, Subgroup } from './evaluation.ts';

/** With fewer of a class an AUC says more of chance than of the model. */
export const FEWEST_OF_A_CLASS = 5;

/** By scanner, site and kernel, largest first, where the table tells at least two apart; rows that do not say are a group named ''. */
export function subgroupsOf(cohort: Cohort, resampling: Resampling): Subgroup[] {
  return (['scanner', 'site', 'kernel'] as const).flatMap((by) => {
    const groups = [...grouped([...cohort.rows.keys()], (i) => cohort.rows[i]![by])];
    if (groups.length < 2) return [];
    return groups
      .sort(([one, these], [other, those]) => those.length - these.length || (one < other ? -1 : 1))
      .map(([value, at]) => ({
        cohort: cohort.name,
        by,
        value,
        n: at.length,
        events: at.filter((i) => cohort.labels[i] === 1).length,
        auc: aucOf(
          at.map((i) => cohort.rows[i]!),
          picked(cohort.probabilities, at),
          resampling,
        ),
      }));
  });
}

/** null: fewer than five of a class */
export function aucOf(
  rows: Cohort['rows'],
  scores: Float64Array,
  resampling: Resampling,
): AucEstimate | null {
  const labels = Uint8Array.from(rows, ({ label }) => label ?? 0);
  const events = labels.filter((label) => label === 1).length;
  if (Math.min(events, rows.length - events) < FEWEST_OF_A_CLASS) return null;
  return aucEstimate(labels, scores, patientsOf(rows), resampling);
}
