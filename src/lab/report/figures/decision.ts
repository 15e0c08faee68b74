import * as Plot from '@observablehq/plot';
import type { DecisionPoint } from '../../evaluate/evaluation.ts';
import { drawn, type Figure, GRID } from '../figure.ts';
import { colour, lineStyle } from '../palette.ts';
import { plain } from '../words.ts';

/** Net benefit against the threshold. Lines leave the frame where they fall far below zero. */
export function decisionFigure(name: string, title: string, points: readonly DecisionPoint[]): Figure {
  const most = points.reduce((high, { model, treatAll }) => Math.max(high, model, treatAll), 0.02);
  const least = -most / 3;
  const lines = [
    { key: 'model', text: 'by the model', style: lineStyle(0) },
    { key: 'treatAll', text: 'all called resistant', style: lineStyle(1) },
    { key: 'treatNone', text: 'none called resistant', style: lineStyle(2) },
  ] as const;
  return drawn({
    name,
    title,
    description: describedBy(points, title),
    legend: lines.map(({ text, style: { stroke, dash } }) => ({ text, stroke, dash })),
    plot: {
      width: 390,
      height: 300,
      marginLeft: 56,
      marginBottom: 46,
      marginRight: 16,
      x: {
        domain: [0, 1],
        label: 'threshold probability',
        labelArrow: 'none',
        labelAnchor: 'center',
        ticks: 5,
      },
      y: {
        domain: [least, most * 1.05],
        label: 'net benefit',
        labelArrow: 'none',
        labelAnchor: 'center',
        ticks: 5,
      },
      marks: [
        Plot.gridX({ ...GRID, ticks: 5 }),
        Plot.gridY({ ...GRID, ticks: 5 }),
        Plot.frame({ stroke: colour('--soft') }),
        ...lines.map(({ key, style: { stroke, dash } }) =>
          Plot.line(
            above(
              points.map((point) => [point.threshold, point[key]]),
              least,
            ),
            {
              x: '0',
              y: '1',
              stroke,
              strokeWidth: 2,
              ...(dash && { strokeDasharray: dash }),
            },
          ),
        ),
      ],
    },
  });
}

function describedBy(points: readonly DecisionPoint[], title: string): string {
  const better = points.filter(({ model, treatAll }) => model > Math.max(treatAll, 0));
  const first = better[0];
  const last = better.at(-1);
  const share = `${better.length} of ${points.length} thresholds`;
  return first && last
    ? `${plain(title)}: the model has more net benefit than calling all or none at ${share}, the lowest ${first.threshold.toFixed(2)}, the highest ${last.threshold.toFixed(2)}.`
    : `${plain(title)}: at no threshold has the model more net benefit than calling all or none.`;
}

type Place = readonly [number, number];

/** The parts of a line at or above `least`, cut where it crosses; between them a place without a number, where it is broken. */
function above(line: readonly Place[], least: number): readonly Place[] {
  return line.flatMap(([x, y], at): Place[] => {
    const before = line[at - 1];
    const crossing: Place[] =
      before !== undefined && before[1] >= least !== y >= least
        ? [[before[0] + ((least - before[1]) / (y - before[1])) * (x - before[0]), least]]
        : [];
    return [...crossing, y >= least ? [x, y] : [x, Number.NaN]];
  });
}
