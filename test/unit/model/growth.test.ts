import { describe, expect, it } from 'vitest';
import { growthSinceNadir, shrinkageRate } from '../../../src/model/growth.ts';

const at = (StudyDate: string, diametersMm: Record<string, number>) => ({ StudyDate, diametersMm });

describe('growth of the measured lesions since the nadir (RECIST 1.1, 4.3.1)', () => {
  it('compares the sum of diameters with the smallest earlier one, not with the baseline', () => {
    const growth = growthSinceNadir({ a: 30, b: 20 }, [
      at('20240101', { a: 40, b: 30 }),
      at('20240301', { a: 25, b: 15 }),
      at('20240501', { a: 27, b: 16 }),
    ]);
    expect(growth).toEqual({
      lesions: 2,
      currentMm: 50,
      nadirMm: 40,
      nadirStudyDate: '20240301',
      timePoints: 3,
      growthMm: 10,
      growthFraction: 0.25,
      isProgression: true,
    });
  });

  it.each([
    ['20 % and 5 mm, both met exactly', 25, 30, true],
    ['20 % but less than 5 mm', 20, 24.9, false],
    ['5 mm but less than 20 %', 30, 35.9, false],
    ['a shrinking lesion', 30, 20, false],
  ])('%s', (_, nadir, now, isProgression) => {
    expect(growthSinceNadir({ a: now }, [at('20240101', { a: nadir })])?.isProgression).toBe(isProgression);
  });

  it('leaves out, on both sides, what one time point did not measure', () => {
    const growth = growthSinceNadir({ a: 30, b: 50 }, [at('20240101', { a: 30, c: 5 })]);
    expect(growth).toMatchObject({ lesions: 1, currentMm: 30, nadirMm: 30, isProgression: false });
  });

  it('is not hidden by a comparison of fewer lesions that grew more in proportion only', () => {
    const growth = growthSinceNadir({ a: 50, b: 6 }, [
      at('20240101', { a: 40, b: 5 }),
      at('20240201', { b: 4 }),
    ]);
    expect(growth).toMatchObject({ nadirStudyDate: '20240101', isProgression: true });
  });

  it('is unknown without an earlier time point that measured one of the lesions', () => {
    expect(growthSinceNadir({ a: 30 }, [])).toBeUndefined();
    expect(growthSinceNadir({ a: 30 }, [at('20240101', { b: 3 })])).toBeUndefined();
  });
});

it('the shrinkage rate is positive when the lesion shrinks', () => {
  expect(shrinkageRate(40, 30)).toBe(0.25);
  expect(shrinkageRate(40, 50)).toBe(-0.25);
});
