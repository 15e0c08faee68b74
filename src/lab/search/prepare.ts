/** A table is made ready for a fit, or refused with row and column. */
import { Fault } from '../../fault.ts';
import { withFeatureSet } from '../table/feature-set.ts';
import { columnOf, type FeatureTable, type TableRow } from '../table/feature-table.ts';
import type { FitOptions } from './fit-options.ts';

export type Prepared = Readonly<{
  table: FeatureTable;
  labels: Uint8Array;
  /** of the table, that are not constant */
  columns: Int32Array;
  constantColumns: readonly string[];
  batches: readonly string[] | null;
  notices: readonly string[];
}>;

type Needs = Pick<FitOptions, 'mode' | 'featureSet' | 'folds' | 'harmoniseBy'>;

/** Throws COHORT_INVALID. */
export function preparedTable(
  table: FeatureTable,
  { mode, featureSet, folds, harmoniseBy }: Needs,
): Prepared {
  const own = withFeatureSet(table, featureSet);
  const wanted = own.features;
  const labels = Uint8Array.from(own.rows, labelOf);
  refuseFew(labels, folds);
  if (mode === 'recommended') refuseNamelessPatients(own.rows, folds);
  const isConstant = (j: number): boolean => {
    const column = columnOf(own, j);
    return column.every((value) => value === column[0]);
  };
  const columns = Int32Array.from(wanted, (_, j) => j).filter((j) => !isConstant(j));
  if (columns.length === 0) throw new Fault('COHORT_INVALID', 'every feature is constant');
  const constantColumns = wanted.filter((_, j) => isConstant(j));
  return {
    ...{ table: own, labels, columns, constantColumns },
    batches: harmoniseBy && own.rows.map((row) => batchOf(row, harmoniseBy)),
    notices: [...own.notices, ...constantNotice(constantColumns)],
  };
}

function labelOf({ label, line }: TableRow): 0 | 1 {
  if (label === null) throw new Fault('COHORT_INVALID', `row ${line}, column label: is empty`);
  return label;
}

function batchOf(row: TableRow, column: 'site' | 'scanner' | 'kernel'): string {
  if (row[column] === '') throw new Fault('COHORT_INVALID', `row ${row.line}, column ${column}: is empty`);
  return row[column];
}

function refuseFew(labels: Uint8Array, folds: number): void {
  const events = labels.reduce((sum, label) => sum + label, 0);
  const counts = [labels.length - events, events];
  counts.forEach((count, label) => {
    if (count === 0) throw new Fault('COHORT_INVALID', `column label: no row has ${label}`);
    if (count < folds)
      throw new Fault(
        'COHORT_INVALID',
        `column label: ${count} rows have ${label}, fewer than ${folds} folds`,
      );
  });
}

function refuseNamelessPatients(rows: readonly TableRow[], folds: number): void {
  const nameless = rows.find(({ patient }) => patient === '');
  if (nameless)
    throw new Fault(
      'COHORT_INVALID',
      `row ${nameless.line}, column patient: is empty; folds keep patients together`,
    );
  const patients = new Set(rows.map(({ patient }) => patient)).size;
  if (patients < folds)
    throw new Fault('COHORT_INVALID', `column patient: ${patients} patients, fewer than ${folds} folds`);
}

function constantNotice(names: readonly string[]): string[] {
  if (names.length === 0) return [];
  const shown = names.slice(0, 10).join(', ');
  return [
    `Constant columns are left out: ${shown}${names.length > 10 ? ` and ${names.length - 10} more` : ''}.`,
  ];
}
