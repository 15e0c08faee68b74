/** Rows with a known outcome, and what a model says of them. */
import { Fault } from '../../fault.ts';
import { columnOf, type FeatureTable, type TableRow, withRows } from '../table/feature-table.ts';
import type { JudgedModel } from './judged-model.ts';
import { probabilitiesOf } from './probabilities.ts';

export type NamedTable = Readonly<{ name: string; table: FeatureTable }>;

/** Name of the cohort that the model may have been trained on. */
export const TRAINING = 'training';

export type Cohort = Readonly<{
  name: string;
  /** all rows of the table, those without an outcome too */
  table: FeatureTable;
  /** positions in the table of the rows that count: those with a label. The arrays below have one value for each */
  at: readonly number[];
  rows: readonly TableRow[];
  labels: Uint8Array;
  probabilities: Float64Array;
  /** null: not known of every row */
  patients: readonly string[] | null;
}>;

/** A variance of DeLong's needs two of each class. Throws COHORT_INVALID. */
const FEWEST = 2;

/** Throws COHORT_INVALID with fewer than two rows of a class, and what `probabilitiesOf` throws. */
export function cohortOf(model: JudgedModel, { name, table }: NamedTable): Cohort {
  const at = table.rows.flatMap(({ label }, i) => (label === null ? [] : [i]));
  const rows = at.map((i) => table.rows[i]!);
  const events = rows.filter(({ label }) => label === 1).length;
  if (Math.min(events, rows.length - events) < FEWEST)
    throw new Fault(
      'COHORT_INVALID',
      `${name}: ${events} rows with label 1 and ${rows.length - events} with label 0; at least ${FEWEST} of each are needed`,
    );
  return {
    name,
    table,
    at,
    rows,
    labels: Uint8Array.from(rows, ({ label }) => label ?? 0),
    probabilities: probabilitiesOf(
      model,
      withRows(table, ({ label }) => label !== null),
    ),
    patients: patientsOf(rows),
  };
}

/** null: not known of every row */
export function patientsOf(rows: readonly TableRow[]): readonly string[] | null {
  const patients = rows.map(({ patient }) => patient);
  return patients.includes('') ? null : patients;
}

export const picked = (values: Float64Array, at: readonly number[]): Float64Array =>
  Float64Array.from(at, (i) => values[i]!);

/** A feature of the cohort's rows; null: the table does not have it. */
export function valuesOf({ table, at }: Cohort, feature: string): Float64Array | null {
  const j = table.features.indexOf(feature);
  return j < 0 ? null : picked(columnOf(table, j), at);
}
