/** Is it more than time and size? The answer stands at the top of every evaluation. */
import type { AucEstimate, Evaluation, MoreThanTime } from '../evaluate/evaluation.ts';
import type { Figure } from './figure.ts';
import { type ForestRow, forestFigure } from './figures/forest.ts';
import { type Cell, Foreign, type Html, Table } from './parts.tsx';
import { aucText, plain, pText, three, trusted } from './words.ts';

const SCORES = [
  ['model', 'The model'],
  ['days', 'Days since baseline alone'],
  ['volumeChange', 'Volume change alone'],
  ['rawDelta', 'Raw delta, without normalisation'],
] as const satisfies readonly (readonly [keyof MoreThanTime, string])[];

/** The sentences of all cohorts, where they cannot be missed. */
export const TimeNotice = ({ moreThanTime }: Pick<Evaluation, 'moreThanTime'>): Html => (
  <div class="time">
    <strong>Is it more than time and size?</strong>
    {moreThanTime.length === 0 ? (
      <p>Not compared: nothing in this evaluation says whether the model does better than time alone.</p>
    ) : (
      moreThanTime.map(({ cohort, sentence }) => (
        <p>
          <Foreign text={cohort} most={40} />: <Foreign text={sentence} most={1000} />
        </p>
      ))
    )}
  </div>
);

export function timeFigure(name: string, comparison: MoreThanTime): Figure {
  const rows = SCORES.flatMap(([key, label]): ForestRow[] => {
    const auc = comparison[key];
    return auc === null ? [] : [aucRow(label, auc, key === 'model')];
  });
  return forestFigure(name, {
    title: `More than time and size? AUC in ${plain(comparison.cohort, 60)}`,
    axis: 'AUC with 95 % interval',
    rows,
    references: [{ at: 0.5, text: 'chance' }],
  });
}

export const aucRow = (label: string, auc: AucEstimate, isEmphasised: boolean): ForestRow => ({
  label,
  value: auc.auc,
  interval: trusted(auc).interval,
  text: aucText(auc),
  isEmphasised,
});

const aucCell = (auc: AucEstimate | null): Cell => (auc === null ? 'not known' : aucText(auc));

function differenceText({ modelAgainstDays }: MoreThanTime): string {
  if (modelAgainstDays === null) return 'not tested';
  const { aucFirst, aucSecond, se, p } = modelAgainstDays;
  return `${three(aucFirst - aucSecond)} (SE ${three(se)}), p ${p < 0.001 ? '' : '= '}${pText(p)}`;
}

export const TimeTable = ({ moreThanTime }: Pick<Evaluation, 'moreThanTime'>): Html => (
  <Table
    caption="AUC of the model, of time and of size on the same rows"
    note="95 % intervals: patients resampled where they are known, DeLong on the logit scale otherwise. The difference is tested by paired DeLong."
    columns={['Cohort', ...SCORES.map(([, label]) => label), 'Model against days']}
    rows={moreThanTime.map((each) => [
      <Foreign text={each.cohort} most={40} />,
      ...SCORES.map(([key]) => aucCell(each[key])),
      differenceText(each),
    ])}
  />
);
