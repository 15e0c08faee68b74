import type { Candidate } from '../record.ts';

export type Rule = 'max' | 'oneStandardError';

/**
 * The choice of a search. Of each selector with each classifier: the first k with the largest pooled AUC, or the smallest k whose AUC is within
 * one standard error (of the largest) of it; between them the higher AUC, then the smaller k, then the earlier in the table. `isRounded`: AUC and
 * error count with 4 decimals, as FAE 0.5.2 stores them. Undefined for an empty table.
 */
export function chosen(table: readonly Candidate[], rule: Rule, isRounded: boolean): Candidate | undefined {
  const seen = isRounded ? fourDecimals : (value: number): number => value;
  const pairs = new Map<string, Candidate[]>();
  for (const each of table) {
    const key = `${each.selector} ${each.classifier}`;
    pairs.set(key, [...(pairs.get(key) ?? []), each]);
  }
  const choices = [...pairs.values()].map((candidates) => {
    const ascending = candidates.toSorted((one, other) => one.k - other.k);
    const best = ascending.reduce((most, each) =>
      seen(each.pooledAuc) > seen(most.pooledAuc) ? each : most,
    );
    if (rule === 'max') return best;
    const least = seen(best.pooledAuc) - seen(best.pooledSe);
    return ascending.find(({ pooledAuc }) => seen(pooledAuc) >= least) ?? best;
  });
  const [first, ...others] = choices;
  return others.reduce((before, each) => {
    const difference = seen(each.pooledAuc) - seen((before as Candidate).pooledAuc);
    const isBetter = difference > 0 || (difference === 0 && each.k < (before as Candidate).k);
    return isBetter ? each : before;
  }, first);
}

/** To 4 decimals, exact ties to even, as C's printf does; toFixed takes them up. Ties are odd multiples of 1 / 32. */
export function fourDecimals(value: number): number {
  const down = Math.floor(value * 1e4);
  if (Math.abs((value * 32) % 2) === 1) return (down + (down % 2)) / 1e4;
  return Number(value.toFixed(4));
}
