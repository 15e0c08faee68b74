/** What the models said in a report of ours. */
import type { Code } from '../dicom/header.ts';
import type { Dataset } from '../dicom/part10.ts';
import type { Category } from '../model/score-result.ts';
import { CODES } from './codes.ts';
import {
  choiceNamed,
  itemNamed,
  longTextNamed,
  malformed,
  numberIn,
  numberNamed,
  textNamed,
  theNumber,
} from './read-items.ts';

/** A model as the report names it. */
type ReadModel = Readonly<{
  id: string;
  title: string;
  version: string;
  /** SHA-256 of the model file */
  sha256: string;
  /** all of the algorithm's parameters, as they stand in the report */
  parameters: Readonly<Record<string, unknown>>;
}>;

export type ReadClassic = Readonly<{
  model: ReadModel;
  /** 0 to 1 */
  probability: number;
  interval: readonly [number, number] | null;
  cutOff: number;
  category: Category | null;
}>;

/** All of it is null, and there is no model, where no model was asked: the delta stands alone. */
export type ReadScore = Readonly<{
  model: ReadModel | undefined;
  z: number | null;
  /** 0 to 1 */
  probability: number | null;
  interval: readonly [number, number] | null;
  cutOff: number | null;
  category: Category | null;
  priorShifted: Readonly<{ prevalence: number; probability: number }> | null;
}>;

const CATEGORIES: Readonly<Record<Category, (typeof CODES)[Category]>> = {
  positive: CODES.positive,
  negative: CODES.negative,
  indeterminate: CODES.indeterminate,
  notEvaluable: CODES.notEvaluable,
};

/** `change`: the TID 1501 group of the target. */
export function readScore(change: Dataset): ReadScore {
  const item = itemNamed(change, CODES.probability);
  const category = choiceNamed(change, CODES.predictedClass, CATEGORIES) ?? null;
  if (!item) {
    if (category !== null) malformed('a class without its probability');
    const nothing = { probability: null, interval: null, cutOff: null, priorShifted: null };
    return { model: undefined, z: null, category, ...nothing };
  }
  const model = readModel(item);
  const result = resultIn(model);
  const probability = fraction(numberIn(item, CODES.percent), result['probability']);
  if (category === null || (probability === null) !== (category === 'notEvaluable')) {
    malformed('class and probability contradict each other');
  }
  return {
    model,
    z: numberNamed(change, CODES.noUnits, CODES.zScore) ?? null,
    probability,
    interval: readInterval(item, result['interval']),
    cutOff: certain(theNumber(item, CODES.percent, CODES.thresholdValue), result['cutOff']),
    category,
    priorShifted: readPriorShifted(item, result['priorShifted']),
  };
}

/** The secondary result, where it has a probability. */
export function readClassic(change: Dataset): ReadClassic | undefined {
  const item = itemNamed(change, CODES.classicProbability);
  if (!item) return undefined;
  const model = readModel(item);
  const result = resultIn(model);
  return {
    model,
    probability: certain(numberIn(item, CODES.percent), result['probability']),
    interval: readInterval(item, result['interval'], [CODES.classicLower, CODES.classicUpper]),
    cutOff: certain(theNumber(item, CODES.percent, CODES.classicCutOff), result['cutOff']),
    category: choiceNamed(item, CODES.classicClass, CATEGORIES) ?? null,
  };
}

function readModel(item: Dataset): ReadModel {
  const parameters = objectOf(JSON.parse(longTextNamed(item, CODES.algorithmParameters)));
  const { id, sha256 } = parameters;
  if (typeof id !== 'string' || typeof sha256 !== 'string') malformed('a model without a name');
  const title = textNamed(item, CODES.algorithmName);
  return { id, title, version: textNamed(item, CODES.algorithmVersion), sha256, parameters };
}

const objectOf = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : malformed('no object');

const resultIn = ({ parameters }: ReadModel) => objectOf(parameters['result'] ?? {});

/**
 * The exact fraction behind a coded percent. Where the parameters do not give it, as in reports of an edited template, it is
 * within one unit in the last place; one that contradicts the code is nothing to go by.
 */
function fraction(percent: number | null, exact: unknown): number | null {
  if (percent === null) return exact == null ? null : malformed('a fraction without its percent');
  const value = exact === undefined ? percent / 100 : exact;
  if (typeof value !== 'number' || (exact !== undefined && value * 100 !== percent)) {
    malformed('percent and fraction contradict each other');
  }
  return value >= 0 && value <= 1 ? value : malformed('a fraction beyond 0 to 1');
}

const certain = (percent: number | null, exact: unknown): number =>
  fraction(percent, exact) ?? malformed('no percent');

function readInterval(
  item: Dataset,
  exact: unknown,
  limits: readonly [Code, Code] = [CODES.intervalLower, CODES.intervalUpper],
): readonly [number, number] | null {
  const percents = limits.map((concept) => numberNamed(item, CODES.percent, concept));
  const given = Array.isArray(exact) ? (exact as readonly unknown[]) : [undefined, undefined];
  const [lower, upper] = percents;
  if (lower === undefined && upper === undefined) return exact == null ? null : malformed('no interval');
  if (lower === undefined || upper === undefined) malformed('half an interval');
  return [certain(lower, given[0]), certain(upper, given[1])];
}

function readPriorShifted(item: Dataset, exact: unknown): ReadScore['priorShifted'] {
  const shifted = itemNamed(item, CODES.siteProbability);
  if (!shifted) return null;
  const given = objectOf(exact ?? {});
  return {
    prevalence: certain(theNumber(shifted, CODES.percent, CODES.sitePrevalence), given['prevalence']),
    probability: certain(numberIn(shifted, CODES.percent), given['probability']),
  };
}
