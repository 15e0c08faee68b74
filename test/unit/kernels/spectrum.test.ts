import * as fc from 'fast-check';
import { EigenvalueDecomposition, Matrix } from 'ml-matrix';
import { describe, expect, it } from 'vitest';
import { fastestKernels } from '../../../src/kernels/fastest.ts';
import type { BlockedRows } from '../../../src/kernels/kernels.ts';
import { plainSpectrum } from '../../../src/kernels/plain-spectrum.ts';
import { seededRandom } from '../../support/seeded-phantom.ts';

const compiled = fastestKernels().spectrum;

/** Symmetric, with the unit eigenvector `trivial`: as a co-occurrence matrix is, once whitened. */
function whitened(n: number, seed: number, band: number) {
  const random = seededRandom(seed);
  const counts = Array.from({ length: n }, () => new Float64Array(n));
  for (let i = 0; i < n; i++) {
    for (let j = i; j < Math.min(n, i + band); j++) {
      counts[i]![j] = counts[j]![i] = Math.floor(random() * 20) + Number(i === j);
    }
  }
  const rows = counts.map((row) => row.reduce((sum, count) => sum + count, 0));
  const total = rows.reduce((sum, count) => sum + count, 0);
  const stride = Math.ceil(n / 4) * 4;
  const cells = new Float64Array(n * stride);
  const [first, end] = [new Int32Array(n), new Int32Array(n).fill(stride)];
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) cells[i * stride + j] = counts[i]![j]! / Math.sqrt(rows[i]! * rows[j]!);
    first[i] = Math.max(0, i - band + 1) & ~3;
  }
  const trivial = new Float64Array(stride);
  for (let i = 0; i < n; i++) trivial[i] = Math.sqrt(rows[i]! / total);
  const start = Float64Array.from({ length: stride }, (_, i) => (i < n ? Math.sin(1 + i * Math.SQRT2) : 0));
  const a: BlockedRows = { cells, n, stride, first, end };
  return { a, trivial, start };
}

const anything = fc.tuple(
  fc.integer({ min: 2, max: 70 }),
  fc.integer({ min: 0, max: 1e6 }),
  fc.integer({ min: 1, max: 70 }),
);

describe('the largest eigenvalue beside the trivial one', () => {
  it('is compiled: there is something to compare', () => {
    expect(compiled).not.toBe(plainSpectrum);
  });
  it('has the same bits, and its vector too, as that of the plain kernel', () => {
    void fc.assert(
      fc.property(anything, ([n, seed, band]) => {
        const { a, trivial, start } = whitened(n, seed, band);
        const turned = { ...a };
        for (const second of [a, turned]) {
          const found = compiled.largestBeside(a, second, trivial, start);
          const expected = plainSpectrum.largestBeside(a, second, trivial, start);
          expect(found.value).toBe(expected.value);
          expect(found.vector).toEqual(expected.vector);
        }
      }),
      { numRuns: 100 },
    );
  });
  it('is the second largest eigenvalue of A A^T', () => {
    void fc.assert(
      fc.property(anything, ([n, seed, band]) => {
        const { a, trivial, start } = whitened(n, seed, band);
        const square = new Matrix(n, n);
        for (let i = 0; i < n; i++) {
          for (let j = 0; j < n; j++) square.set(i, j, a.cells[i * a.stride + j]!);
        }
        const all = new EigenvalueDecomposition(square).realEigenvalues
          .map((x) => x * x)
          .sort((x, y) => y - x);
        const { value } = compiled.largestBeside(a, a, trivial, start);
        expect(Math.abs(value - all[1]!)).toBeLessThan(1e-9);
      }),
      { numRuns: 40 },
    );
  });
});
