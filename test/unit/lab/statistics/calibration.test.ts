import { describe, expect, it } from 'vitest';
import { calibrationOf } from '../../../../src/lab/statistics/calibration.ts';
import { decisionCurve, reweightedCurve } from '../../../../src/lab/statistics/decision-curve.ts';
import { COHORTS, expectedOf, labelsOf, labTable, MODELS } from '../../../support/lab-evaluation.ts';
import { describeWithReference } from '../../../support/reference.ts';

describe('calibration', () => {
  it('groups rows by probability, and the first groups take what is left over', () => {
    const labels = Uint8Array.from({ length: 23 }, (_, i) => i % 2);
    const { groups, hosmerLemeshow } = calibrationOf(
      labels,
      Float64Array.from(labels, (_, i) => 0.1 + i / 40),
    );
    expect(groups.map(({ n }) => n)).toEqual([3, 3, 3, 2, 2, 2, 2, 2, 2, 2]);
    expect(groups[0]).toMatchObject({ events: 1 });
    expect(groups[0]!.meanProbability).toBeCloseTo(0.125, 12);
    expect(hosmerLemeshow?.df).toBe(8);
  });

  it('has no slope where the classes are separated, and where all probabilities are equal', () => {
    const labels = Uint8Array.of(0, 0, 1, 1);
    const separated = calibrationOf(labels, Float64Array.of(0.1, 0.2, 0.8, 0.9));
    expect(separated).toMatchObject({ slope: null, intercept: null, hosmerLemeshow: null });
    expect(separated.inTheLarge).toBeCloseTo(0, 9);
    const equal = calibrationOf(labels, Float64Array.of(0.3, 0.3, 0.3, 0.3));
    expect(equal.slope).toBeNull();
    expect(equal.inTheLarge).toBeCloseTo(Math.log(0.7 / 0.3), 9);
  });

  it('stays finite where a probability is 0 or 1', () => {
    const labels = Uint8Array.of(0, 1, 1, 0);
    const { logLoss } = calibrationOf(labels, Float64Array.of(0, 1, 0, 1));
    expect(logLoss).toBeCloseTo(-Math.log(1e-12) / 2, 3);
  });
});

describe('the decision curve', () => {
  it('at the prevalence of the training set equals the one of a cohort with that prevalence', () => {
    const labels = Uint8Array.of(0, 1, 1, 0);
    const probabilities = Float64Array.of(0.2, 0.6, 0.35, 0.5);
    const own = decisionCurve(labels, probabilities);
    reweightedCurve(labels, probabilities, { prevalence: 0.5, trained: 0.5 }).forEach((point, i) => {
      expect(point.model).toBeCloseTo(own[i]!.model, 12);
      expect(point.treatAll).toBeCloseTo(own[i]!.treatAll, 12);
    });
  });

  it('at another prevalence shifts the probabilities to it', () => {
    // Odds 1 at prevalence one half are odds 1/9 at one tenth: a probability of 0.1.
    const labels = Uint8Array.of(1, 0);
    const shifted = reweightedCurve(
      labels,
      Float64Array.of(0.5, 0.2),
      { prevalence: 0.1, trained: 0.5 },
      [0.09, 0.11],
    );
    expect(shifted.map(({ model }) => model)).toEqual([0.1, 0]);
    expect(shifted[0]!.treatAll).toBeCloseTo(0.1 - (0.9 * 0.09) / 0.91, 12);
  });
});

describeWithReference('calibration and decision curve equal the reference', (folder) => {
  const evaluation = () => expectedOf(folder).evaluation;

  it.each(MODELS.flatMap((model) => COHORTS.map((cohort) => ({ model, cohort }))))(
    '$model, $cohort',
    ({ model, cohort }) => {
      const { p, calibration: expected, dca } = evaluation()[model][cohort];
      const labels = labelsOf(labTable(folder, cohort));
      const probabilities = Float64Array.from(p);
      const actual = calibrationOf(labels, probabilities);
      expect(actual.brier).toBeCloseTo(expected.brier, 9);
      expect(actual.brierNull).toBeCloseTo(expected.brier_null, 9);
      expect(actual.logLoss).toBeCloseTo(expected.log_loss, 9);
      expect(actual.observedToExpected).toBeCloseTo(expected.o_over_e, 9);
      expect(actual.slope).toBeCloseTo(expected.slope, 6);
      expect(actual.intercept).toBeCloseTo(expected.intercept, 6);
      expect(actual.inTheLarge).toBeCloseTo(expected.citl, 6);
      expect(actual.hosmerLemeshow!.statistic).toBeCloseTo(expected.hosmer_lemeshow.chi2, 9);
      expect(actual.hosmerLemeshow!.p).toBeCloseTo(expected.hosmer_lemeshow.p, 9);
      const curve = decisionCurve(
        labels,
        probabilities,
        dca.map(({ threshold }) => threshold),
      );
      dca.forEach(({ model: netBenefit, treat_all }, i) => {
        expect(curve[i]!.model).toBeCloseTo(netBenefit, 9);
        expect(curve[i]!.treatAll).toBeCloseTo(treat_all, 9);
      });
    },
  );
});
