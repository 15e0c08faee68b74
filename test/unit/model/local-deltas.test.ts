import { describe, expect, test } from 'vitest';
import { type LocalDelta, normalisationProgress, visitOf } from '../../../src/model/local-deltas.ts';

const delta = (at: number, more: Partial<LocalDelta> = {}): LocalDelta => ({
  StudyInstanceUID: `2.25.${at}`,
  patient: `p${at}`,
  StudyDate: '20250101',
  reportedAt: new Date(0),
  delta: at,
  daysSinceBaseline: null,
  daysSinceTkiStart: null,
  visit: at % 2 === 0 ? 'early' : 'late',
  scanner: '',
  kernel: '',
  ...more,
});
const many = (n: number, more: Partial<LocalDelta> = {}) =>
  Array.from({ length: n }, (_, at) => delta(at, more));

describe('progress of a local normalisation', () => {
  test.each([
    [0, 'deltaOnly', 20, 0],
    [19, 'deltaOnly', 20, 0],
    [20, 'provisional', 50, 1],
    [49, 'provisional', 50, 2],
    [50, 'normal', undefined, 3],
    [100, 'normal', undefined, 4],
  ])('of %d deltas is %s', (n, stage, next, frozen) => {
    const progress = normalisationProgress(many(n));
    expect(progress).toMatchObject({ n, patients: n, stage });
    expect(progress.next).toEqual(next === undefined ? null : { at: next, missing: next - n });
    expect(progress.frozen.filter(({ isReached }) => isReached)).toHaveLength(frozen);
  });

  test('stays provisional with an unknown or lopsided mix, whatever n is', () => {
    expect(normalisationProgress(many(200, { visit: 'unknown' }))).toMatchObject({
      stage: 'provisional',
      isLopsided: true,
      mix: { early: 0, late: 0, unknown: 200 },
    });
    const lateOf = (late: number) => [
      ...many(60 - late, { visit: 'early' }),
      ...many(late, { visit: 'late' }),
    ];
    expect(normalisationProgress(lateOf(19)).isLopsided).toBe(true);
    expect(normalisationProgress(lateOf(20)).isLopsided).toBe(false);
  });

  test('counts patients apart from their visits, and tells mean, SD, median and quartiles', () => {
    const progress = normalisationProgress(
      [1, 2, 3, 4, 10].map((d, at) => delta(at, { delta: d, patient: 'p' })),
    );
    expect(progress).toMatchObject({ n: 5, patients: 1, mean: 4, median: 3, quartiles: [2, 4] });
    expect(progress.sd).toBeCloseTo(Math.sqrt(10), 12);
  });

  test('of nothing has no numbers', () => {
    expect(normalisationProgress([])).toMatchObject({ mean: null, sd: null, median: null, quartiles: null });
  });
});

test('a visit is early in the first half year under the TKI, and unknown before it or without a date', () => {
  expect([null, -1, 0, 179, 180].map(visitOf)).toEqual(['unknown', 'unknown', 'early', 'early', 'late']);
});
