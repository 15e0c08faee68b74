import * as Plot from '@observablehq/plot';
import type { RocPoint } from '../../evaluate/evaluation.ts';
import { drawn, type Figure, GRID } from '../figure.ts';
import { colour, lineStyle } from '../palette.ts';
import { plain } from '../words.ts';

type Curve = Readonly<{
  name: string;
  points: readonly RocPoint[];
  /** with its interval, in words */
  auc: string;
  /** where the cut-off stands on it; null: nowhere */
  cutOff: Readonly<{ fpr: number; tpr: number }> | null;
}>;

/** Curves in one frame. `first` is the place of the first one among the cohorts: it keeps its colour and dash in every figure. */
export function rocFigure(name: string, title: string, curves: readonly Curve[], first = 0): Figure {
  const marks = curves.flatMap(({ points, cutOff }, at) => {
    const { stroke, dash, symbol } = lineStyle(first + at);
    const line = Plot.line(points, {
      x: 'fpr',
      y: 'tpr',
      stroke,
      strokeWidth: 2,
      ...(dash && { strokeDasharray: dash }),
    });
    return cutOff === null
      ? [line]
      : [
          line,
          Plot.dot([cutOff], { x: 'fpr', y: 'tpr', r: 5, symbol, fill: stroke, stroke: colour('--page') }),
        ];
  });
  return drawn({
    name,
    title,
    description: curves.map(said).join(' '),
    legend: curves.map(({ name: of, auc }, at) => {
      const { stroke, dash } = lineStyle(first + at);
      return { text: `${plain(of, 22)}: AUC ${auc}`, stroke, dash };
    }),
    plot: {
      width: 390,
      height: 380,
      marginLeft: 56,
      marginBottom: 46,
      marginRight: 16,
      x: { domain: [0, 1], label: '1 - specificity', labelArrow: 'none', labelAnchor: 'center', ticks: 5 },
      y: { domain: [0, 1], label: 'sensitivity', labelArrow: 'none', labelAnchor: 'center', ticks: 5 },
      marks: [
        Plot.gridX({ ...GRID, ticks: 5 }),
        Plot.gridY({ ...GRID, ticks: 5 }),
        Plot.frame({ stroke: colour('--soft') }),
        Plot.link([0], { x1: 0, y1: 0, x2: 1, y2: 1, stroke: colour('--soft'), strokeDasharray: '3 4' }),
        ...marks,
      ],
    },
  });
}

function said({ name, auc, cutOff }: Curve): string {
  const at = cutOff
    ? ` At the cut-off sensitivity is ${cutOff.tpr.toFixed(3)} and specificity ${(1 - cutOff.fpr).toFixed(3)}.`
    : '';
  return `ROC curve of ${plain(name)}, AUC ${auc}.${at}`;
}
