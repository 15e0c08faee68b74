import type { DiskForecast, FreeSpace } from '../health/forecast.ts';
import { element, line, rounded } from '../picture/svg.ts';
import { escaped } from '../picture/svg-text.ts';

const WIDTH = 640;
const HEIGHT = 240;
const PLOT = { left: 56, right: 624, top: 16, bottom: 200 };
const DAY_MS = 86_400_000;
const GIB = 2 ** 30;
/** The line is drawn from so many points at most. */
const MOST_POINTS = 240;
/** The forecast is drawn as far ahead as is looked back, and no longer than this. */
const MOST_AHEAD_MS = 14 * DAY_MS;

export type DiskChart = Readonly<{
  /** in the order of time */
  samples: readonly FreeSpace[];
  forecast: DiskForecast;
  watermarkBytes: number;
  now: Date;
  /** ids of title and description begin with it: unique on the page */
  id?: string;
}>;

/** Free space over time, the watermark below which nothing is accepted, and where the trend leads. Its looks are a style sheet's. */
export function diskForecastChart(chart: DiskChart): string {
  const { samples, forecast, now, id = 'disk' } = chart;
  const label = [
    element('title', { id: `${id}-title` }, 'Free disk space'),
    element('desc', { id: `${id}-desc` }, escaped(spoken(chart))),
  ].join('');
  const svg = (content: string) =>
    element(
      'svg',
      {
        xmlns: 'http://www.w3.org/2000/svg',
        viewBox: `0 0 ${WIDTH} ${HEIGHT}`,
        role: 'img',
        class: 'chart',
        'aria-labelledby': `${id}-title ${id}-desc`,
      },
      label + content,
    );
  const shown = thinned(samples.filter(({ freeBytes }) => Number.isFinite(freeBytes)));
  const [first] = shown;
  if (!first || shown.length < 2) return svg(text(WIDTH / 2, HEIGHT / 2, 'Not enough data yet', 'middle'));
  const backMs = Math.max(1, now.getTime() - first.at.getTime());
  const aheadMs = forecast.kind === 'filling' ? Math.min(backMs, MOST_AHEAD_MS) : 0;
  const scale = scales(chart, shown, first.at.getTime(), now.getTime() + aheadMs);
  return svg(
    [grid(scale), course(shown, scale), ahead(chart, shown, aheadMs, scale), marks(chart, scale)].join(''),
  );
}

type Scale = Readonly<{
  x: (ms: number) => number;
  y: (bytes: number) => number;
  from: number;
  to: number;
  top: number;
}>;

function scales({ watermarkBytes }: DiskChart, shown: readonly FreeSpace[], from: number, to: number): Scale {
  const most = Math.max(watermarkBytes, ...shown.map(({ freeBytes }) => freeBytes), 1);
  const step = niceStep(most / GIB / 4) * GIB;
  const top = Math.ceil(most / step) * step;
  return {
    from,
    to,
    top,
    x: (ms) => PLOT.left + ((ms - from) / (to - from)) * (PLOT.right - PLOT.left),
    y: (bytes) => PLOT.bottom - (Math.min(top, Math.max(0, bytes)) / top) * (PLOT.bottom - PLOT.top),
  };
}

/** 1, 2 or 5 times a power of ten, at least as large. */
function niceStep(least: number): number {
  const power = 10 ** Math.floor(Math.log10(Math.max(least, 1e-9)));
  return ([1, 2, 5].find((times) => times * power >= least) ?? 10) * power;
}

function grid({ x, y, from, to, top }: Scale): string {
  const step = niceStep(top / GIB / 4.001) * GIB;
  const rows = Array.from({ length: Math.floor(top / step + 1e-9) + 1 }, (_, k) => k * step);
  const days = [from, (from + to) / 2, to];
  return [
    ...rows.map((bytes) => line(PLOT.left, y(bytes), PLOT.right, y(bytes), { class: 'chart-grid' })),
    ...rows.map((bytes) => text(PLOT.left - 6, y(bytes) + 4, giga(bytes), 'end')),
    text(PLOT.left, PLOT.top - 4, 'GiB', 'start'),
    ...days.map((ms, k) =>
      text(x(ms), PLOT.bottom + 18, dayText(ms), k === 0 ? 'start' : k === 1 ? 'middle' : 'end'),
    ),
    line(PLOT.left, PLOT.bottom, PLOT.right, PLOT.bottom, { class: 'chart-axis' }),
    line(PLOT.left, PLOT.top, PLOT.left, PLOT.bottom, { class: 'chart-axis' }),
  ].join('');
}

