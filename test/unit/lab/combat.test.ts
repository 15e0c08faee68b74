import { describe, expect, it } from 'vitest';
import { type ComBatColumn, fitComBat, harmonised, harmonisedValue } from '../../../src/lab/learn/combat.ts';
import { codeOf } from '../../support/code-of.ts';
import { furthest } from '../../support/model-lab.ts';
import { readJson } from '../../support/reference-cases.ts';

type Fixture = Readonly<{
  batches: string[];
  features: number[][];
  adjusted: number[][];
  mean: number[];
  sd: number[];
  gamma: Record<string, number[]>;
  delta: Record<string, number[]>;
}>;

describe('ComBat', () => {
  const fixture = readJson<Fixture>(import.meta.dirname, '../../fixtures/model-lab/combat.json');
  const { batches, features } = fixture;
  const table = { values: Float64Array.from(features.flat()), rows: batches.length };
  const columns = Int32Array.from(features, (_, j) => j);
  const rows = Int32Array.from(batches, (_, i) => i);
  const fitted = fitComBat(table, columns, batches, rows);
  const of = (pick: (column: ComBatColumn) => number) => fitted.map(pick);

  it('has the parameters of the published formulas', () => {
    expect(
      furthest(
        of(({ mean }) => mean),
        fixture.mean,
      ),
    ).toBeLessThan(1e-9);
    expect(
      furthest(
        of(({ sd }) => sd),
        fixture.sd,
      ),
    ).toBeLessThan(1e-9);
    for (const batch of ['A', 'B', 'C']) {
      expect(
        furthest(
          of((each) => each.batches[batch]!.gamma),
          fixture.gamma[batch]!,
        ),
      ).toBeLessThan(1e-9);
      expect(
        furthest(
          of((each) => each.batches[batch]!.delta),
          fixture.delta[batch]!,
        ),
      ).toBeLessThan(1e-9);
    }
  });

  it('adjusts every value as published', () => {
    expect(
      furthest(harmonised(table, columns, batches, fitted, rows).values, fixture.adjusted.flat()),
    ).toBeLessThan(1e-9);
  });

  it('learns from training rows alone: what the others hold changes nothing', () => {
    const training = rows.filter((i) => i % 3 !== 1);
    const changed = {
      ...table,
      values: table.values.map((value, at) => ((at % batches.length) % 3 === 1 ? value + 99 : value)),
    };
    expect(fitComBat(changed, columns, batches, training)).toEqual(
      fitComBat(table, columns, batches, training),
    );
  });

  it.each([
    ['4', () => 4],
    ['0.1, of which the mean is rounded', () => 0.1],
    ['another number in each batch', (batch: string) => ({ A: 0.1, B: 0.7, C: -1.3e-5 })[batch]!],
    ['a tiny one', () => 1e-15 / 3],
  ])('leaves a column alone that is constant within batches: %s', (_, valueIn) => {
    const constant = {
      values: Float64Array.from([...features[0]!, ...features[1]!, ...batches.map(valueIn)]),
      rows: batches.length,
    };
    const [first, second, third] = fitComBat(constant, Int32Array.of(0, 1, 2), batches, rows);
    for (const batch of ['A', 'B', 'C'])
      expect(harmonisedValue(valueIn(batch), third!, batch)).toBeCloseTo(valueIn(batch), 15);
    // and what the other columns have in common is theirs alone
    expect([first, second]).toEqual(fitComBat(table, Int32Array.of(0, 1), batches, rows));
  });

  it('harmonises tiny values as large ones', () => {
    const tiny = { ...table, values: table.values.map((value) => value * 1e-14) };
    const own = harmonised(tiny, columns, batches, fitComBat(tiny, columns, batches, rows), rows).values;
    const error = furthest(
      own.map((value) => value * 1e14),
      fixture.adjusted.flat(),
    );
    expect(error).toBeLessThan(1e-9);
  });

  it('a batch it has not seen is refused, also one named like a property of every object', () => {
    expect(codeOf(() => harmonisedValue(1, fitted[0]!, 'D'))).toBe('BATCH_UNKNOWN');
    expect(codeOf(() => harmonisedValue(1, fitted[0]!, 'constructor'))).toBe('BATCH_UNKNOWN');
  });

  it('one batch, or a batch of one row, is refused', () => {
    expect(
      codeOf(() =>
        fitComBat(
          table,
          columns,
          batches.map(() => 'A'),
          rows,
        ),
      ),
    ).toBe('COHORT_INVALID');
    expect(
      codeOf(() =>
        fitComBat(
          table,
          columns,
          batches.map((each, i) => (i === 0 ? 'Z' : each)),
          rows,
        ),
      ),
    ).toBe('COHORT_INVALID');
  });
});
