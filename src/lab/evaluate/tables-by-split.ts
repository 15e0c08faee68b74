import { grouped } from '../../model/grouped.ts';
import { type FeatureTable, withRows } from '../table/feature-table.ts';
import { type NamedTable, TRAINING } from './cohort.ts';

/** One table for each value of the column split, `train` being another word for `training`; rows that do not say are `test`. */
export function tablesBySplit(table: FeatureTable): readonly NamedTable[] {
  const nameOf = (split: string): string => {
    if (split === '') return 'test';
    return /^train(ing)?$/i.test(split) ? TRAINING : split;
  };
  const names = [...grouped(table.rows, ({ split }) => nameOf(split)).keys()];
  return names.map((name) => ({ name, table: withRows(table, ({ split }) => nameOf(split) === name) }));
}
