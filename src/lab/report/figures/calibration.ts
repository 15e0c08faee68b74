import * as Plot from '@observablehq/plot';
import type { Calibration, CohortResult } from '../../evaluate/evaluation.ts';
import { drawn, type Figure, GRID } from '../figure.ts';
import { colour } from '../palette.ts';
import { plain, three } from '../words.ts';

type Group = Calibration['groups'][number];

/** Observed share against predicted probability in groups of equal size, with Wilson intervals, and the line of slope and intercept. */
export function calibrationFigure(name: string, { name: cohort, calibration, rows }: CohortResult): Figure {
  const { slope, intercept, groups } = calibration;
  const place = { x: 'meanProbability', y: ({ events, n }: Group) => events / n } as const;
  const isFitted = slope !== null && intercept !== null;
  const rug = (label: 0 | 1): Plot.RuleX =>
    Plot.ruleX(
      rows.filter((row) => row.label === label),
      {
        x: 'probability',
        y1: label === 1 ? 0.965 : 0,
        y2: label === 1 ? 1 : 0.035,
        stroke: colour(label === 1 ? '--resistant' : '--others'),
      },
    );
  return drawn({
    name,
    title: `Calibration, ${plain(cohort, 60)}`,
    description: `${groups.length} groups of ${plain(cohort)} by probability: ${groups.map(({ n, meanProbability, events }) => `predicted ${meanProbability.toFixed(2)}, observed ${events} of ${n}`).join('; ')}. ${isFitted ? `Slope ${three(slope)}, intercept ${three(intercept)}.` : 'Slope and intercept have no optimum.'}`,
    legend: [
      { text: 'as predicted', stroke: colour('--soft'), dash: '3 4' },
      ...(isFitted
        ? [
            {
              text: `slope ${slope.toFixed(2)}, intercept ${intercept.toFixed(2)}`,
              stroke: colour('--third'),
              dash: '7 3',
            },
          ]
        : []),
    ],
    plot: {
      width: 390,
      height: 400,
      marginLeft: 56,
      marginBottom: 46,
      marginRight: 16,
      x: {
        domain: [0, 1],
        label: 'predicted probability',
        labelArrow: 'none',
        labelAnchor: 'center',
        ticks: 5,
      },
      y: { domain: [0, 1], label: 'observed share', labelArrow: 'none', labelAnchor: 'center', ticks: 5 },
      marks: [
        Plot.gridX({ ...GRID, ticks: 5 }),
        Plot.gridY({ ...GRID, ticks: 5 }),
        Plot.frame({ stroke: colour('--soft') }),
        rug(0),
        rug(1),
        Plot.link([0], { x1: 0, y1: 0, x2: 1, y2: 1, stroke: colour('--soft'), strokeDasharray: '3 4' }),
        ...(isFitted
          ? [
              Plot.line(recalibrated(slope, intercept), {
                x: 'p',
                y: 'observed',
                stroke: colour('--third'),
                strokeWidth: 2,
                strokeDasharray: '7 3',
              }),
            ]
          : []),
        Plot.ruleX(groups, {
          x: 'meanProbability',
          y1: ({ wilson }: Group) => wilson[0],
          y2: ({ wilson }: Group) => wilson[1],
          stroke: colour('--first'),
          strokeWidth: 1.5,
        }),
        Plot.dot(groups, { ...place, r: 4.5, fill: colour('--first'), stroke: colour('--page') }),
      ],
    },
  });
}

/** What is observed where p is predicted: logit = intercept + slope logit p. */
const recalibrated = (slope: number, intercept: number) =>
  Array.from({ length: 49 }, (_, at) => {
    const p = (at + 1) / 50;
    return { p, observed: 1 / (1 + Math.exp(-(intercept + slope * Math.log(p / (1 - p))))) };
  });
