/** What became of the studies of a cohort, as a table and as exclusions. */

import type { FeatureTable, TableRow } from '../table/feature-table.ts';
import { cellFault } from '../table/table-fault.ts';
import type { CohortRow } from './cohort-table.ts';
import type { Exclusion } from './exclusions.ts';
import { daysBetween } from './time-points.ts';

type MeasuredCase = Readonly<{
  features: Readonly<Record<string, number>>;
  recipeDigest: string;
  /** `YYYY-MM-DD`, '' when the header has none */
  date: string;
  scanner: string;
  kernel: string;
}>;
/** `reason`: a code, such as that of a rule or of a fault */
export type ExcludedCase = Readonly<{ reason: string; detail: string }>;
export type CaseOutcome =
  | Readonly<{ kind: 'measured'; measured: MeasuredCase }>
  | Readonly<{ kind: 'excluded'; excluded: ExcludedCase }>;

type Cohort = Readonly<{ table: FeatureTable; excluded: readonly Exclusion[] }>;

/** `outcomes` in the order of `rows`; `features`: what was asked of every study. Throws TABLE_INVALID for a value that is missing. */
export function cohortOf(
  rows: readonly CohortRow[],
  outcomes: readonly CaseOutcome[],
  features: readonly string[],
): Cohort {
  const excluded = rows.flatMap(({ line, caseName, patient }, i): Exclusion[] => {
    const outcome = outcomes[i]!;
    return outcome.kind === 'excluded' ? [{ line, caseName, patient, ...outcome.excluded }] : [];
  });
  const kept = rows.flatMap((row, i) => {
    const outcome = outcomes[i]!;
    return outcome.kind === 'measured' ? [{ row, measured: outcome.measured }] : [];
  });
  const values = new Float64Array(features.length * kept.length);
  features.forEach((name, j) => {
    kept.forEach(({ row, measured }, i) => {
      const value = measured.features[name];
      if (value === undefined) throw cellFault(row.line, name, 'was not measured');
      values[j * kept.length + i] = value;
    });
  });
  const dated = kept.map(({ row, measured }) => asTableRow(row, measured));
  const baselines = new Map(dated.flatMap((row) => (row.visit === 'baseline' ? [[row.patient, row]] : [])));
  const table: FeatureTable = {
    rows: dated.map((row) => {
      const baseline = baselines.get(row.patient);
      return { ...row, days: baseline ? daysBetween(baseline, row) : null };
    }),
    features,
    values,
    recipeDigest: kept[0]?.measured.recipeDigest ?? null,
    notices: [],
  };
  return { table, excluded };
}

const asTableRow = (row: CohortRow, { date, scanner, kernel }: MeasuredCase): TableRow => ({
  line: row.line,
  caseName: row.caseName,
  patient: row.patient,
  visit: row.visit,
  label: row.label,
  date: date || row.date,
  days: null,
  site: row.site,
  scanner,
  kernel,
  split: row.split,
});
