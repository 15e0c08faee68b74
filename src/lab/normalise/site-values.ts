/** The values of one site that a normalisation can rest on, the oldest first. */
import { Fault } from '../../fault.ts';
import type { LocalDelta, Visit } from '../../model/local-deltas.ts';
import {
  columnOf,
  type FeatureTable,
  type TableRow,
  withFeatures,
  withRows,
} from '../table/feature-table.ts';
import type { SiteValues } from './local.ts';

/** Rows at baseline are none of it. By date where every row has one, else in the order of the table. Throws TABLE_INVALID. */
export function valuesOfTable(table: FeatureTable, names: readonly string[]): SiteValues {
  const missing = names.find((name) => !table.features.includes(name));
  if (missing) throw new Fault('TABLE_INVALID', `there is no column ${missing}, which the model needs`);
  const own = withFeatures(
    withRows(table, ({ visit }) => visit !== 'baseline'),
    names,
  );
  const order = own.rows.map((_, i) => i);
  if (own.rows.every(({ date }) => date !== ''))
    order.sort((one, other) => own.rows[one]!.date.localeCompare(own.rows[other]!.date) || one - other);
  return {
    visits: order.map((i) => VISITS[own.rows[i]!.visit ?? 'other']),
    features: names.map((name, j) => {
      const column = columnOf(own, j);
      return { name, values: Float64Array.from(order, (i) => column[i]!) };
    }),
  };
}

const VISITS: Readonly<Record<NonNullable<TableRow['visit']>, Visit>> = {
  FFT: 'early',
  EAR: 'late',
  other: 'unknown',
  baseline: 'unknown',
};

/** Of a model of several features, only the reports that have them all. */
export function valuesOfReports(
  deltas: readonly LocalDelta[],
  [lead, ...others]: readonly [string, ...string[]],
): SiteValues {
  const whole = deltas.filter((each) => others.every((name) => each.others?.[name] !== undefined));
  return {
    visits: whole.map(({ visit }) => visit),
    features: [
      { name: lead, values: Float64Array.from(whole, ({ delta }) => delta) },
      ...others.map((name) => ({
        name,
        values: Float64Array.from(whole, (each) => each.others?.[name] ?? 0),
      })),
    ],
  };
}
