import { inTime } from '../model/drift.ts';
import type { LocalDelta } from '../model/local-deltas.ts';
import { element } from '../picture/svg.ts';
import {
  type Anchor,
  type ChartText,
  chart,
  chartText,
  horizontalAxis,
  numberText,
  PLOT,
  rangeOf,
  scaleTo,
  ticksOf,
  verticalAxis,
} from './frame.ts';

type Dated = Pick<LocalDelta, 'delta' | 'StudyDate' | 'reportedAt' | 'StudyInstanceUID'>;

/** The running mean is of so many deltas, the newest included. */
const WINDOW = 20;
/** More points than this are one cloud: every so many-th is drawn, and the mean of all. */
const MOST_POINTS = 1000;

type DeltaLineOptions = Partial<ChartText> & Readonly<{ window?: number }>;

/** The deltas one after the other, by date of the exam, with their running mean. */
export function deltaLine(deltas: readonly Dated[], options: DeltaLineOptions = {}): string {
  const { id = 'delta-line', title = 'Deltas in time', window = WINDOW } = options;
  const sorted = inTime(deltas.filter(({ delta }) => Number.isFinite(delta)));
  const values = sorted.map(({ delta }) => delta);
  const means = runningMean(values, window);
  const x = scaleTo([0, Math.max(values.length - 1, 1)], PLOT.left + 8, PLOT.right - 8);
  const yRange = rangeOf(values);
  const y = scaleTo(yRange, PLOT.bottom, PLOT.top);
  const every = Math.max(1, Math.ceil(values.length / MOST_POINTS));
  const points = values.map((value, at) =>
    at % every === 0 ? element('circle', { class: 'chart-mark', cx: x(at), cy: y(value), r: 2.5 }) : '',
  );
  const path = means
    .map((mean, at) => ({ mean, at }))
    .filter(({ at }) => at % every === 0 || at === means.length - 1)
    .map(({ mean, at }) => `${at === 0 ? 'M' : 'L'}${x(at).toFixed(1)} ${y(mean).toFixed(1)}`)
    .join('');
  return chart(
    { id, title, description: options.description ?? described(values, means, window) },
    verticalAxis(ticksOf(yRange), y, 'delta') +
      points.join('') +
      (path === '' ? '' : element('path', { class: 'chart-line', d: path, fill: 'none' })) +
      horizontalAxis(datesOf(sorted, x), `exams in order; the line is the mean of the last ${window}`) +
      (values.length === 0 ? chartText((PLOT.left + PLOT.right) / 2, 120, 'No deltas yet') : ''),
  );
}

/** Mean of the last `window` values at each; of fewer at the beginning. */
export function runningMean(values: readonly number[], window: number): readonly number[] {
  return values.map((_, at) => {
    const last = values.slice(Math.max(0, at + 1 - window), at + 1);
    return last.reduce((sum, value) => sum + value, 0) / last.length;
  });
}

/** The first, the last and up to three in between; those at the ends are written inwards. */
function datesOf(
  sorted: readonly Dated[],
  x: (at: number) => number,
): readonly Readonly<{ at: number; text: string; anchor: Anchor }>[] {
  const last = sorted.length - 1;
  const indices = [...new Set([0, 0.25, 0.5, 0.75, 1].map((share) => Math.round(share * last)))];
  const anchorOf = (index: number): Anchor => (index === 0 ? 'start' : index === last ? 'end' : 'middle');
  return indices.flatMap((index) => {
    const found = sorted[index];
    return found ? [{ at: x(index), text: dayText(found), anchor: anchorOf(index) }] : [];
  });
}

const dayText = ({ StudyDate, reportedAt }: Dated): string =>
  /^\d{8}$/.test(StudyDate)
    ? `${StudyDate.slice(0, 4)}-${StudyDate.slice(4, 6)}-${StudyDate.slice(6)}`
    : reportedAt.toISOString().slice(0, 10);

function described(values: readonly number[], means: readonly number[], window: number): string {
  const last = means.at(-1);
  if (last === undefined) return 'No deltas yet.';
  const [low, high] = [Math.min(...values.slice(-1000)), Math.max(...values.slice(-1000))];
  return (
    `${values.length} deltas, the newest between ${numberText(low)} and ${numberText(high)}; ` +
    `the mean of the last ${Math.min(window, values.length)} is ${numberText(last)}.`
  );
}
