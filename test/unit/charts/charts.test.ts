import { describe, expect, test } from 'vitest';
import { deltaLine, runningMean } from '../../../src/charts/delta-line.ts';
import { ticksOf } from '../../../src/charts/frame.ts';
import { histogram } from '../../../src/charts/histogram.ts';
import { seededRandom } from '../../../src/model/random.ts';

const random = seededRandom('c4'.repeat(32));
const values = Array.from({ length: 80 }, () => random.normal());
const deltas = values.map((delta, at) => ({
  delta,
  StudyDate: `202501${String(1 + (at % 28)).padStart(2, '0')}`,
  reportedAt: new Date(at),
  StudyInstanceUID: `2.25.${at}`,
}));
const EVIL = '</title><script>alert(1)</script>';

describe.each([
  [
    'histogram',
    (title: string, id = 'chart-1') =>
      histogram(values, { title, id, marks: [{ value: 0.5, label: title }] }),
  ],
  ['delta line', (title: string, id = 'chart-1') => deltaLine(deltas, { title, id })],
  [
    'histogram of nothing',
    (title: string) => histogram([], { title, marks: [{ value: Number.NaN, label: title }] }),
  ],
  ['delta line of nothing', (title: string) => deltaLine([], { title })],
  ['histogram of one value', (title: string) => histogram([3, 3], { title })],
  ['delta line of one', (title: string) => deltaLine(deltas.slice(0, 1), { title })],
])('a %s', (_, draw) => {
  test('has a title and a description, no style of its own, and no number that is none', () => {
    const svg = draw('How deltas are spread');
    expect(svg).toMatch(
      /role="img".*<title id="[\w-]+">How deltas are spread<\/title><desc id="[\w-]+">[^<]+<\/desc>/,
    );
    expect(svg).not.toMatch(/style=|NaN|Infinity|undefined/);
    for (const [, name] of svg.matchAll(/class="([^"]+)"/g))
      expect([
        'chart',
        'chart-axis',
        'chart-bar',
        'chart-line',
        'chart-mark',
        'chart-text',
        'chart-grid',
      ]).toContain(name);
  });

  test('shows foreign text as text', () => {
    const svg = draw(EVIL, '"><script>');
    expect(svg).not.toContain('<script');
    expect(svg).toContain('&lt;script&gt;');
  });
});

test('a histogram has a bar for each bin and a line for each mark', () => {
  const svg = histogram(values, { marks: [{ value: 9, label: 'far' }] });
  expect(svg.match(/class="chart-bar"/g)!.length).toBeGreaterThanOrEqual(5);
  expect(svg).toContain('stroke-dasharray');
  expect(svg).toContain('80 values in');
});

test('the running mean is of the last few, and of fewer at the beginning', () => {
  expect(runningMean([1, 3, 5, 7], 2)).toEqual([1, 2, 4, 6]);
});

test('ticks are round and lie within the range', () => {
  expect(ticksOf([0, 1])).toEqual([0, 0.2, 0.4, 0.6000000000000001, 0.8, 1]);
  expect(ticksOf([-37, 212])).toEqual([0, 50, 100, 150, 200]);
});
