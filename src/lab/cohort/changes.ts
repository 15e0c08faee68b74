/** Whether a table holds changes or values as measured. */
import { DEFINITIONS, type FittedModel, REFERENCES } from '../../model/fitted-model.ts';
import { columnOf, type FeatureTable } from '../table/feature-table.ts';
import { tableFault } from '../table/table-fault.ts';

type Asked = Pick<FittedModel, 'definition' | 'reference'>;

/** `followUpMinusBaseline since baseline`: what the column diagnostics_Change says. */
export const changeText = ({ definition, reference }: Asked): string => `${definition} since ${reference}`;

/** All that the column may say. */
export const CHANGES: readonly string[] = DEFINITIONS.filter(
  (definition) => definition !== 'followUpAlone',
).flatMap((definition) => REFERENCES.map((reference) => changeText({ definition, reference })));

/** Throws TABLE_INVALID where the table says that it holds changes. */
export function refuseChanges({ change }: FeatureTable, because: string): void {
  if (change !== null) throw tableFault(`column diagnostics_Change: the table holds changes; ${because}`);
}

/**
 * Of a table without baselines: a notice that it is taken as it is; none where it says itself which change it holds. Throws TABLE_INVALID
 * where that is another change than the one asked for, or where the values can only be as measured.
 */
export function takenAsChanges(table: FeatureTable, asked: Asked): string[] {
  const text = changeText(asked);
  if (table.change === text) return [];
  if (table.change !== null)
    throw tableFault(`column diagnostics_Change: the table holds ${table.change}, the model is of ${text}`);
  if (isAsMeasured(table))
    throw tableFault(
      `a model of changes needs the baselines (visit baseline, or --delta): in every row all shape features are above 0, as measured values are. If these are changes, add a column diagnostics_Change that says ${text}`,
    );
  return [`No row is a baseline: the values are taken as changes already (${text}).`];
}

/** Fewer lesions may all have grown. */
const FEWEST_ROWS = 10;

/** Every shape feature is above 0; of changes some would be below it. */
function isAsMeasured(table: FeatureTable): boolean {
  if (table.rows.length < FEWEST_ROWS) return false;
  const shapes = table.features.flatMap((name, j) => (/_shape_/.test(name) ? [j] : []));
  return shapes.length > 0 && shapes.every((j) => columnOf(table, j).every((value) => value > 0));
}
