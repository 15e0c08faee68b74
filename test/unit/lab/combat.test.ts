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

  it('leaves a column alone that is constant within batches', () => {
    const constant = {
      values: Float64Array.from([...features[0]!, ...batches.map(() => 4)]),
      rows: batches.length,
    };
    const both = fitComBat(constant, Int32Array.of(0, 1), batches, rows);
    expect(harmonisedValue(4, both[1]!, 'B')).toBe(4);
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
