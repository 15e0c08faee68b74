/** A feature table as text, which readFeatureTable reads again to the last bit. */
import { csvLine } from '../../tables/csv.ts';
import type { FeatureTable, TableRow } from './feature-table.ts';

/** Columns before the features, with what a row says of each. */
export const ROW_COLUMNS: Readonly<Record<string, (row: TableRow, table: FeatureTable) => string>> = {
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

export function writeFeatureTable(table: FeatureTable): string {
  const { rows, features, values } = table;
  const known = Object.values(ROW_COLUMNS);
  const lines = rows.map((row, i) => [
    ...known.map((cell) => cell(row, table)),
    ...features.map((_, j) => String(values[j * rows.length + i])),
  ]);
  return [[...Object.keys(ROW_COLUMNS), ...features], ...lines].map(csvLine).join('');
}
