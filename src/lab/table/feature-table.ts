/** A table of features: one row a time point (or a delta), one column a feature. */

/** Which visit of the paper's design a row is. */
export const VISITS = ['baseline', 'FFT', 'EAR', 'other'] as const;
export type Visit = (typeof VISITS)[number];

export type TableRow = Readonly<{
  /** of the file, from 1 */
  line: number;
  /** unique in the table */
  caseName: string;
  /** '' when the table does not say and it does not follow from the case's name */
  patient: string;
  visit: Visit | null;
  /** 1: resistance (EAR); null: not known */
  label: 0 | 1 | null;
  /** of the exam; `YYYY-MM-DD`, '' when unknown */
  date: string;
  /** since baseline; null when unknown */
  days: number | null;
  /** '' when unknown; so are scanner, kernel and split */
  site: string;
  scanner: string;
  kernel: string;
  split: string;
  /** which of several scans or readers of the same case (column `repeat` or `reader`); absent: the table does not tell repeats apart */
  repeat?: string;
}>;

export type FeatureTable = Readonly<{
  rows: readonly TableRow[];
  /** names without the prefix of a series; in the order of the file */
  features: readonly string[];
  /** feature by feature: value of feature j of row i is values[j * rows.length + i]; finite */
  values: Float64Array;
  /** of radiomics/recipe.ts, hex; null when the table does not say */
  recipeDigest: string | null;
  /** what a reader of the result must know about how the file was understood; plain sentences */
  notices: readonly string[];
}>;

/** All rows of feature j, as a view. */
export const columnOf = ({ values, rows }: FeatureTable, j: number): Float64Array =>
  values.subarray(j * rows.length, (j + 1) * rows.length);

/** The same rows with the features named, in that order. A name that is not there throws RangeError. */
export function withFeatures(table: FeatureTable, names: readonly string[]): FeatureTable {
  const n = table.rows.length;
  const values = new Float64Array(names.length * n);
  const at = new Map(table.features.map((name, j) => [name, j]));
  names.forEach((name, j) => {
    const from = at.get(name);
    if (from === undefined) throw new RangeError(`no feature ${name}`);
    values.set(columnOf(table, from), j * n);
  });
  return { ...table, features: names, values };
}

/** The rows for which `isWanted` holds, in their order. */
export function withRows(table: FeatureTable, isWanted: (row: TableRow, i: number) => boolean): FeatureTable {
  const kept = table.rows.flatMap((row, i) => (isWanted(row, i) ? [i] : []));
  const values = new Float64Array(table.features.length * kept.length);
  table.features.forEach((_, j) => {
    const column = columnOf(table, j);
    kept.forEach((i, k) => {
      values[j * kept.length + k] = column[i]!;
    });
  });
  return { ...table, rows: kept.map((i) => table.rows[i]!), values };
}

/** `original`, `log-sigma-1-5-mm-3D`, …: the image a feature is taken of; shape features are of `original`. */
export const imageOf = (feature: string): string => feature.split('_', 1)[0] ?? '';
