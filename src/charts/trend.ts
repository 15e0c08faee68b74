/** The course of a patient as SVG: classes for colours, no styles, every text escaped. */
import { ticks } from '../picture/colour-scale.ts';
import { element, line, rounded } from '../picture/svg.ts';

/** A time point; what is null is not drawn. */
export type TrendChartPoint = Readonly<{
  /** DA (YYYYMMDD); text from outside */
  date: string;
  delta: number | null;
  /** 0 to 1 */
  probability: number | null;
  interval: readonly [number, number] | null;
  diameterMm: number | null;
}>;

export type TrendChart = Readonly<{
  /** in the order of time */
  points: readonly TrendChartPoint[];
  /** 0 to 1; null: no line */
  cutOff: number | null;
  /** unique on the page: letters, digits and hyphens */
  id: string;
}>;

const WIDTH = 720;
const LEFT = 64;
const RIGHT = 16;
const PLOT_HEIGHT = 110;
const PLOT_GAP = 46;
const TOP = 28;
/** Of a long course the last ones are drawn. */
const MOST_POINTS = 48;

type Scale = Readonly<{ minimum: number; maximum: number }>;
type Plot = Readonly<{
  title: string;
  values: readonly (number | null)[];
  scale: Scale;
  tick: (value: number) => string;
  bars?: readonly (readonly [number, number] | null)[];
  dashed?: number | null;
}>;

/** Delta, probability with its 95 % interval and the cut-off, and diameter where there is one, over one time axis. */
export function trendChart({ points: all, cutOff, id }: TrendChart): string {
  const points = all.slice(-MOST_POINTS);
  const at = placesOf(points.map(({ date }) => date));
  const plots = plotsOf(points, cutOff);
  const height = TOP + plots.length * (PLOT_HEIGHT + PLOT_GAP);
  const name = id.replaceAll(/[^A-Za-z0-9-]/g, '');
  const body = plots.map((plot, k) => drawn(plot, at, TOP + k * (PLOT_HEIGHT + PLOT_GAP)));
  const dates = datesBelow(points, at, height - PLOT_GAP + 18);
  const content = points.length === 0 ? text(WIDTH / 2, 40, 'No time point was measured yet.', 'middle') : '';
  return element(
    'svg',
    {
      xmlns: 'http://www.w3.org/2000/svg',
      viewBox: `0 0 ${WIDTH} ${height}`,
      role: 'img',
      class: 'chart',
      'aria-labelledby': `${name}-title ${name}-desc`,
    },
    [
      element('title', { id: `${name}-title` }, 'Course of the patient'),
      element('desc', { id: `${name}-desc` }, escaped(description(points, cutOff))),
      content,
      ...(points.length === 0 ? [] : [...body, dates]),
    ].join(''),
  );
}

function plotsOf(points: readonly TrendChartPoint[], cutOff: number | null): Plot[] {
  const deltas = points.map(({ delta }) => delta);
  const diameters = points.map(({ diameterMm }) => diameterMm);
  const plots: Plot[] = [
    { title: 'Delta of the feature', values: deltas, scale: around(deltas), tick: short, dashed: 0 },
    {
      title: 'Probability, % (upright: 95 % interval; dashed: cut-off)',
      values: points.map(({ probability }) => percent(probability)),
      bars: points.map(({ interval }) => interval && ([interval[0] * 100, interval[1] * 100] as const)),
      scale: { minimum: 0, maximum: 100 },
      tick: short,
      dashed: percent(cutOff),
    },
  ];
  const hasDiameter = diameters.some((value) => value !== null);
  const largest = Math.max(1, ...diameters.filter(isNumber));
  return hasDiameter
    ? [
        ...plots,
        {
          title: 'Longest in-plane diameter, mm',
          values: diameters,
          scale: { minimum: 0, maximum: largest * 1.15 },
          tick: short,
        },
      ]
    : plots;
}

const percent = (share: number | null): number | null => (share === null ? null : share * 100);
const isNumber = (value: number | null): value is number => value !== null && Number.isFinite(value);

/** All values and 0, with a little room. */
function around(values: readonly (number | null)[]): Scale {
  const known = values.filter(isNumber);
  const [minimum, maximum] = [Math.min(0, ...known), Math.max(0, ...known)];
  const room = (maximum - minimum || 1) * 0.12;
  return { minimum: minimum - room, maximum: maximum + room };
}