const course = (shown: readonly FreeSpace[], { x, y }: Scale): string =>
  element('polyline', {
    class: 'chart-line',
    fill: 'none',
    points: shown
      .map(({ at, freeBytes }) => `${rounded(x(at.getTime()))},${rounded(y(freeBytes))}`)
      .join(' '),
  });

/** The trend from the newest sample on, with its range. */
function ahead(
  { forecast, watermarkBytes }: DiskChart,
  shown: readonly FreeSpace[],
  aheadMs: number,
  scale: Scale,
): string {
  const newest = shown.at(-1);
  if (forecast.kind !== 'filling' || !newest || aheadMs <= 0) return '';
  const start = newest.at.getTime();
  const room = newest.freeBytes - watermarkBytes;
  const end = (days: number): readonly [number, number] => {
    const ms = Math.min(scale.to, start + days * DAY_MS);
    return [ms, newest.freeBytes - (room * (ms - start)) / (days * DAY_MS)];
  };
  const lineTo = (days: number, name: string) => {
    const [ms, bytes] = end(days);
    const [x, y] = [scale.x(ms), scale.y(bytes)];
    return line(scale.x(start), scale.y(newest.freeBytes), x, y, { class: name });
  };
  return [
    lineTo(forecast.earliestDays, 'chart-line chart-range'),
    lineTo(forecast.latestDays, 'chart-line chart-range'),
    lineTo(forecast.days, 'chart-line chart-forecast'),
  ].join('');
}

function marks({ watermarkBytes, now }: DiskChart, { x, y }: Scale): string {
  const level = y(watermarkBytes);
  return [
    line(PLOT.left, level, PLOT.right, level, { class: 'chart-mark' }),
    text(PLOT.right - 4, level - 4, 'below this nothing is accepted', 'end'),
    line(x(now.getTime()), PLOT.top, x(now.getTime()), PLOT.bottom, { class: 'chart-mark' }),
    text(x(now.getTime()) - 4, PLOT.top + 10, 'now', 'end'),
  ].join('');
}

/** The same in words, for those who do not see the lines. */
function spoken({ samples, forecast, watermarkBytes }: DiskChart): string {
  const newest = samples.at(-1);
  if (!newest) return 'No sample has been taken yet.';
  const free = `${giga(newest.freeBytes)} GiB are free; below ${giga(watermarkBytes)} GiB nothing is accepted.`;
  return `${free} ${forecastText(forecast)}`;
}

/** The forecast as a sentence. */
export function forecastText(forecast: DiskForecast): string {
  if (forecast.kind === 'notEnoughData')
    return 'There is not enough data for a forecast yet (six hours are needed).';
  if (forecast.kind === 'full') return 'The disk is full: nothing is accepted.';
  if (forecast.kind === 'steady') return 'Free space does not shrink measurably.';
  const { days, earliestDays, latestDays } = forecast;
  return `At this rate it is used up in about ${daysText(days)} (between ${daysText(earliestDays)} and ${daysText(latestDays)}).`;
}

const daysText = (days: number): string => {
  if (days > 999) return 'years';
  return days < 1 ? `${Math.max(1, Math.round(days * 24))} h` : `${Math.round(days)} d`;
};
const giga = (bytes: number): string => String(Number((bytes / GIB).toPrecision(3)));
const dayText = (ms: number): string => {
  const day = new Date(ms);
  return [day.getFullYear(), day.getMonth() + 1, day.getDate()]
    .map((part) => String(part).padStart(2, '0'))
    .join('-');
};
const text = (x: number, y: number, content: string, anchor: 'start' | 'middle' | 'end'): string =>
  element('text', { x, y, class: 'chart-text', 'text-anchor': anchor }, escaped(content));

function thinned(samples: readonly FreeSpace[]): readonly FreeSpace[] {
  const every = Math.ceil(samples.length / MOST_POINTS);
  return samples.filter((_, index) => index % every === 0 || index === samples.length - 1);
}
