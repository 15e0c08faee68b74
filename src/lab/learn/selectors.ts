import type { SelectorName } from '../record.ts';
import { reliefWeights } from './relief.ts';
import { eliminationOrder } from './rfe.ts';
import { anovaF, kruskalWallisH } from './univariate.ts';
import type { Columns } from './z-score.ts';

/** By which weight Relief ranks: its size alone, as FAE 0.5.2 does, which ranks harmful columns high; or with its sign, as published. */
export type ReliefRank = 'absolute' | 'signed';

/**
 * The columns of z-scores in a selector's order, best first: its choice of k is the first k. A tie goes to the later column (ANOVA, KW:
 * scikit-learn's SelectKBest) or the lower (Relief). Null: its support vector machine was not solved.
 */
export function rankedColumns(
  selector: SelectorName,
  columns: Columns,
  labels: Uint8Array,
  relief: ReliefRank,
): Int32Array | null {
  if (selector === 'RFE') return eliminationOrder(columns, labels);
  if (selector === 'ANOVA') return byScore(anovaF(columns, labels), 'later');
  if (selector === 'KW') return byScore(kruskalWallisH(columns, labels), 'later');
  const weights = reliefWeights(columns, labels);
  return byScore(relief === 'absolute' ? weights.map(Math.abs) : weights, 'lower');
}

/** Highest first; no number is lowest. */
function byScore(scores: Float64Array, atTie: 'later' | 'lower'): Int32Array {
  const score = (j: number): number => (Number.isNaN(scores[j]) ? Number.NEGATIVE_INFINITY : scores[j]!);
  const sign = atTie === 'later' ? -1 : 1;
  return Int32Array.from(scores, (_, j) => j).sort((one, other) => {
    const [a, b] = [score(one), score(other)];
    return a === b ? sign * (one - other) : b - a;
  });
}