/** By the calendar; by their order when a date is none or all are the same. */
function placesOf(dates: readonly string[]): readonly number[] {
  const times = dates.map((date) => Date.parse(isoDate(date) ?? ''));
  const [first = 0, last = 0] = [times[0], times.at(-1)];
  const isByDate = times.every(Number.isFinite) && last > first;
  const room = WIDTH - LEFT - RIGHT - 40;
  return dates.map((_, k) => {
    const share = isByDate
      ? ((times[k] ?? first) - first) / (last - first)
      : (k + 0.5) / Math.max(1, dates.length);
    return LEFT + 20 + share * room;
  });
}

const isoDate = (date: string): string | undefined => {
  const parts = /^(\d{4})(\d{2})(\d{2})$/.exec(date);
  return parts ? `${parts[1]}-${parts[2]}-${parts[3]}` : undefined;
};

function drawn(
  { title, values, scale, tick, bars = [], dashed }: Plot,
  at: readonly number[],
  y: number,
): string {
  const bottom = y + PLOT_HEIGHT;
  const level = (value: number): number => {
    const inside = Math.min(scale.maximum, Math.max(scale.minimum, value));
    return bottom - ((inside - scale.minimum) / (scale.maximum - scale.minimum)) * PLOT_HEIGHT;
  };
  const seen = values.flatMap((value, k) =>
    isNumber(value) ? [{ x: at[k] ?? LEFT, y: level(value), bar: bars[k] ?? null }] : [],
  );
  const path = seen.map((mark) => `${rounded(mark.x)} ${rounded(mark.y)}`).join('L');
  return [
    text(LEFT, y - 8, title, 'start'),
    ...ticks(scale, 5).map(
      (value) =>
        line(LEFT, level(value), WIDTH - RIGHT, level(value), { class: 'chart-grid' }) +
        text(LEFT - 8, level(value) + 4, tick(value), 'end'),
    ),
    line(LEFT, y, LEFT, bottom, { class: 'chart-axis' }),
    line(LEFT, bottom, WIDTH - RIGHT, bottom, { class: 'chart-axis' }),
    isNumber(dashed ?? null)
      ? line(LEFT, level(dashed ?? 0), WIDTH - RIGHT, level(dashed ?? 0), {
          class: 'chart-axis',
          'stroke-dasharray': '4 3',
        })
      : '',
    ...seen.map(({ x, bar }) =>
      bar ? line(x, level(bar[1]), x, level(bar[0]), { class: 'chart-line' }) : '',
    ),
    seen.length > 1 ? element('path', { d: `M${path}`, class: 'chart-line', fill: 'none' }) : '',
    ...seen.map((mark) => element('circle', { cx: mark.x, cy: mark.y, r: 4, class: 'chart-dot' })),
  ].join('');
}

const short = (value: number): string => {
  const size = Math.abs(value);
  if (size >= 10_000 || (size > 0 && size < 0.001)) return value.toExponential(1);
  return String(Number(value.toPrecision(3))).replace('-', '−');
};

/** First and last only, where there is no room for all. */
function datesBelow(points: readonly TrendChartPoint[], at: readonly number[], y: number): string {
  let end = Number.NEGATIVE_INFINITY;
  const last = points.length - 1;
  return points
    .map(({ date }, k) => {
      const x = at[k] ?? LEFT;
      const isCrowded = x < end + 84 || (k !== last && (at[last] ?? x) - x < 84);
      if (isCrowded && k !== last) return '';
      end = x;
      return text(Math.min(x, WIDTH - RIGHT - 38), y, isoDate(date) ?? 'no date', 'middle');
    })
    .join('');
}

/** For those who do not see the chart. */
function description(points: readonly TrendChartPoint[], cutOff: number | null): string {
  const said = points.map(({ date, delta, probability, diameterMm }) =>
    [
      isoDate(date) ?? 'no date',
      isNumber(delta) ? `delta ${short(delta)}` : 'no delta',
      isNumber(probability) ? `probability ${Math.round(probability * 100)} %` : 'no probability',
      ...(isNumber(diameterMm) ? [`diameter ${short(diameterMm)} mm`] : []),
    ].join(', '),
  );
  const limit = cutOff === null ? '' : ` Cut-off ${Math.round(cutOff * 100)} %.`;
  return `${points.length} time points.${limit} ${said.join('; ')}`.trim();
}

const text = (x: number, y: number, content: string, anchor: 'start' | 'middle' | 'end'): string =>
  element('text', { x, y, class: 'chart-text', 'text-anchor': anchor }, escaped(content));

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};
const escaped = (value: string): string => value.replaceAll(/[&<>"']/g, (sign) => ENTITIES[sign] ?? '');
