import { describe, expect, it } from 'vitest';
import {
  mulberry32,
  patientBootstrap,
  percentileInterval,
  stratifiedBootstrap,
} from '../../../../src/lab/statistics/bootstrap.ts';
import { delong } from '../../../../src/lab/statistics/delong.ts';
import { COHORTS, expectedOf, labelsOf, labTable, MODELS } from '../../../support/lab-evaluation.ts';
import { describeWithReference } from '../../../support/reference.ts';

describe('the patient bootstrap', () => {
  it('takes all rows of a patient together: one patient gives the same AUC every time', () => {
    const labels = Uint8Array.of(0, 1, 1, 0);
    const scores = Float64Array.of(1, 2, 1, 0);
    const replicates = patientBootstrap(labels, scores, ['A', 'A', 'A', 'A'], { replicates: 5, seed: 3 });
    expect([...replicates]).toEqual(new Array(5).fill(delong(labels, scores).auc));
  });

  it('draws again where a class is missing', () => {
    const labels = Uint8Array.of(0, 1);
    const replicates = patientBootstrap(labels, Float64Array.of(1, 2), ['A', 'B'], {
      replicates: 50,
      seed: 3,
    });
    expect([...replicates]).toEqual(new Array(50).fill(1));
  });
});

describeWithReference('bootstraps equal the reference, replicate by replicate', (folder) => {
  const evaluation = () => expectedOf(folder).evaluation;
  const unit = () => expectedOf(folder).unit;

  it('mulberry32', () => {
    const uniform = mulberry32(12_345);
    expect(unit().mulberry32_seed12345_first10.map(() => uniform())).toEqual(
      unit().mulberry32_seed12345_first10,
    );
  });

  it.each(MODELS.flatMap((model) => COHORTS.map((cohort) => ({ model, cohort }))))(
    '$model, $cohort',
    ({ model, cohort }) => {
      const { p, bootstrap } = evaluation()[model][cohort];
      const table = labTable(folder, cohort);
      const labels = labelsOf(table);
      const scores = Float64Array.from(p);
      const resampling = { replicates: bootstrap.B, seed: bootstrap.seed };
      const patients = table.rows.map(({ patient }) => patient);
      for (const [replicates, expected] of [
        [stratifiedBootstrap(labels, scores, resampling), bootstrap.stratified],
        [patientBootstrap(labels, scores, patients, resampling), bootstrap.patient_cluster],
      ] as const) {
        expected.first5.forEach((value, i) => {
          expect(replicates[i]).toBeCloseTo(value, 12);
        });
        const [low, , high] = expected.percentiles_2_5_50_97_5;
        const interval = percentileInterval(replicates);
        expect(interval[0]).toBeCloseTo(low, 9);
        expect(interval[1]).toBeCloseTo(high, 9);
      }
    },
  );
});
