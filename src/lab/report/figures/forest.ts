import * as Plot from '@observablehq/plot';
import type { Interval } from '../../evaluate/evaluation.ts';
import { drawn, type Figure, GRID, roomFor } from '../figure.ts';
import { colour } from '../palette.ts';
import { plain } from '../words.ts';

export type ForestRow = Readonly<{
  label: string;
  value: number;
  interval: Interval;
  /** value and interval in words, on the right */
  text: string;
  isEmphasised: boolean;
}>;

type Forest = Readonly<{
  title: string;
  /** of the horizontal axis */
  axis: string;
  rows: readonly ForestRow[];
  /** vertical lines to compare with: dashed, named in the description */
  references: readonly Readonly<{ at: number; text: string }>[];
  domain?: Interval;
}>;

const ROW = 30;
const LONGEST_LABEL = 52;

/** A dot and its interval a row. Emphasised rows have a filled square, others a hollow circle. */
export function forestFigure(name: string, { title, axis, rows, references, domain }: Forest): Figure {
  const own = rows.map((row, at) => ({ ...row, y: String(at) }));
  const labels = new Map(own.map(({ y, label }) => [y, plain(label, LONGEST_LABEL)]));
  const texts = new Map(own.map(({ y, text }) => [y, text]));
  const symbol = (isEmphasised: boolean): Plot.Dot =>
    Plot.dot(
      own.filter((row) => row.isEmphasised === isEmphasised),
      {
        x: 'value',
        y: 'y',
        r: 5,
        symbol: isEmphasised ? 'square' : 'circle',
        fill: colour(isEmphasised ? '--first' : '--page'),
        stroke: colour('--first'),
        strokeWidth: 2,
      },
    );
  return drawn({
    name,
    title,
    description: `${rows.map(({ label, text }) => `${plain(label)}: ${text}.`).join(' ')} Lines at ${references.map(({ at, text }) => `${at} (${text})`).join(' and ')}.`,
    legend: references.map(({ text }, at) => ({ text, stroke: colour('--soft'), dash: DASHES[at % 2]! })),
    plot: {
      width: 820,
      height: own.length * ROW + 78,
      marginLeft: widest(labels.values()),
      marginRight: widest(texts.values()),
      marginBottom: 46,
      x: {
        label: axis,
        labelArrow: 'none',
        labelAnchor: 'center',
        ticks: 6,
        domain:
          domain ??
          domainOf(
            rows,
            references.map(({ at }) => at),
          ),
      },
      y: { domain: own.map(({ y }) => y), label: null },
      marks: [
        Plot.gridX({ ...GRID, ticks: 6 }),
        Plot.axisY({ anchor: 'left', tickSize: 0, tickFormat: (y: string) => labels.get(y) ?? '' }),
        Plot.axisY({ anchor: 'right', tickSize: 0, tickFormat: (y: string) => texts.get(y) ?? '' }),
        ...references.map(({ at }, order) =>
          Plot.ruleX([at], {
            stroke: colour('--soft'),
            strokeWidth: 1.5,
            strokeDasharray: DASHES[order % 2]!,
          }),
        ),
        Plot.ruleY(own, {
          x1: ({ interval }: ForestRow) => interval[0],
          x2: ({ interval }: ForestRow) => interval[1],
          y: 'y',
          stroke: colour('--first'),
          strokeWidth: 2,
        }),
        symbol(false),
        symbol(true),
      ],
    },
  });
}

const widest = (labels: Iterable<string>): number =>
  [...labels].reduce((most, label) => Math.max(most, roomFor(label) + 16), 150);

const DASHES = ['3 4', '7 3'] as const;

function domainOf(rows: readonly ForestRow[], references: readonly number[]): Interval {
  const all = [...rows.flatMap(({ interval, value }) => [...interval, value]), ...references];
  const [low, high] = all.reduce(
    ([least, most], value) => [Math.min(least, value), Math.max(most, value)],
    [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY],
  );
  const room = (high - low) * 0.04 || 1;
  return [low - room, high + room];
}
