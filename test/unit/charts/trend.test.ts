import { describe, expect, it } from 'vitest';
import { type TrendChartPoint, trendChart } from '../../../src/charts/trend.ts';

const point = (date: string, more: Partial<TrendChartPoint> = {}): TrendChartPoint => ({
  date,
  delta: 0.4,
  probability: 0.6,
  interval: [0.4, 0.8],
  diameterMm: null,
  ...more,
});
const count = (svg: string, what: string): number => svg.split(what).length - 1;

describe('the chart of a course', () => {
  it('draws a mark for each value that is there, intervals, cut-off and a text for those who do not see it', () => {
    const points = [
      point('20230101', { probability: null, interval: null }),
      point('20230401'),
      point('20230701'),
    ];
    const svg = trendChart({ points, cutOff: 0.43, id: 'trend' });
    expect(count(svg, 'class="chart-dot"')).toBe(5);
    // Two intervals, and one line through each of the two plots.
    expect(count(svg, 'class="chart-line"')).toBe(4);
    expect(svg).toContain('stroke-dasharray');
    expect(svg).toContain('<title id="trend-title">');
    expect(svg).toContain('3 time points. Cut-off 43 %. 2023-01-01, delta 0.4, no probability;');
    expect(svg).not.toMatch(/style=|fill="(?!none)|stroke="|<script/);
  });

  it('shows diameters where there are some', () => {
    const svg = trendChart({ points: [point('20230101', { diameterMm: 21 })], cutOff: null, id: 'a' });
    expect(svg).toContain('Longest in-plane diameter');
    expect(count(svg, 'class="chart-dot"')).toBe(3);
  });

  it.each([
    ['no points', []],
    ['one point', [point('20230101')]],
    ['a date that is none', [point('<script>'), point('20230101')]],
    [
      'numbers that are none',
      [point('20230101', { delta: Number.NaN, probability: Number.POSITIVE_INFINITY })],
    ],
    ['equal dates', [point('20230101'), point('20230101')]],
    ['a long course', Array.from({ length: 200 }, (_, k) => point(String(20_000_101 + k * 10_000)))],
  ])('is a picture of %s too, with no text of theirs unescaped', (_, points) => {
    const svg = trendChart({ points, cutOff: 0.43, id: '"><x' });
    expect(svg).toMatch(/^<svg .*<\/svg>$/);
    expect(svg).not.toMatch(/NaN|Infinity|<script>|"><x/);
    expect(count(svg, 'chart-dot')).toBeLessThanOrEqual(96);
  });
});
