import type { BlockedRows, SpectrumKernels } from './kernels.ts';
import { plainSpectrum } from './plain-spectrum.ts';
import { places } from './wasm-memory.ts';

/** What `assembly/spectrum.ts` exports. Addresses are bytes of `memory`. */
export type SpectrumExports = Readonly<{
  memory: WebAssembly.Memory;
  largestBeside(...args: readonly number[]): number;
}>;

/** Matrices of more levels take more memory than it is worth to hold, and are left to the plain kernels. */
const MOST_LEVELS = 256;

export function wasmSpectrum(wasm: SpectrumExports): SpectrumKernels {
  return {
    largestBeside: (a, transposed, trivial, start) => {
      const { n, stride } = a;
      if (n > MOST_LEVELS) return plainSpectrum.largestBeside(a, transposed, trivial, start);
      const isSymmetric = a === transposed;
      const matrix = 8 * n * stride;
      const [cells, ranges, turned, turnedRanges, basis, work] = places(wasm.memory, [
        matrix,
        8 * n,
        isSymmetric ? 0 : matrix,
        isSymmetric ? 0 : 8 * n,
        8 * (n + 2) * stride,
        8 * (stride + 3 * n),
      ]) as [number, number, number, number, number, number];
      const { buffer } = wasm.memory;
      put(buffer, a, cells, ranges);
      if (!isSymmetric) put(buffer, transposed, turned, turnedRanges);
      const vectors = new Float64Array(buffer, basis, 2 * stride);
      vectors.set(trivial);
      vectors.set(start, stride);
      const second = isSymmetric ? ([cells, ranges] as const) : ([turned, turnedRanges] as const);
      const value = wasm.largestBeside(cells, ranges, ...second, n, stride, basis, work);
      return { value, vector: vectors.slice(0, stride) };
    },
  };
}

function put(
  buffer: ArrayBufferLike,
  { cells, first, end, n }: BlockedRows,
  at: number,
  ranges: number,
): void {
  new Float64Array(buffer, at, cells.length).set(cells);
  const bounds = new Int32Array(buffer, ranges, 2 * n);
  bounds.set(first);
  bounds.set(end, n);
}
