/** The table that a model scores, of the tables that there are. */
import { deltasOf, deltasWithin } from '../cohort/deltas.ts';
import { type FeatureTable, withFeatures } from '../table/feature-table.ts';
import type { NamedTable } from './cohort.ts';
import type { JudgedModel } from './judged-model.ts';
import { VOLUMES } from './more-than-time.ts';

type ScoredBy = Pick<JudgedModel, 'definition' | 'reference'> &
  Readonly<{ features: readonly Readonly<{ name: string }>[] }>;

/**
 * Of a model of follow-ups alone, the tables themselves. Of a model of changes: with `baselines`, the tables minus these; a table whose
 * column visit names baselines is subtracted within itself; any other holds changes already. Only what the model and the comparison
 * with size need is subtracted. Throws what `deltasOf` throws.
 */
export function scoredTables(
  model: ScoredBy,
  tables: readonly NamedTable[],
  baselines: FeatureTable | null,
): readonly NamedTable[] {
  const { definition, reference } = model;
  if (definition === 'followUpAlone') return tables;
  const needed = (table: FeatureTable): FeatureTable => {
    const wanted = new Set([...model.features.map(({ name }) => name), ...VOLUMES]);
    return withFeatures(
      table,
      table.features.filter((name) => wanted.has(name)),
    );
  };
  return tables.map(({ name, table }) => {
    const hasBaselines = table.rows.some(({ visit }) => visit === 'baseline');
    if (baselines === null && !hasBaselines) return { name, table };
    const changed = baselines
      ? deltasOf(needed(table), needed(baselines), definition, reference)
      : deltasWithin(needed(table), definition, reference);
    const lost = changed.excluded.length;
    const notices =
      lost > 0 ? [`${name}: ${lost} follow-ups have no reference before them and are left out.`] : [];
    return { name, table: { ...changed, notices: [...changed.notices, ...notices] } };
  });
}

/** The same of one table without a name. */
export function scoredTable(model: ScoredBy, table: FeatureTable): FeatureTable {
  const [scored] = scoredTables(model, [{ name: 'the table', table }], null);
  return scored?.table ?? table;
}
