import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { aucEstimate } from '../../../../src/lab/statistics/auc.ts';
import { delong } from '../../../../src/lab/statistics/delong.ts';
import { pairedDelong } from '../../../../src/lab/statistics/paired-delong.ts';
import { rocCorners, rocCurve, youdenCutOff } from '../../../../src/lab/statistics/roc.ts';
import { COHORTS, expectedOf, labelsOf, labTable, MODELS } from '../../../support/lab-evaluation.ts';
import { describeWithReference } from '../../../support/reference.ts';

const RESAMPLING = { replicates: 10, seed: 1 };

/** Labels of both classes, two of each at least, and scores with many ties. */
const scored = fc
  .array(fc.record({ label: fc.constantFrom(0, 1), score: fc.integer({ min: -6, max: 6 }) }), {
    minLength: 0,
    maxLength: 30,
  })
  .map((rows) => [
    ...rows,
    { label: 0, score: 0 },
    { label: 1, score: 1 },
    { label: 0, score: 2 },
    { label: 1, score: 0 },
  ])
  .map((rows) => ({
    labels: Uint8Array.from(rows, ({ label }) => label),
    scores: Float64Array.from(rows, ({ score }) => score),
  }));

/** By the definition: every positive against every negative. */
function plainDelong(labels: Uint8Array, scores: Float64Array): { auc: number; variance: number } {
  const of = (label: number) => [...scores].filter((_, i) => labels[i] === label);
  const [positives, negatives] = [of(1), of(0)];
  const psi = (x: number, y: number): number => (x > y ? 1 : x === y ? 0.5 : 0);
  const mean = (values: number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = (values: number[]): number =>
    values.reduce((sum, value) => sum + (value - mean(values)) ** 2, 0) / (values.length - 1);
  const v10 = positives.map((x) => mean(negatives.map((y) => psi(x, y))));
  const v01 = negatives.map((y) => mean(positives.map((x) => psi(x, y))));
  return { auc: mean(v10), variance: variance(v10) / v10.length + variance(v01) / v01.length };
}

describe('AUC', () => {
  it("equals DeLong's definition, every positive against every negative, ties included", () => {
    fc.assert(
      fc.property(scored, ({ labels, scores }) => {
        const [fast, plain] = [delong(labels, scores), plainDelong(labels, scores)];
        expect(fast.auc).toBeCloseTo(plain.auc, 12);
        expect(fast.variance).toBeCloseTo(plain.variance, 12);
        const paired = pairedDelong(labels, scores, scores);
        expect(paired.aucs[0]).toBeCloseTo(plain.auc, 12);
        expect(paired.covariance[0][1]).toBeCloseTo(plain.variance, 12);
        expect(paired.test).toBeNull();
      }),
    );
  });

  it('does not change under a rising function of the scores, and is 1 - AUC under a falling one', () => {
    fc.assert(
      fc.property(scored, ({ labels, scores }) => {
        const { auc } = delong(labels, scores);
        const risen = scores.map((score) => Math.exp(score / 2) + score ** 3);
        expect(delong(labels, risen).auc).toBe(auc);
        expect(
          delong(
            labels,
            scores.map((score) => -score),
          ).auc,
        ).toBeCloseTo(1 - auc, 12);
        expect(rocCurve(labels, risen).map(({ fpr, tpr }) => [fpr, tpr])).toEqual(
          rocCurve(labels, scores).map(({ fpr, tpr }) => [fpr, tpr]),
        );
      }),
    );
  });

  it('has no logit interval at 0 and at 1, and no interval outside 0 to 1', () => {
    const labels = Uint8Array.of(0, 0, 1, 1);
    const perfect = aucEstimate(labels, Float64Array.of(1, 2, 3, 4), null, RESAMPLING);
    expect(perfect).toEqual({ auc: 1, se: 0, delong: [1, 1], logit: null, patientBootstrap: null });
    const close = aucEstimate(labels, Float64Array.of(1, 3, 2, 4), null, RESAMPLING);
    expect(close.delong[1]).toBe(1);
    expect(close.logit![0]).toBeGreaterThan(0);
    expect(close.logit![1]).toBeLessThan(1);
  });
});

describe('the Youden cut-off', () => {
  it('is the highest of those that tie, and says how many do', () => {
    // One half of the positives less none of the negatives, then all less one half.
    const labels = Uint8Array.of(1, 0, 1, 0);
    expect(youdenCutOff(labels, Float64Array.of(0.9, 0.8, 0.7, 0.6))).toEqual({ cutOff: 0.9, tied: 2 });
  });

  it('is on the corners of the curve and reaches the largest distance from the diagonal', () => {
    fc.assert(
      fc.property(scored, ({ labels, scores }) => {
        const { cutOff } = youdenCutOff(labels, scores);
        const corners = rocCorners(labels, scores);
        const height = ({ fpr, tpr }: { fpr: number; tpr: number }) => tpr - fpr;
        const best = Math.max(...corners.slice(1).map(height));
        const own = corners.find(({ threshold }) => threshold === cutOff);
        expect(own).toBeDefined();
        expect(height(own!)).toBeCloseTo(best, 12);
        expect(Math.max(...rocCurve(labels, scores).slice(1).map(height))).toBeCloseTo(best, 12);
      }),
    );
  });
});

describeWithReference("ROC and DeLong equal scikit-learn's and the formulas' values", (folder) => {
  const evaluation = () => expectedOf(folder).evaluation;
  const unit = () => expectedOf(folder).unit;
  const cases = MODELS.flatMap((model) => COHORTS.map((cohort) => ({ model, cohort })));

  it.each(cases)('$model, $cohort', ({ model, cohort }) => {
    const expected = evaluation()[model][cohort];
    const labels = labelsOf(labTable(folder, cohort));
    const scores = Float64Array.from(expected.p);
    const estimate = aucEstimate(labels, scores, null, RESAMPLING);
    expect(estimate.auc).toBeCloseTo(expected.auc, 9);
    expect(estimate.se).toBeCloseTo(expected.delong.se, 9);
    expect(estimate.se ** 2).toBeCloseTo(expected.delong.var, 9);
    for (const side of [0, 1]) {
      expect(estimate.delong[side]).toBeCloseTo(expected.delong.ci_normal[side]!, 9);
      expect(estimate.logit![side]).toBeCloseTo(expected.ci_logit[side]!, 9);
    }
    const curves = [
      [rocCurve(labels, scores), expected.roc_all],
      [rocCorners(labels, scores), expected.roc_dropped],
    ] as const;
    for (const [points, { fpr, tpr, thresholds }] of curves) {
      expect(points.map(({ threshold }) => threshold)).toEqual(thresholds);
      points.forEach((point, i) => {
        expect(point.fpr).toBeCloseTo(fpr[i]!, 12);
        expect(point.tpr).toBeCloseTo(tpr[i]!, 12);
      });
    }
    expect(youdenCutOff(labels, scores).cutOff).toBe(expected.youden_own.cutoff);
  });

  it('with ties', () => {
    const labels = Uint8Array.from(unit().ties.y);
    const scores = Float64Array.from(unit().ties.score);
    const { auc, variance } = delong(labels, scores);
    expect(auc).toBeCloseTo(unit().ties.auc, 12);
    expect(variance).toBeCloseTo(unit().ties.delong_var, 12);
    for (const [points, { fpr, tpr, thr }] of [
      [rocCurve(labels, scores), unit().ties.roc_all],
      [rocCorners(labels, scores), unit().ties.roc_dropped],
    ] as const) {
      expect(points).toEqual(thr.map((threshold, i) => ({ threshold, fpr: fpr[i], tpr: tpr[i] })));
    }
  });

  it('two models on the same rows', () => {
    const labels = labelsOf(labTable(folder, 'test'));
    const [first, second] = MODELS.map((model) => Float64Array.from(evaluation()[model].test.p));
    const { aucs, covariance, test } = pairedDelong(labels, first!, second!);
    const expected = evaluation().paired_delong_test;
    expect(aucs[0]).toBeCloseTo(expected.auc_single, 9);
    expect(aucs[1]).toBeCloseTo(expected.auc_max, 9);
    covariance.flat().forEach((value, i) => {
      expect(value).toBeCloseTo(expected.cov.flat()[i]!, 9);
    });
    expect(test!.z).toBeCloseTo(expected.z, 9);
    expect(test!.p).toBeCloseTo(expected.p, 9);
  });
});
