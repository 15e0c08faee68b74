import { expect, it } from 'vitest';
import { labelCorrelations, prunedByCorrelation } from '../../../src/lab/learn/pcc.ts';
import { nearestNeighbours, reliefWeights } from '../../../src/lab/learn/relief.ts';
import { rankedColumns } from '../../../src/lab/learn/selectors.ts';
import { anovaF, kruskalWallisH } from '../../../src/lab/learn/univariate.ts';
import { fitZScore, toZScores } from '../../../src/lab/learn/z-score.ts';
import { furthest, modelLabSet, zScoresOf } from '../../support/model-lab.ts';
import { describeWithReference } from '../../support/reference.ts';
import { readJson } from '../../support/reference-cases.ts';

type Event = { candidate: number; kept: number; r: number; absr_label_kept: number; action: string };
type Ranked = { weight: number[]; order: number[] };
type Expected = {
  zscore: { mean: number[]; sd: number[]; train_row0: number[]; test_row0: number[] };
  pcc: Record<string, number[]> & { events: Event[]; events_thr_0_80: Event[]; events_thr_0_50: Event[] };
  univariate: Record<string, number[]>;
  relief: {
    survivors: Ranked & { features: number[]; nearest_hit: number[]; nearest_miss: number[] };
    all_features: Ranked;
    signed_order_survivors: number[];
  };
  rfe: { step: number; fae_svc: Record<string, { support_tol1e10: number[]; ranking_tol1e10: number[] }> };
  unit: {
    pcc_mini: { X: number[][]; y: number[]; threshold: number; survivors: number[]; events: Event[] };
    ties: { y: number[]; score: number[]; kruskal_H: number; anova: [number, number] };
  };
};

