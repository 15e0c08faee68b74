import { describe, expect, test } from 'vitest';
import { seededRandom } from '../../../src/model/random.ts';
import {
  kolmogorovSmirnov,
  kolmogorovTail,
  stabilityIndex,
  stabilityLimit,
} from '../../../src/model/two-samples.ts';

const random = seededRandom('5e'.repeat(32));
const normals = (n: number, shift = 0): number[] => Array.from({ length: n }, () => shift + random.normal());

/** The distance by its definition: both empirical distribution functions at every value. */
function distance(one: readonly number[], other: readonly number[]): number {
  const shareUpTo = (values: readonly number[], x: number) =>
    values.filter((v) => v <= x).length / values.length;
  return Math.max(...[...one, ...other].map((x) => Math.abs(shareUpTo(one, x) - shareUpTo(other, x))));
}

/** The exact two-sided p without ties: the share of lattice paths from (0, 0) to (n, m) that reach that distance (Hodges 1958). */
function exactP(n: number, m: number, reached: number): number {
  const isWithin = (i: number, j: number) => Math.abs(i / n - j / m) < reached - 1e-9;
  const within: number[][] = [];
  const all: number[][] = [];
  const ways = (table: number[][], i: number, j: number) =>
    (i > 0 ? table[i - 1]![j]! : 0) + (j > 0 ? table[i]![j - 1]! : 0);
  for (let i = 0; i <= n; i++) {
    within.push([]);
    all.push([]);
    for (let j = 0; j <= m; j++) {
      all[i]![j] = i + j === 0 ? 1 : ways(all, i, j);
      within[i]![j] = i + j === 0 ? 1 : isWithin(i, j) ? ways(within, i, j) : 0;
    }
  }
  return 1 - within[n]![m]! / all[n]![m]!;
}

describe('Kolmogorov and Smirnov', () => {
  // scipy.special.kolmogorov([0.5, 1.0]), as its documentation prints it; the quantiles are those of every printed table.
  test.each([
    [0, 1, 9],
    [0.5, 0.96394524, 8],
    [1, 0.26999967, 8],
    [1.22385, 0.1, 5],
    [1.3581, 0.05, 5],
    [1.62762, 0.01, 5],
    [4, 0, 9],
  ])('the tail beyond %d is %d', (x, p, digits) => {
    expect(kolmogorovTail(x)).toBeCloseTo(p, digits);
  });

  test('both series of the tail give the same where they meet', () => {
    expect(kolmogorovTail(1.18 - 1e-9)).toBeCloseTo(kolmogorovTail(1.18 + 1e-9), 7);
  });

  test('the statistic is the largest distance of both distribution functions, also with ties', () => {
    for (let round = 0; round < 50; round++) {
      const isTied = round % 2 === 0;
      const [one, other] = [normals(20 + round), normals(30, 0.3)].map((values) =>
        isTied ? values.map((value) => Math.round(value)) : values,
      ) as [number[], number[]];
      expect(kolmogorovSmirnov(one, other).statistic).toBeCloseTo(distance(one, other), 12);
    }
    expect(kolmogorovSmirnov([1, 2, 3], [1, 2, 3])).toEqual({ statistic: 0, p: 1 });
    expect(kolmogorovSmirnov([1, 2], [3, 4]).statistic).toBe(1);
  });

  // Between 0.05 and 1 the exact p goes in steps of up to 0.1 at these sizes; what a verdict rests on is below.
  test('the p is near the exact one of small samples where it is small', () => {
    for (const [n, m] of [
      [20, 20],
      [30, 20],
      [30, 70],
    ] as const) {
      for (let round = 0; round < 20; round++) {
        const { statistic, p } = kolmogorovSmirnov(normals(n), normals(m, round / 20));
        expect(Math.abs(p - exactP(n, m, statistic))).toBeLessThan(0.1);
        if (p < 0.05) expect(Math.abs(p - exactP(n, m, statistic))).toBeLessThan(0.012);
      }
    }
  });
});

describe('the stability index', () => {
  const reference = Array.from({ length: 100 }, (_, at) => at);

  test('is nothing for the same distribution, and what the sum by hand gives for another', () => {
    expect(stabilityIndex(reference, reference).psi).toBe(0);
    const moved = stabilityIndex(reference, [...Array.from({ length: 20 }, () => 95)]);
    expect(moved.reference).toEqual([20, 20, 20, 20, 20]);
    expect(moved.recent).toEqual([0, 0, 0, 0, 20]);
    // Four bins: 20.5 / 102.5 = 0.2 becomes 0.5 / 22.5; the last becomes 20.5 / 22.5.
    const [few, many] = [0.5 / 22.5, 20.5 / 22.5];
    const byHand = 4 * (few - 0.2) * Math.log(few / 0.2) + (many - 0.2) * Math.log(many / 0.2);
    expect(moved.psi).toBeCloseTo(byHand, 12);
  });

  test('has fewer bins where values repeat, and is finite for equal values', () => {
    const equal = stabilityIndex(new Array(20).fill(3), new Array(20).fill(3));
    expect(equal.edges).toEqual([3]);
    expect(equal.psi).toBe(0);
  });

  test('stays below its limit by chance in about 95 of 100', () => {
    const rounds = 400;
    let above = 0;
    for (let round = 0; round < rounds; round++) {
      const { psi, edges } = stabilityIndex(normals(200), normals(30));
      if (psi > stabilityLimit(edges.length + 1, 200, 30)) above += 1;
    }
    expect(above / rounds).toBeLessThan(0.09);
    expect(above / rounds).toBeGreaterThan(0.015);
  });
});
