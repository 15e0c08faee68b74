/** What a report knows: a fit has its record, an evaluation its cohorts; a published model has no file of the lab. */
import type { FittedModel } from '../../model/fitted-model.ts';
import type { Evaluation } from '../evaluate/evaluation.ts';
import type { FitRecord } from '../record.ts';
import { plain, plural, three } from './words.ts';

export type Known = Readonly<{
  model: FittedModel | null;
  record: FitRecord | null;
  evaluation: Evaluation | null;
}>;

/** Distinct values that are not blank, in the order of the alphabet, the first ten by name. */
export function namesOf(values: readonly string[]): string {
  const known = [...new Set(values)].filter((value) => plain(value) !== '').sort();
  if (known.length === 0) return 'not known';
  const named = known.slice(0, 10).map((value) => plain(value, 60));
  const more = known.length > named.length ? ` and ${known.length - named.length} more` : '';
  return `${named.join(', ')}${more}`;
}

const SMALL_COHORT = 100;
const EVENTS_PER_FEATURE = 10;

type Limit = (known: Known) => string | null;

/** Each from the numbers at hand; null where it does not apply. */
const LIMITS: readonly Limit[] = [
  () =>
    'It has learned from patients who were scanned and treated in one way. Other scanners, settings, segmentations or therapies may change its probabilities.',
  ({ model }) =>
    model &&
    `By the design of its cohort ${(100 * model.training.prevalence).toFixed(0)} % of the training rows were events. In a clinic the share is another, and so are the right probabilities, PPV and NPV.`,
  ({ model }) =>
    model && model.training.events < EVENTS_PER_FEATURE * model.features.length
      ? `${plural(model.training.events, 'event')} for ${plural(model.features.length, 'feature')} are fewer than ${EVENTS_PER_FEATURE} a feature: the model may have learned chance.`
      : null,
  ({ record }) =>
    record?.nested === null
      ? 'The cross-validated AUC of the final stage is optimistic: its features were chosen with all rows. The whole procedure was not repeated inside an outer loop.'
      : null,
  ({ model }) =>
    model?.covariance?.method === 'inverseInformation'
      ? 'Standard errors of the coefficients take rows as independent, and the choice of features as given.'
      : null,
  ({ model }) =>
    model?.recipeDigest === null
      ? 'The table did not say how features were extracted, so no service takes the model.'
      : null,
  ({ evaluation }) =>
    evaluation?.moreThanTime.some(({ isTimeAsGood }) => isTimeAsGood === true)
      ? 'In at least one cohort time since baseline alone ranks as well as the model.'
      : null,
  ({ evaluation }) => smallCohorts(evaluation),
  ({ evaluation }) => chanceCohorts(evaluation),
  ({ evaluation }) =>
    evaluation?.cohorts.every(({ name }) => name === 'training')
      ? 'It has been judged on its own training rows only.'
      : null,
];

function smallCohorts(evaluation: Evaluation | null): string | null {
  const small =
    evaluation?.cohorts.filter(({ events, n }) => Math.min(events, n - events) < SMALL_COHORT) ?? [];
  return small.length === 0
    ? null
    : `Fewer than ${SMALL_COHORT} rows of one class in ${small.map(({ name }) => plain(name, 40)).join(', ')}: calibration and cut-offs are uncertain.`;
}

function chanceCohorts(evaluation: Evaluation | null): string | null {
  const chance = evaluation?.cohorts.filter(({ auc }) => auc.delong[0] <= 0.5) ?? [];
  return chance.length === 0
    ? null
    : `The DeLong interval of the AUC includes 0.5 in ${chance.map(({ name, auc }) => `${plain(name, 40)} (AUC ${three(auc.auc)})`).join(', ')}.`;
}

export const limitsOf = (known: Known): readonly string[] =>
  LIMITS.flatMap((limit) => {
    const said = limit(known);
    return said ? [said] : [];
  });
