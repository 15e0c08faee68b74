/** What charts share: a title and a text for those who do not see them, axes with round numbers. Colours come from style sheets. */
import { element, line, rounded } from '../picture/svg.ts';
import { escaped, oneLine } from '../picture/svg-text.ts';

export type ChartText = Readonly<{
  /** unique on its page: letters, digits and hyphens */
  id: string;
  title: string;
  /** what the chart shows, in words and numbers */
  description: string;
}>;

/** A chart scales with its place; these are its own units. */
const WIDTH = 640;
const HEIGHT = 280;
const SIZE = 12;
/** The plot inside of the axes. */
export const PLOT = { left: 56, right: WIDTH - 16, top: 16, bottom: HEIGHT - 48 } as const;

export function chart({ id, title, description }: ChartText, content: string): string {
  const named = id.replace(/[^A-Za-z0-9-]/g, '');
  return element(
    'svg',
    {
      xmlns: 'http://www.w3.org/2000/svg',
      class: 'chart',
      role: 'img',
      viewBox: `0 0 ${WIDTH} ${HEIGHT}`,
      'aria-labelledby': `${named}-title ${named}-desc`,
    },
    element('title', { id: `${named}-title` }, escaped(oneLine(title))) +
      element('desc', { id: `${named}-desc` }, escaped(oneLine(description))) +
      content,
  );
}

export type Anchor = 'start' | 'middle' | 'end';

export const chartText = (x: number, y: number, text: string, anchor: Anchor = 'middle'): string =>
  element(
    'text',
    { class: 'chart-text', x, y, 'font-size': SIZE, 'text-anchor': anchor },
    escaped(oneLine(text).slice(0, 80)),
  );

/** Room around what is drawn, also where all of it is one value. */
export function rangeOf(values: readonly number[], room = 0.05): readonly [number, number] {
  const finite = values.filter(Number.isFinite);
  if (finite.length === 0) return [0, 1];
  const [low, high] = [finite.reduce(least), finite.reduce(most)];
  const margin = high > low ? (high - low) * room : Math.max(Math.abs(low), 1) / 2;
  return [low - margin, high + margin];
}
const least = (a: number, b: number): number => Math.min(a, b);
const most = (a: number, b: number): number => Math.max(a, b);

export type Scale = (value: number) => number;

/** From values to units of the chart. */
export const scaleTo =
  ([low, high]: readonly [number, number], from: number, to: number): Scale =>
  (value) =>
    from + ((value - low) / (high - low)) * (to - from);

/** Round numbers within the range: steps of 1, 2 or 5 times a power of ten. */
export function ticksOf([low, high]: readonly [number, number], wanted = 5): readonly number[] {
  const rough = (high - low) / wanted;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5].find((factor) => factor * power >= rough) ?? 10);
  const first = Math.ceil(low / step - 1e-9);
  const count = Math.floor(high / step + 1e-9) - first + 1;
  return Array.from({ length: Math.min(count, 50) }, (_, at) => (first + at) * step);
}

/** Enough digits for its size, and none for show. */
export const numberText = (value: number): string => {
  if (value !== 0 && (Math.abs(value) >= 1e6 || Math.abs(value) < 1e-3)) return value.toExponential(1);
  return String(Number(value.toPrecision(4)));
};

/** Grid and numbers of the vertical axis. */
export const verticalAxis = (ticks: readonly number[], y: Scale, label: string): string =>
  ticks
    .map(
      (tick) =>
        line(PLOT.left, y(tick), PLOT.right, y(tick), { class: 'chart-grid' }) +
        chartText(PLOT.left - 6, y(tick) + 4, numberText(tick), 'end'),
    )
    .join('') +
  line(PLOT.left, PLOT.top, PLOT.left, PLOT.bottom, { class: 'chart-axis' }) +
  element(
    'text',
    {
      class: 'chart-text',
      'font-size': SIZE,
      'text-anchor': 'middle',
      transform: `translate(14 ${rounded((PLOT.top + PLOT.bottom) / 2)}) rotate(-90)`,
    },
    escaped(oneLine(label)),
  );

/** The line below, its ticks with their texts, and what it is. */
export const horizontalAxis = (
  ticks: readonly Readonly<{ at: number; text: string; anchor?: Anchor }>[],
  label: string,
): string =>
  line(PLOT.left, PLOT.bottom, PLOT.right, PLOT.bottom, { class: 'chart-axis' }) +
  ticks
    .map(
      ({ at, text, anchor }) =>
        line(at, PLOT.bottom, at, PLOT.bottom + 4, { class: 'chart-axis' }) +
        chartText(at, PLOT.bottom + 18, text, anchor),
    )
    .join('') +
  chartText((PLOT.left + PLOT.right) / 2, HEIGHT - 8, label);
