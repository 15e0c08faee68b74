/** A feature table as text, which readFeatureTable reads again to the last bit. */
import { csvLine } from '../../tables/csv.ts';
import type { FeatureTable, TableRow } from './feature-table.ts';

type Cells = Readonly<Record<string, (row: TableRow, table: FeatureTable) => string>>;

const ROW_COLUMNS: Cells = {
  CaseName: ({ caseName }) => caseName,
  patient: ({ patient }) => patient,
  visit: ({ visit }) => visit ?? '',
  label: ({ label }) => String(label ?? ''),
  date: ({ date }) => date,
  days: ({ days }) => String(days ?? ''),
  site: ({ site }) => site,
  scanner: ({ scanner }) => scanner,
  kernel: ({ kernel }) => kernel,
  split: ({ split }) => split,
  diagnostics_RecipeDigest: (_, { recipeDigest }) => recipeDigest ?? '',
};

/** Columns before the features, with what a row says of each; diagnostics_Change of a table of changes alone. */
export const rowColumns = ({ change }: FeatureTable): Cells =>
  change === null ? ROW_COLUMNS : { ...ROW_COLUMNS, diagnostics_Change: () => change };

export function writeFeatureTable(table: FeatureTable): string {
  const { rows, features, values } = table;
  const columns = rowColumns(table);
  const known = Object.values(columns);
  const lines = rows.map((row, i) => [
    ...known.map((cell) => cell(row, table)),
    ...features.map((_, j) => String(values[j * rows.length + i])),
  ]);
  return [[...Object.keys(columns), ...features], ...lines].map(csvLine).join('');
}
