/** Tables 2 and 3 of the paper for this cohort: what scouts kept, and the final model. */
import { z } from 'zod';
import type { FittedModel } from '../../model/fitted-model.ts';
import { CLASSIFIERS, SELECTORS } from '../record.ts';
import { Z95 } from '../statistics/distributions.ts';
import type { Figure } from './figure.ts';
import { forestFigure } from './figures/forest.ts';
import { type Cell, Foreign, type Html, Table } from './parts.tsx';
import { CLASSIFIER_WORDS, estimateText, plain, SELECTOR_WORDS, three } from './words.ts';

const Names = ({ names }: { names: readonly string[] }): Html => (
  <>
    {names.map((name, at) => (
      <>
        {at === 0 ? '' : <br />}
        <Foreign text={name} />
      </>
    ))}
  </>
);

/** What Table 2 says of a scout. */
const scoutSchema = z
  .object({
    image: z.string(),
    columns: z.number(),
    choice: z.object({
      selector: z.enum(SELECTORS),
      classifier: z.enum(CLASSIFIERS),
      k: z.number(),
      pooledAuc: z.number(),
      pooledSe: z.number(),
    }),
    isPassed: z.boolean(),
    features: z.array(z.string()).readonly(),
  })
  .readonly();
type Scout = z.infer<typeof scoutSchema>;

/** As the model file keeps them; none where it was fitted without scouts, or elsewhere. */
export function scoutsOf({ lab }: Pick<FittedModel, 'lab'>): readonly Scout[] {
  const parsed = z.array(scoutSchema).safeParse(lab['scouts']);
  return parsed.success ? parsed.data : [];
}

export const RetainedFeatures = ({ scouts }: { scouts: readonly Scout[] }): Html => (
  <Table
    caption="Table 2. Features kept by each scout model"
    note="A scout is a model of one base image. Its features go on when its pooled cross-validated AUC is at least 0.6."
    look="long"
    columns={['Base image', 'Columns', 'Chosen', 'CV AUC (SE)', 'Goes on', 'Kept', 'Features kept']}
    rows={scouts.map((scout) => [
      <Foreign text={scout.image} />,
      scout.columns,
      chosenText(scout),
      `${three(scout.choice.pooledAuc)} (${three(scout.choice.pooledSe)})`,
      scout.isPassed ? 'yes' : 'no',
      scout.features.length,
      <Names names={scout.features} />,
    ])}
  />
);

const chosenText = ({ choice }: Scout): string =>
  `${SELECTOR_WORDS[choice.selector]}, ${CLASSIFIER_WORDS[choice.classifier]}, k = ${choice.k}`;

/** Standard errors of (intercept, coefficients in order); null: not estimated. */
const errorsOf = ({ covariance }: FittedModel): readonly number[] | null =>
  covariance?.matrix.map((row, at) => Math.sqrt(row[at] ?? Number.NaN)) ?? null;

const METHODS = {
  inverseInformation: 'inverse of the information matrix; rows are taken as independent',
  clusterSandwich: 'sandwich by patients; rows of a patient need not be independent',
  clusterBootstrap: 'patients resampled',
  recalibration:
    'of the recalibration; carried along from the covariance before where the outcomes do not give all of it',
} as const;

const methodText = ({ covariance }: FittedModel): string =>
  covariance === null
    ? 'Standard errors were not estimated.'
    : `Standard errors: ${METHODS[covariance.method]}.`;

const within = (value: number, se: number | undefined): string =>
  se === undefined
    ? 'not estimated'
    : `${estimateText(value - Z95 * se, se)}\u00a0to\u00a0${estimateText(value + Z95 * se, se)}`;

const row = (
  head: Cell,
  value: number,
  se: number | undefined,
  scale: readonly [Cell, Cell],
): readonly Cell[] => [
  head,
  estimateText(value, se ?? null),
  se === undefined ? 'not estimated' : String(Number(se.toPrecision(2))),
  within(value, se),
  ...scale,
];

export function FinalModel({ model }: { model: FittedModel }): Html {
  const errors = errorsOf(model);
  return (
    <Table
      caption="Table 3. Features of the final model"
      note={`Coefficients are log odds per standard deviation of the training rows, z = (x - mean) / SD. ${methodText(model)}`}
      columns={['Feature', 'Coefficient', 'SE', '95 % interval', 'Mean', 'SD']}
      rows={[
        row('Intercept', model.intercept, errors?.[0], ['', '']),
        ...model.features.map(({ name, coefficient, mean, sd }, at) =>
          row(<Foreign text={name} />, coefficient, errors?.[at + 1], [fiveDigits(mean), fiveDigits(sd)]),
        ),
      ]}
    />
  );
}

const fiveDigits = (value: number): string => String(Number(value.toPrecision(5)));

/** Coefficients with their 95 % intervals; null where none were estimated. */
export function coefficientFigure(model: FittedModel): Figure | null {
  const errors = errorsOf(model);
  if (errors === null) return null;
  return forestFigure('coefficients', {
    title: 'Coefficients of the final model',
    axis: 'log odds of resistance per SD',
    rows: model.features.map(({ name, coefficient }, at) => {
      const se = errors[at + 1] ?? 0;
      return {
        label: plain(name),
        value: coefficient,
        interval: [coefficient - Z95 * se, coefficient + Z95 * se],
        text: `${estimateText(coefficient, se)} (${within(coefficient, se)})`,
        isEmphasised: true,
      };
    }),
    references: [{ at: 0, text: 'no effect' }],
  });
}
