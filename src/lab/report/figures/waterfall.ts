import * as Plot from '@observablehq/plot';
import { drawn, type Figure, GRID, HOLLOW } from '../figure.ts';
import { colour } from '../palette.ts';
import { OTHERS, plain, RESISTANT, three } from '../words.ts';

type Scored = Readonly<{ label: 0 | 1; probability: number }>;

/** A bar of a case whose probability is the cut-off itself is still seen. */
const LEAST = 0.003;

/** One bar a case, from the cut-off to its probability, in descending order. Says nothing of who it is. */
export function waterfallFigure(
  name: string,
  { cohort, rows, cutOff }: Readonly<{ cohort: string; rows: readonly Scored[]; cutOff: number }>,
): Figure {
  const bars = [...rows]
    .sort((one, other) => other.probability - one.probability)
    .map(({ label, probability }, at) => ({
      label,
      x1: at + 0.12,
      x2: at + 0.88,
      y1: cutOff,
      y2:
        Math.abs(probability - cutOff) < LEAST
          ? cutOff + LEAST * (probability >= cutOff ? 1 : -1)
          : probability,
    }));
  const barsOf = (label: 0 | 1): Plot.Rect => {
    const fill = colour(label === 1 ? '--resistant' : '--others');
    const place = { x1: 'x1', x2: 'x2', y1: 'y1', y2: 'y2' } as const;
    const look = label === 1 ? {} : { fillOpacity: HOLLOW, stroke: fill, strokeWidth: 0.8 };
    return Plot.rect(
      bars.filter((bar) => bar.label === label),
      { ...place, fill, ...look },
    );
  };
  const above = (label: 0 | 1): string => {
    const own = rows.filter((row) => row.label === label);
    return `${own.filter(({ probability }) => probability >= cutOff).length} of ${own.length}`;
  };
  return drawn({
    name,
    title: `Waterfall of the probabilities, ${plain(cohort, 60)}`,
    description: `${rows.length} cases of ${plain(cohort)} by descending probability, as bars from the cut-off ${three(cutOff)}. At or above it are ${above(1)} cases with resistance and ${above(0)} without.`,
    legend: [
      { text: RESISTANT, stroke: colour('--resistant'), box: 'filled' },
      { text: OTHERS, stroke: colour('--others'), box: 'hollow' },
      { text: `cut-off ${three(cutOff)}`, stroke: colour('--ink'), dash: '7 3' },
    ],
    plot: {
      width: 820,
      height: 270,
      marginLeft: 56,
      marginBottom: 40,
      x: {
        domain: [0, Math.max(1, rows.length)],
        axis: null,
      },
      y: {
        domain: [0, 1],
        label: 'probability of resistance',
        labelArrow: 'none',
        labelAnchor: 'center',
        ticks: 5,
      },
      marks: [
        Plot.gridY({ ...GRID, ticks: 5 }),
        barsOf(0),
        barsOf(1),
        Plot.ruleY([cutOff], { stroke: colour('--ink'), strokeWidth: 1.5, strokeDasharray: '7 3' }),
        Plot.text([`${rows.length} cases, one bar each, highest probability first`], {
          frameAnchor: 'bottom',
          dy: 28,
          fill: 'currentColor',
        }),
      ],
    },
  });
}
