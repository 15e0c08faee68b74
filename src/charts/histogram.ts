import { binsOf } from '../model/bins.ts';
import { element, line } from '../picture/svg.ts';
import {
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

/** A value to find in the distribution: a mean, a cut-off. */
type Mark = Readonly<{ value: number; label: string }>;

type HistogramOptions = Partial<ChartText> & Readonly<{ marks?: readonly Mark[]; unit?: string }>;

/** How values are spread; values that are not finite are left out. Marks lie in the picture whatever the values are. */
export function histogram(values: readonly number[], options: HistogramOptions = {}): string {
  const { id = 'histogram', title = 'Distribution', marks = [], unit = 'value' } = options;
  const bins = binsOf(values);
  const shown = marks.filter(({ value }) => Number.isFinite(value));
  const lowest = Math.min(...shown.map(({ value }) => value));
  const highest = bins.reduce((most, { count }) => Math.max(most, count), 1);
  const xRange = rangeOf([...bins.flatMap(({ from, to }) => [from, to]), ...shown.map(({ value }) => value)]);
  const x = scaleTo(xRange, PLOT.left, PLOT.right);
  // Room above the bars for the names of the marks.
  const y = scaleTo([0, highest * 1.2], PLOT.bottom, PLOT.top);
  const bars = bins.map(({ from, to, count }) => {
    const isOneValue = from === to;
    const [left, right] = isOneValue ? [x(from) - 10, x(from) + 10] : [x(from), x(to)];
    const box = {
      x: left + 0.5,
      y: y(count),
      width: Math.max(right - left - 1, 1),
      height: PLOT.bottom - y(count),
    };
    return element('rect', { class: 'chart-bar', ...box });
  });
  const described = `${values.filter(Number.isFinite).length} values in ${bins.length} bins. ${binsText(bins)}`;
  const marksText = shown.map(({ label, value }) => `${label}: ${numberText(value)}.`).join(' ');
  return chart(
    { id, title, description: options.description ?? `${described} ${marksText}`.trim() },
    verticalAxis(ticksOf([0, highest]).filter(Number.isInteger), y, 'cases') +
      bars.join('') +
      horizontalAxis(
        ticksOf(xRange, 8).map((tick) => ({ at: x(tick), text: numberText(tick) })),
        unit,
      ) +
      shown.map(({ value }) => lineAt(x(value))).join('') +
      shown
        .map(({ label, value }, row) => nameAt(label, x(value), row, shown.length > 1 && value === lowest))
        .join('') +
      (bins.length === 0 ? chartText((PLOT.left + PLOT.right) / 2, 120, 'No values yet') : ''),
  );
}

const binsText = (bins: ReturnType<typeof binsOf>): string => {
  if (bins.length === 0) return '';
  const fullest = bins.reduce((most, each) => (each.count > most.count ? each : most));
  const [first, last] = [bins[0], bins.at(-1)];
  const between = (from = 0, to = 0): string => `${numberText(from)} and ${numberText(to)}`;
  return `They lie between ${between(first?.from, last?.to)}, most often (${fullest.count}) between ${between(fullest.from, fullest.to)}.`;
};

const lineAt = (at: number): string =>
  line(at, PLOT.top, at, PLOT.bottom, { class: 'chart-mark', 'stroke-dasharray': '4 3' });

/**
 * Names are set one below the other, that of the lowest mark of several left of its line, the others right of theirs, and all of them
 * inwards. They are drawn after all lines: the style sheet gives texts an edge in the colour of the ground.
 */
function nameAt(label: string, at: number, row: number, isLowest: boolean): string {
  const isLeft = at > PLOT.right - ROOM || (isLowest && at > PLOT.left + ROOM);
  return chartText(isLeft ? at - 5 : at + 5, PLOT.top + 10 + (row % 3) * 15, label, isLeft ? 'end' : 'start');
}
/** That a name takes. */
const ROOM = 120;
