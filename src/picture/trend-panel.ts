import { fourDecimals, percentText } from '../sr/wording.ts';
import { type Range, ticks } from './colour-scale.ts';
import { minus } from './filtered-panel.ts';
import type { Messages } from './messages.ts';
import type { PageContent, TrendPoint } from './page-content.ts';
import { diamond } from './probability-panel.ts';
import { element, type Frame, line } from './svg.ts';
import { FAINT, FOREGROUND, label, SECONDARY } from './svg-text.ts';

/** Room for the numbers of the vertical axis. */
const AXIS_ROOM = 48;
/** Of a long course the last ones are shown. */
const MOST_POINTS = 24;

/** Delta and probability of every scored time point over time, one above the other on one time axis. */
export function trendPanel(content: PageContent, frame: Frame, messages: Messages): string {
  const points = lastPoints(content.trend);
  const { x, y, width, height } = frame;
  const title = label(x, y + 14, messages.trend, { size: 14, fill: SECONDARY, isBold: true, width });
  if (points.length < 2)
    return title + label(x, y + 40, messages.noTrend, { size: 13, fill: SECONDARY, width });
  const plotHeight = (height - 94) / 2;
  const upper: Frame = { x: x + AXIS_ROOM, y: y + 40, width: width - AXIS_ROOM - 12, height: plotHeight };
  const lower: Frame = { ...upper, y: upper.y + plotHeight + 26 };
  const at = places(points, upper);
  const deltas = points.map(({ delta }) => delta);
  const probabilities = points.map(({ probability }) => (probability === null ? null : probability * 100));
  return [
    title,
    plot(points, deltas, at, upper, rangeOf(deltas), {
      title: messages.trendDelta,
      dashed: 0,
      text: fourDecimals,
    }),
    plot(
      points,
      probabilities,
      at,
      lower,
      { minimum: 0, maximum: 100 },
      {
        title: messages.trendProbability,
        dashed: content.cutOff * 100,
        text: (value) => percentText(value / 100, content.cutOff),
      },
    ),
    dates(points, at, lower),
  ].join('');
}

/** In the order of time; this report's point is among them, however many follow. */
function lastPoints(trend: readonly TrendPoint[]): readonly TrendPoint[] {
  const sorted = trend.toSorted((a, b) => (a.date < b.date ? -1 : a.date > b.date ? 1 : 0));
  const current = sorted.findIndex(({ isCurrent }) => isCurrent);
  const start = Math.max(0, sorted.length - MOST_POINTS);
  const from = current >= 0 ? Math.min(start, current) : start;
  return sorted.slice(from, from + MOST_POINTS);
}

/** By the calendar; by their order when a date is none or all are the same. */
function places(points: readonly TrendPoint[], { x, width }: Frame): readonly number[] {
  const times = points.map(({ date }) => (/^\d{4}-\d{2}-\d{2}$/.test(date) ? Date.parse(date) : Number.NaN));
  const [first = 0, last = 0] = [times[0], times.at(-1)];
  const isByDate = times.every(Number.isFinite) && last > first;
  const fraction = (k: number): number =>
    isByDate ? ((times[k] ?? first) - first) / (last - first) : k / (points.length - 1);
  return points.map((_, k) => x + 10 + fraction(k) * (width - 20));
}

/** Zero and all values, with a little room at both ends. */
function rangeOf(values: readonly (number | null)[]): Range {
  const known = values.filter((value) => value !== null).filter(Number.isFinite);
  const minimum = Math.min(0, ...known);
  const maximum = Math.max(0, ...known);
  const room = (maximum - minimum || 1) * 0.12;
  return { minimum: minimum - room, maximum: maximum + room };
}

type PlotStyle = Readonly<{ title: string; dashed: number; text: (value: number) => string }>;

function plot(
  points: readonly TrendPoint[],
  values: readonly (number | null)[],
  at: readonly number[],
  { x, y, width, height }: Frame,
  range: Range,
  { title, dashed, text }: PlotStyle,
): string {
  const span = range.maximum - range.minimum;
  const level = (value: number): number =>
    y + height - ((Math.min(range.maximum, Math.max(range.minimum, value)) - range.minimum) / span) * height;
  const marks = ticks(range, 4).map(
    (tick) =>
      line(x - 4, level(tick), x, level(tick), { stroke: FOREGROUND, 'stroke-width': 1 }) +
      label(x - 7, level(tick) + 4, minus(shortNumber(tick)), {
        size: 12,
        anchor: 'end',
        width: AXIS_ROOM - 8,
      }),
  );
  const seen = points.flatMap((point, k) => {
    const value = values[k];
    return value === null || value === undefined ? [] : [{ point, value, x: at[k] ?? x, y: level(value) }];
  });
  const joined = seen
    .map((mark) => `${Math.round(mark.x * 100) / 100} ${Math.round(mark.y * 100) / 100}`)
    .join('L');
  const current = seen.find(({ point }) => point.isCurrent);
  return [
    label(x, y - 6, title, { size: 12, fill: SECONDARY, width: width / 2 }),
    line(x, level(dashed), x + width, level(dashed), {
      stroke: FOREGROUND,
      'stroke-width': 1,
      'stroke-dasharray': '4 3',
    }),
    line(x, y, x, y + height, { stroke: FAINT, 'stroke-width': 1 }),
    line(x, y + height, x + width, y + height, { stroke: FAINT, 'stroke-width': 1 }),
    ...marks,
    seen.length > 1
      ? element('path', { d: `M${joined}`, fill: 'none', stroke: '#9aa2ac', 'stroke-width': 1.5 })
      : '',
    ...seen.map((mark) =>
      mark.point.isCurrent
        ? diamond(mark.x, mark.y, 7)
        : element('circle', {
            cx: mark.x,
            cy: mark.y,
            r: 4,
            fill: '#000',
            stroke: FOREGROUND,
            'stroke-width': 1.5,
          }),
    ),
    current
      ? label(x + width, y - 6, minus(text(current.value)), {
          size: 13,
          isBold: true,
          anchor: 'end',
          width: width / 2,
        })
      : '',
  ].join('');
}

const shortNumber = (value: number): string =>
  Math.abs(value) >= 10_000 ? value.toExponential(0).replace('e+', 'e') : String(value);

/** First and last date, and a tick for each time point. */
function dates(points: readonly TrendPoint[], at: readonly number[], { x, y, width, height }: Frame): string {
  const bottom = y + height;
  const style = { size: 12, width: width / 2 } as const;
  return [
    ...at.map((place) => line(place, bottom, place, bottom + 4, { stroke: FOREGROUND, 'stroke-width': 1 })),
    label(x, bottom + 18, points[0]?.date ?? '', style),
    label(x + width + 12, bottom + 18, points.at(-1)?.date ?? '', { ...style, anchor: 'end' }),
  ].join('');
}
