import { describe, expect, test } from 'vitest';
import { driftByScanner, driftOf } from '../../../src/model/drift.ts';
import { seededRandom } from '../../../src/model/random.ts';

const random = seededRandom('d1'.repeat(32));
const day = (at: number): string =>
  new Date(Date.UTC(2025, 0, 1 + at)).toISOString().slice(0, 10).replaceAll('-', '');
const deltas = (values: readonly number[], scanner = 'A') =>
  values.map((delta, at) => ({
    delta,
    scanner,
    StudyDate: day(at),
    reportedAt: new Date(Date.UTC(2026, 0, 1)),
    StudyInstanceUID: `2.25.${at}`,
  }));
const normals = (n: number, shift = 0) => Array.from({ length: n }, () => shift + random.normal());

describe('drift', () => {
  test('is not looked for with fewer than 20 deltas on either side, and the counts are told', () => {
    expect(driftOf(deltas(normals(49)))).toMatchObject({
      kind: 'notEnough',
      recent: 30,
      before: 19,
      needed: 20,
    });
    expect(driftOf(deltas(normals(50)))).toMatchObject({ kind: 'compared', recent: 30, before: 20 });
    expect(driftOf([])).toMatchObject({ kind: 'notEnough', recent: 0, before: 0 });
  });

  test('is found where the newest are shifted by two SD, with the shift in feature units', () => {
    const found = driftOf(deltas([...normals(60), ...normals(30, 2)]));
    expect(found).toMatchObject({ kind: 'compared', verdict: 'drift' });
    if (found.kind === 'compared') {
      expect(found.shift).toBeGreaterThan(1.3);
      expect(found.because).toMatch(
        /differ from those before them \(30 against 60: KS 0\.\d\d, p below 0\.001/,
      );
    }
  });

  test('is seldom cried where nothing changed', () => {
    const verdicts = Array.from({ length: 200 }, () => driftOf(deltas(normals(80))));
    const count = (verdict: string) =>
      verdicts.filter((each) => 'verdict' in each && each.verdict === verdict).length;
    expect(count('drift')).toBeLessThan(6);
    expect(count('none')).toBeGreaterThan(160);
  });

  test('goes by the date of the exam, whatever the order of reports; without one by that of the report', () => {
    const shifted = deltas([...normals(60), ...normals(30, 2)]);
    expect(driftOf([...shifted].reverse())).toEqual(driftOf(shifted));
    const undated = { ...shifted[0]!, StudyDate: 'yesterday', delta: 1000 };
    const found = driftOf([undated, ...shifted.slice(1)]);
    expect(found.kind === 'compared' && found.shift).toBeGreaterThan(20);
  });

  test('is told of each scanner against its own past, the busiest first', () => {
    const all = [...deltas(normals(60), 'B'), ...deltas(normals(10), 'A')];
    const found = driftByScanner(all).map(({ scanner, drift }) => `${scanner} ${drift.kind}`);
    expect(found).toEqual(['B compared', 'A notEnough']);
  });
});
