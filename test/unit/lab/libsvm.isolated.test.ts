import { createRequire } from 'node:module';
import { expect, it } from 'vitest';
import { addColumn } from '../../../src/lab/learn/gram.ts';
import { LinearSvc } from '../../../src/lab/learn/linear-svc.ts';
import { seeded } from '../../support/feature-tables.ts';

type Machine = {
  train(rows: number[][], labels: number[]): void;
  serializeModel(): string;
  free(): void;
};
type Libsvm = {
  new (options: { kernel: number; type: number; cost: number; tolerance: number; quiet: boolean }): Machine;
  KERNEL_TYPES: { LINEAR: number };
  SVM_TYPES: { C_SVC: number };
};

/** An import would take its promise for a module. */
const require = createRequire(import.meta.url);

/** w and b of a model as LIBSVM writes it; class 1 is trained first, so that it is the positive side. */
function weights(model: string, columns: number) {
  const w = new Float64Array(columns);
  const [head = '', vectors = ''] = model.split('SV\n');
  for (const line of vectors.trim().split('\n')) {
    const [coefficient, ...parts] = line.trim().split(' ');
    for (const part of parts) {
      const [index, value] = part.split(':').map(Number);
      w[index! - 1]! += Number(coefficient) * value!;
    }
  }
  return { w, b: -Number(/rho (\S+)/.exec(head)![1]) };
}

it.each([
  [1, 1],
  [3, 1],
  [8, 1],
  [8, 0.05],
  [20, 10],
  [60, 1],
])('LIBSVM in WebAssembly finds the same machine: %i columns, C %f', async (columns, C) => {
  const Machine = (await require('libsvm-js')) as Libsvm;
  const random = seeded(columns * 100 + 7);
  const n = 70;
  const labels = Array.from({ length: n }, (_, i) => (i % 2 === 0 ? 1 : -1));
  const x = Array.from({ length: columns }, () =>
    Float64Array.from({ length: n }, (_, i) => (random() + random() + random() - 1.5) * 2 + 0.4 * labels[i]!),
  );
  const gram = new Float64Array(n * n);
  for (const column of x) addColumn(gram, column);
  const rows = Int32Array.from({ length: n }, (_, i) => i);
  const ours = new LinearSvc({ gram, stride: n, rows, signs: Float64Array.from(labels), C });
  expect(ours.solve()).toBe(true);

  const options = { kernel: Machine.KERNEL_TYPES.LINEAR, type: Machine.SVM_TYPES.C_SVC };
  const theirs = new Machine({ ...options, cost: C, tolerance: 1e-10, quiet: true });
  theirs.train(
    labels.map((_, i) => x.map((column) => column[i]!)),
    labels,
  );
  const { w, b } = weights(theirs.serializeModel(), columns);
  theirs.free();
  x.forEach((column, j) => {
    const own = ours.dual.reduce((sum, d, i) => sum + d * column[i]!, 0);
    expect(Math.abs(own - w[j]!)).toBeLessThan(1e-5);
  });
  // Its text has six digits of rho.
  expect(Math.abs(ours.intercept - b)).toBeLessThan(2e-5);
});
