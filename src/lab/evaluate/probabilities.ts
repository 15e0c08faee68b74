/** What a model says of the rows of a table. */
import { Fault } from '../../fault.ts';
import { linearPredictor, logistic, zScore } from '../../model/interval.ts';
import { harmonisedValue } from '../learn/combat.ts';
import { columnOf, type FeatureTable, withFeatures } from '../table/feature-table.ts';
import type { JudgedModel } from './judged-model.ts';

type Scoring = Pick<JudgedModel, 'features' | 'intercept' | 'harmonisation'>;

/**
 * Probability of every row: features harmonised with the parameters in the model, z by its mean and SD, then the logistic function of the log
 * odds. Throws TABLE_INVALID where a column is missing, BATCH_UNKNOWN where a row is of a batch that the harmonisation has not seen.
 */
export function probabilitiesOf(model: Scoring, table: FeatureTable): Float64Array {
  const columns = model.features.map(({ name }) => scoredColumn(model, table, name));
  const coefficients = model.features.map(({ coefficient }) => coefficient);
  return new Float64Array(table.rows.length).map((_, i) => {
    const z = model.features.map((feature, j) => zScore(columns[j]![i]!, feature));
    return logistic(linearPredictor({ intercept: model.intercept, coefficients }, z));
  });
}

/** The column of a feature of the model as it stands in the table. */
export function featureColumn(table: FeatureTable, name: string): Float64Array {
  if (!table.features.includes(name))
    throw new Fault('TABLE_INVALID', `there is no column ${name}, which the model needs`);
  return columnOf(withFeatures(table, [name]), 0);
}

/** The same as the model scores it: harmonised with the parameters in the model. */
export function scoredColumn(
  { harmonisation }: Pick<Scoring, 'harmonisation'>,
  table: FeatureTable,
  name: string,
): Float64Array {
  const column = featureColumn(table, name);
  if (harmonisation === null) return column;
  const frozen = harmonisation.features.find((feature) => feature.name === name);
  if (frozen === undefined) throw new Fault('MODEL_INVALID', `harmonisation has no feature ${name}`);
  return column.map((value, i) => harmonisedValue(value, frozen, table.rows[i]![harmonisation.batch]));
}
