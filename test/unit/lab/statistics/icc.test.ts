import { describe, expect, it } from 'vitest';
import { agreementOf } from '../../../../src/lab/statistics/icc.ts';

/** Shrout and Fleiss 1979, table 2: four judges rate six targets. */
const JUDGED = Float64Array.of(9, 2, 5, 8, 6, 1, 3, 2, 8, 4, 6, 8, 7, 1, 2, 6, 10, 5, 6, 9, 6, 2, 4, 7);

describe('agreement of repeated measurements', () => {
  it("gives Shrout and Fleiss' ICC(2,1) of .29 and ICC(3,1) of .71, with their intervals", () => {
    const { icc21, icc31, subjects } = agreementOf(JUDGED, 4);
    expect(subjects).toBe(6);
    expect(icc21!.value.toFixed(2)).toBe('0.29');
    expect(icc31!.value.toFixed(2)).toBe('0.71');
    // From the mean squares of the paper's table 3 (11.24, 32.49, 1.02) in full.
    expect(icc21!.value).toBeCloseTo(0.289_763_8, 6);
    expect(icc31!.value).toBeCloseTo(0.714_840_7, 6);
    // R package psych 2.x, ICC(sf): .019 to .761 and .342 to .946
    expect(icc21!.interval!.map((bound) => bound.toFixed(3))).toEqual(['0.019', '0.761']);
    expect(icc31!.interval!.map((bound) => bound.toFixed(3))).toEqual(['0.342', '0.946']);
  });

  it('a bias of one reader counts against absolute agreement, not against consistency', () => {
    const biased = agreementOf(Float64Array.of(1, 3, 2, 4, 5, 7, 4, 6), 2);
    expect(biased.icc31!.value).toBeCloseTo(1, 12);
    expect(biased.icc21!.value).toBeCloseTo(0.625, 12);
  });

  it('the repeatability coefficient is 2.77 within-subject SD', () => {
    // Differences 1, 1, 2: within-subject variance (1 + 1 + 4) / 6 = 1.
    const { withinSd, repeatabilityCoefficient, withinCv } = agreementOf(
      Float64Array.of(10, 11, 20, 21, 31, 29),
      2,
    );
    expect(withinSd).toBeCloseTo(1, 12);
    expect(repeatabilityCoefficient).toBeCloseTo(2.771_858_582_251_2, 9);
    expect(withinCv).toBeCloseTo(Math.sqrt((0.5 / 10.5 ** 2 + 0.5 / 20.5 ** 2 + 2 / 30 ** 2) / 3), 12);
  });

  it('a coefficient of variation is not told of values on both sides of 0', () => {
    expect(agreementOf(Float64Array.of(-1, 1, 2, 3), 2).withinCv).toBeNull();
  });

  it('says nothing of subjects that are all equal', () => {
    expect(agreementOf(Float64Array.of(2, 2, 2, 2), 2)).toMatchObject({
      icc21: null,
      icc31: null,
      withinSd: 0,
    });
  });
});