describeWithReference('selection of features against scikit-learn, scipy and FAE', (folder) => {
  const expected = readJson<Expected>(folder, 'model-lab', 'expected.json');
  const train = modelLabSet(folder, 'train');
  const all = zScoresOf(train, train.columns);
  const survivors = Int32Array.from(expected.pcc['survivors']!);
  const pruned = zScoresOf(train, survivors);
  const named = (order: ArrayLike<number>) => Array.from(order, (j) => survivors[j]!);

  it('z-scores are those of the training rows, with the population SD', () => {
    const zScore = fitZScore(train.values, train.columns, train.rows);
    zScore.mean.forEach((mean, j) => {
      const scale = expected.zscore.sd[j]!;
      expect(Math.abs(mean - expected.zscore.mean[j]!) / scale).toBeLessThan(1e-12);
      expect(Math.abs(zScore.sd[j]! / scale - 1)).toBeLessThan(1e-12);
    });
    const test = modelLabSet(folder, 'test');
    const first = Int32Array.of(0);
    const ours = toZScores(test.values, test.columns, first, zScore);
    expect(furthest(ours.values, expected.zscore.test_row0)).toBeLessThan(1e-9);
    const own = toZScores(train.values, train.columns, first, zScore);
    expect(furthest(own.values, expected.zscore.train_row0)).toBeLessThan(1e-9);
  });

  it.each([
    ['survivors', 0.98],
    ['survivors_thr_0_99', 0.99],
    ['survivors_thr_0_90', 0.9],
    ['survivors_thr_0_80', 0.8],
    ['survivors_thr_0_50', 0.5],
  ])('pruning by correlation keeps the same columns: %s', (key, threshold) => {
    expect([...prunedByCorrelation(all, train.labels, threshold).survivors]).toEqual(expected.pcc[key]);
  });

  it('correlations with the label', () => {
    const ours = labelCorrelations(all, train.labels);
    expect(furthest(ours, expected.pcc['signed_r_with_label']!)).toBeLessThan(1e-9);
  });

  it('pruning at a threshold of 1 keeps every column, even a doubled one', () => {
    const doubled = zScoresOf(train, Int32Array.of(0, 0, 1));
    expect([...prunedByCorrelation(doubled, train.labels, 1).survivors]).toEqual([0, 1, 2]);
  });

  it.each([
    ['events', 0.98],
    ['events_thr_0_80', 0.8],
    ['events_thr_0_50', 0.5],
  ] as const)('pruning decides for the same reasons: %s', (key, threshold) => {
    expectSameEvents(prunedByCorrelation(all, train.labels, threshold).events, expected.pcc[key]);
  });

  it('pruning of the small example, without its constant column', () => {
    const { X, y, threshold, survivors: theirs, events } = expected.unit.pcc_mini;
    const values = Float64Array.from([0, 1, 2, 3, 4].flatMap((j) => X.map((row) => row[j]!)));
    const from = { values, rows: X.length };
    const rows = Int32Array.from(X, (_, i) => i);
    const zScore = fitZScore(from, Int32Array.of(0, 1, 2, 3, 4), rows);
    expect([...zScore.sd].map((sd) => sd > 0)).toEqual([true, true, true, false, true]);
    const varying = Int32Array.of(0, 1, 2, 4);
    const x = toZScores(from, varying, rows, fitZScore(from, varying, rows));
    const ours = prunedByCorrelation(x, Uint8Array.from(y), threshold);
    expect([...ours.survivors].map((j) => varying[j])).toEqual(theirs.filter((j) => j !== 3));
    expectSameEvents(ours.events, events);
  });

  it('F and H, and the orders they give', () => {
    const { univariate } = expected;
    expect(furthest(anovaF(all, train.labels), univariate['anova_F']!)).toBeLessThan(1e-9);
    expect(furthest(kruskalWallisH(all, train.labels), univariate['kw_H']!)).toBeLessThan(1e-9);
    const order = (selector: 'ANOVA' | 'KW') => [...rankedColumns(selector, all, train.labels, 'signed')!];
    expect(order('ANOVA')).toEqual(univariate['anova_order_all']);
    expect(order('KW')).toEqual(univariate['kw_order_all']);
    expect(named(rankedColumns('ANOVA', pruned, train.labels, 'signed')!)).toEqual(
      univariate['anova_order_survivors'],
    );
  });

  it('F and H of values with ties', () => {
    const { y, score, kruskal_H, anova } = expected.unit.ties;
    const column = { values: Float64Array.from(score), rows: score.length };
    expect(kruskalWallisH(column, Uint8Array.from(y))[0]).toBeCloseTo(kruskal_H, 11);
    expect(anovaF(column, Uint8Array.from(y))[0]).toBeCloseTo(anova[0], 11);
  });

  it('Relief: neighbours, weights and both orders', () => {
    const { relief } = expected;
    const neighbours = nearestNeighbours(pruned, train.labels);
    expect([...neighbours.hit]).toEqual(relief.survivors.nearest_hit);
    expect([...neighbours.miss]).toEqual(relief.survivors.nearest_miss);
    expect(furthest(reliefWeights(pruned, train.labels), relief.survivors.weight)).toBeLessThan(1e-9);
    expect(furthest(reliefWeights(all, train.labels), relief.all_features.weight)).toBeLessThan(1e-9);
    const order = (rank: 'absolute' | 'signed') => rankedColumns('Relief', pruned, train.labels, rank)!;
    expect(named(order('absolute'))).toEqual(relief.survivors.order);
    expect(named(order('signed'))).toEqual(relief.signed_order_survivors);
    expect([...rankedColumns('Relief', all, train.labels, 'absolute')!]).toEqual(relief.all_features.order);
  });

  it.each([1, 2, 3, 5, 10, 15, 20])('RFE to %i features: support and ranking of the exact machine', (k) => {
    const { step, fae_svc } = expected.rfe;
    const theirs = fae_svc[k]!;
    const order = rankedColumns('RFE', pruned, train.labels, 'absolute')!;
    expect(named(order.slice(0, k)).sort((one, other) => one - other)).toEqual(theirs.support_tol1e10);
    expect(rankingOf(order, k, step)).toEqual(theirs.ranking_tol1e10);
  });
});

function expectSameEvents(ours: ReturnType<typeof prunedByCorrelation>['events'], theirs: readonly Event[]) {
  const action = { replace: 'replace', dropCandidate: 'drop_candidate' } as const;
  const told = (list: readonly { candidate: number; action: string }[]) =>
    list.map(({ candidate, action: what }) => `${candidate} ${what}`);
  expect(told(ours.map((each) => ({ ...each, action: action[each.action] })))).toEqual(told(theirs));
  ours.forEach((each, i) => {
    // theirs is absolute
    expect(Math.abs(Math.abs(each.r) - theirs[i]!.r)).toBeLessThan(1e-9);
    expect(Math.abs(each.absoluteLabelRKept - theirs[i]!.absr_label_kept)).toBeLessThan(1e-9);
  });
}

/** scikit-learn's ranking_: 1 for what stays; every round adds 1 to what was dropped before it. The last round is trimmed. */
function rankingOf(order: Int32Array, k: number, step: number): number[] {
  const ranking: number[] = new Array(order.length);
  const trimmed = (order.length - k) % step || step;
  order.forEach((j, at) => {
    ranking[j] = at < k ? 1 : at < k + trimmed ? 2 : 3 + Math.floor((at - k - trimmed) / step);
  });
  return ranking;
}
