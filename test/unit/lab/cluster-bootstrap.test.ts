import { describe, expect, it } from 'vitest';
import { clusterBootstrap } from '../../../src/lab/learn/cluster-bootstrap.ts';
import { clusterSandwich } from '../../../src/lab/learn/covariance.ts';
import { finalModel } from '../../../src/lab/learn/final-model.ts';
import { addColumn } from '../../../src/lab/learn/gram.ts';
import { LinearSvc } from '../../../src/lab/learn/linear-svc.ts';
import { finalCovariance } from '../../../src/lab/search/final-covariance.ts';
import { seededRandom } from '../../../src/model/random.ts';

const random = seededRandom('b7'.repeat(32));

/** Patients with `visits` rows each that share half of their variance; two columns, of which the first tells the classes apart. */
function cohort(patients: number, visits = 2) {
  const rows = patients * visits;
  const ofPatient = Array.from({ length: patients }, () => random.index(2));
  const labels = Uint8Array.from({ length: rows }, (_, i) => ofPatient[Math.floor(i / visits)]!);
  const values = new Float64Array(2 * rows);
  for (let j = 0; j < 2; j++)
    for (let patient = 0; patient < patients; patient++) {
      const own = Math.SQRT1_2 * random.normal();
      for (let i = patient * visits; i < (patient + 1) * visits; i++)
        values[j * rows + i] = own + Math.SQRT1_2 * random.normal() + (j === 0 ? labels[i]! : 0);
    }
  return { x: { values, rows }, labels, names: Array.from(labels, (_, i) => `p${Math.floor(i / visits)}`) };
}
const errorsOf = (matrix: readonly (readonly number[])[] | null) =>
  matrix!.map((row, at) => Math.sqrt(row[at]!));
const spread = (values: readonly number[]) => {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1));
};

describe('the covariance by drawing patients', () => {
  it('of a regression without penalty is near the sandwich by patients', () => {
    const { x, labels, names } = cohort(300);
    const model = finalModel('LR_none', x, labels);
    const expected = errorsOf(clusterSandwich({ x, labels, ...model }, names));
    const { covariance, ...counts } = clusterBootstrap('LR_none', x, labels, names, 1);
    expect(counts).toEqual({ replicates: 500, ofOneClass: 0, unsolved: 0 });
    errorsOf(covariance).forEach((error, at) => {
      expect(error / expected[at]!).toBeGreaterThan(0.85);
      expect(error / expected[at]!).toBeLessThan(1.15);
    });
  });

  it.each(['SVM', 'LR_L2'] as const)('%s: is as wide as fresh cohorts scatter', (classifier) => {
    const fits: number[][] = [];
    const errors: number[][] = [];
    for (let round = 0; round < 60; round++) {
      const { x, labels, names } = cohort(60);
      const { intercept, coefficients } = finalModel(classifier, x, labels);
      fits.push([intercept, ...coefficients]);
      if (round < 6)
        errors.push(errorsOf(clusterBootstrap(classifier, x, labels, names, round, 100).covariance));
    }
    for (let at = 0; at < 3; at++) {
      const scatter = spread(fits.map((fit) => fit[at]!));
      const error = errors.reduce((sum, each) => sum + each[at]! / errors.length, 0);
      expect(error / scatter).toBeGreaterThan(0.7);
      expect(error / scatter).toBeLessThan(1.45);
    }
  });

  it('takes the rows of a patient together: each of them twice is no more than once', () => {
    const { x, labels, names } = cohort(40, 1);
    const twice = (values: ArrayLike<number>) => Array.from(values, (value) => [value, value]).flat();
    const doubled = {
      x: { values: Float64Array.from(twice(x.values)), rows: 2 * x.rows },
      labels: Uint8Array.from(twice(labels)),
      names: names.flatMap((name) => [name, name]),
    };
    const once = clusterBootstrap('LR_none', x, labels, names, 3);
    const again = clusterBootstrap('LR_none', doubled.x, doubled.labels, doubled.names, 3);
    again
      .covariance!.flat()
      .forEach((value, at) => void expect(value).toBeCloseTo(once.covariance!.flat()[at]!, 8));
  });

  it('is the same for the same seed, and another for another', () => {
    const { x, labels, names } = cohort(30);
    const of = (seed: number) => clusterBootstrap('SVM', x, labels, names, seed, 20);
    expect(of(5)).toEqual(of(5));
    expect(of(6).covariance).not.toEqual(of(5).covariance);
  });

  it('a support vector machine counts a row that was drawn thrice as three rows', () => {
    const { x, labels } = cohort(20);
    const machine = (rows: readonly number[], counts: readonly number[]) => {
      const own = {
        values: Float64Array.from([0, 1].flatMap((j) => rows.map((i) => x.values[j * x.rows + i]!))),
      };
      const gram = new Float64Array(rows.length ** 2);
      for (const j of [0, 1]) addColumn(gram, own.values.subarray(j * rows.length, (j + 1) * rows.length));
      const svc = new LinearSvc({
        ...{ gram, stride: rows.length, C: 1, rows: Int32Array.from(rows.keys()) },
        signs: Float64Array.from(rows, (i) => 2 * labels[i]! - 1),
        counts: Uint32Array.from(counts),
      });
      expect(svc.solve()).toBe(true);
      const w = [0, 1].map((j) =>
        rows.reduce((sum, _, i) => sum + svc.dual[i]! * own.values[j * rows.length + i]!, 0),
      );
      return { w, b: svc.intercept };
    };
    const counts = Array.from(labels, (_, i) => 1 + (i % 3));
    const whole = machine([...labels.keys()], counts);
    const each = counts.flatMap((count, i) => new Array<number>(count).fill(i));
    // The same row several times is nearly the same row: far below what separates rows, so that the machine has one solution.
    const repeated = machine(
      each,
      each.map(() => 1),
    );
    for (const j of [0, 1]) expect(whole.w[j]).toBeCloseTo(repeated.w[j]!, 7);
    expect(whole.b).toBeCloseTo(repeated.b, 7);
  });
});

describe('draws that give no model are counted and told', () => {
  it('few of a class: left out while they are few, none where they are many', () => {
    const { x, names } = cohort(20, 1);
    const six = Uint8Array.from(names, (_, i) => Number(i < 6));
    const some = clusterBootstrap('SVM', x, six, names, 0);
    expect(some.ofOneClass).toBeGreaterThan(0);
    expect(some.replicates).toBe(500);
    expect(some.covariance).not.toBeNull();
    const one = Uint8Array.from(names, (_, i) => Number(i < 1));
    const many = clusterBootstrap('LR_L2', x, one, names, 0);
    expect(many.covariance).toBeNull();
    expect(many.ofOneClass).toBe(51);
    expect(many.replicates).toBeLessThan(500);
  });

  it('the notice has the numbers; a penalised model has the method by name', () => {
    const { x, names } = cohort(20, 1);
    const of = (events: number) => {
      const labels = Uint8Array.from(names, (_, i) => Number(i < events));
      const model = finalModel('LR_L2', x, labels);
      return finalCovariance('LR_L2', { model, x, labels, patients: names, seed: 0 });
    };
    expect(of(10)).toMatchObject({ covariance: { method: 'clusterBootstrap' }, notices: [] });
    const none = of(1);
    expect(none.covariance).toBeNull();
    expect(none.notices.join()).toMatch(
      /is not known: of \d+ draws of patients 51 had too few rows of a class and 0 gave no model/,
    );
    expect(of(4).notices.join()).toMatch(/leaves draws out: of 500 draws of patients \d+ had/);
  });
});
