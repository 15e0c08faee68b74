/** The rows that a model is made of, from the tables that there are. */
import { Fault } from '../../fault.ts';
import { type Change, type DeltaTable, deltasOf, deltasWithin } from '../cohort/deltas.ts';
import { TRAINING } from '../evaluate/cohort.ts';
import { refuseOverlap } from '../evaluate/refusals.ts';
import { tablesBySplit } from '../evaluate/tables-by-split.ts';
import { withFeatureSet } from '../table/feature-set.ts';
import { type FeatureTable, type TableRow, withRows } from '../table/feature-table.ts';
import type { FitOptions } from './fit-options.ts';

type Needs = Pick<FitOptions, 'definition' | 'reference' | 'featureSet'>;

const MOST_NAMED = 10;

/**
 * Of a model of follow-ups alone, the rows of the table that are follow-ups. Of a model of changes: with `baselines`, the table minus
 * these; a table whose column visit names baselines is subtracted within itself; any other holds changes already. A column that has no
 * relative change or log ratio in some row is left out; so are time points that only had to be subtracted. Notices say so. Throws what
 * `deltasOf` throws; COHORT_INVALID where nothing is left.
 */
export function rowsToFit(
  table: FeatureTable,
  baselines: FeatureTable | null,
  { definition, reference, featureSet }: Needs,
): FeatureTable {
  const wanted = withFeatureSet(table, featureSet);
  const hasBaselines = table.rows.some(({ visit }) => visit === 'baseline');
  if (definition === 'followUpAlone') return labelled(wanted);
  if (baselines === null && !hasBaselines) return wanted;
  const changed = baselines
    ? deltasOf(wanted, withFeatureSet(baselines, featureSet), definition, reference, 'leaveOut')
    : deltasWithin(wanted, definition, reference, 'leaveOut');
  if (changed.rows.length === 0)
    throw new Fault('COHORT_INVALID', `no follow-up has a change. ${exclusionsOf(changed).join(' ')}`);
  if (changed.features.length === 0)
    throw new Fault('COHORT_INVALID', `no feature has a ${WORDS[definition]} in every row`);
  const notices = [...changed.notices, ...exclusionsOf(changed), ...undefinedOf(changed, definition)];
  const { rows, features, values, recipeDigest } = changed;
  return labelled({ rows, features, values, recipeDigest, notices });
}

const WORDS: Readonly<Record<Change, string>> = {
  followUpMinusBaseline: 'difference',
  relativeChange: 'relative change',
  logRatio: 'log ratio',
  changePerMonth: 'change per month',
};

/** Time points that nobody asks for an outcome: baselines, and others without a label. */
export function labelled(table: FeatureTable): FeatureTable {
  const isPassedOver = ({ visit, label }: TableRow): boolean =>
    label === null && (visit === 'baseline' || visit === 'other');
  const kept = withRows(table, (row) => !isPassedOver(row));
  const lost = table.rows.length - kept.rows.length;
  if (lost === 0) return table;
  const notice = `Rows of the visits baseline and other without a label are left out (${lost}).`;
  return { ...kept, notices: [...table.notices, notice] };
}

function exclusionsOf({ excluded }: DeltaTable): string[] {
  if (excluded.length === 0) return [];
  const named = excluded.slice(0, MOST_NAMED).map(({ line, detail }) => `row ${line}: ${detail}`);
  const more = excluded.length > MOST_NAMED ? ` And ${excluded.length - MOST_NAMED} more.` : '';
  return [`Follow-ups without a change are left out (${excluded.length}): ${named.join(' ')}${more}`];
}

function undefinedOf({ undefinedColumns }: DeltaTable, definition: Change): string[] {
  if (undefinedColumns.length === 0) return [];
  const named = undefinedColumns.slice(0, MOST_NAMED).join(', ');
  const more =
    undefinedColumns.length > MOST_NAMED ? ` and ${undefinedColumns.length - MOST_NAMED} more` : '';
  return [
    `Columns without a ${WORDS[definition]} in some row are left out (${undefinedColumns.length}): ${named}${more}.`,
  ];
}

/**
 * Of a table with a column split the rows that train; without one all. Throws COHORTS_OVERLAP where a patient is on both sides,
 * COHORT_INVALID where no row trains.
 */
export function trainingRows(table: FeatureTable): FeatureTable {
  if (table.rows.every(({ split }) => split === '')) return table;
  const parts = tablesBySplit(table);
  refuseOverlap({ lab: {} }, parts);
  const training = parts.find(({ name }) => name === TRAINING)?.table;
  if (training === undefined)
    throw new Fault(
      'COHORT_INVALID',
      'column split: no row says train; name the training rows so, or leave the column out',
    );
  const lost = table.rows.length - training.rows.length;
  if (lost === 0) return training;
  const notice = `Rows that the column split does not call train are left out (${lost}).`;
  return { ...training, notices: [...training.notices, notice] };
}
