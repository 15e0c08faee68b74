import * as Plot from '@observablehq/plot';
import type { Candidate, SearchRecord } from '../../record.ts';
import { CLASSIFIERS, SELECTORS } from '../../record.ts';
import { drawn, type Figure, GRID } from '../figure.ts';
import { colour } from '../palette.ts';
import { CLASSIFIER_WORDS, plural, SELECTOR_WORDS, three } from '../words.ts';

/** Pooled CV AUC against k with a band of one standard error, a panel each selector and classifier, and the choice. */
export function searchFigure(name: string, title: string, { table, choice }: SearchRecord): Figure {
  const classifiers = CLASSIFIERS.filter((each) => table.some(({ classifier }) => classifier === each));
  const selectors = SELECTORS.filter((each) => table.some(({ selector }) => selector === each));
  const panel = {
    fx: ({ selector }: Candidate) => SELECTOR_WORDS[selector],
    fy: ({ classifier }: Candidate) => CLASSIFIER_WORDS[classifier],
  };
  const band = table.flatMap(({ pooledAuc, pooledSe }) => [pooledAuc - pooledSe, pooledAuc + pooledSe]);
  const low = band.reduce((one, other) => Math.min(one, other), 0.5);
  const high = band.reduce((one, other) => Math.max(one, other), 0.55);
  const mostK = table.reduce((most, { k }) => Math.max(most, k), choice.k);
  return drawn({
    name,
    title,
    description: described(table, choice),
    legend: [
      { text: 'pooled CV AUC', stroke: colour('--first') },
      { text: 'one standard error on either side', stroke: colour('--first'), box: 'hollow' },
      { text: `chosen: ${words(choice)}`, stroke: colour('--second'), box: 'filled' },
    ],
    plot: {
      width: 820,
      height: 70 + 170 * classifiers.length,
      marginTop: 34,
      marginLeft: 66,
      marginRight: 30,
      marginBottom: 44,
      fx: { domain: selectors.map((each) => SELECTOR_WORDS[each]), label: null, padding: 0.07 },
      fy: { domain: classifiers.map((each) => CLASSIFIER_WORDS[each]), label: null, padding: 0.1 },
      x: {
        label: 'features kept, k',
        labelArrow: 'none',
        labelAnchor: 'center',
        domain: [0, mostK + 1],
        ticks: ticksTo(mostK),
        tickFormat: 'd',
      },
      y: {
        label: 'CV AUC',
        labelArrow: 'none',
        labelAnchor: 'center',
        domain: [Math.max(0, low), Math.min(1, high)],
        ticks: 4,
      },
      marks: [
        Plot.frame({ stroke: colour('--line') }),
        Plot.gridY({ ...GRID, ticks: 4 }),
        Plot.axisFy({
          anchor: 'right',
          label: null,
          rotate: 90,
          textAnchor: 'middle',
          lineAnchor: 'bottom',
        } as Plot.AxisYOptions),
        Plot.ruleY([0.5], { stroke: colour('--soft'), strokeDasharray: '3 4' }),
        Plot.areaY(table, {
          ...panel,
          x: 'k',
          y1: ({ pooledAuc, pooledSe }: Candidate) => pooledAuc - pooledSe,
          y2: ({ pooledAuc, pooledSe }: Candidate) => pooledAuc + pooledSe,
          fill: colour('--first'),
          fillOpacity: 0.18,
        }),
        Plot.lineY(table, { ...panel, x: 'k', y: 'pooledAuc', stroke: colour('--first'), strokeWidth: 1.8 }),
        Plot.dot(table, { ...panel, x: 'k', y: 'pooledAuc', r: 1.8, fill: colour('--first') }),
        Plot.dot([choice], {
          ...panel,
          x: 'k',
          y: 'pooledAuc',
          r: 7,
          symbol: 'square',
          fill: colour('--second'),
          stroke: colour('--page'),
        }),
      ],
    },
  });
}

const words = ({ selector, classifier, k }: Candidate): string =>
  `${SELECTOR_WORDS[selector]}, ${CLASSIFIER_WORDS[classifier]}, k = ${k}`;

const ticksTo = (most: number): number[] => {
  const step = most <= 6 ? 1 : most <= 12 ? 2 : most <= 30 ? 5 : 10;
  return Array.from({ length: Math.floor(most / step) + 1 }, (_, at) => at * step).filter((k) => k > 0);
};

function described(table: readonly Candidate[], choice: Candidate): string {
  const aucs = table.map(({ pooledAuc }) => pooledAuc);
  const [low, high] = aucs.reduce(
    ([least, most], auc) => [Math.min(least, auc), Math.max(most, auc)],
    [1, 0],
  );
  return `Pooled cross-validated AUC of ${plural(table.length, 'candidate')}, between ${three(low)} and ${three(high)}. Chosen is ${words(choice)}, with ${three(choice.pooledAuc)} and standard error ${three(choice.pooledSe)}.`;
}
