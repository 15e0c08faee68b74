import type { Kernels } from './kernels.ts';
import { plainKernels } from './plain-kernels.ts';
import { type GaussianExports, laplacian } from './wasm-gaussian.ts';
import { type SpectrumExports, wasmSpectrum } from './wasm-spectrum.ts';
import { type SplineExports, spline, splineSamples } from './wasm-spline.ts';
import { type TextureExports, wasmTexture } from './wasm-texture.ts';

type Exports = GaussianExports & SplineExports & TextureExports & SpectrumExports;

/** Kernels in WebAssembly, two lanes of doubles an instruction, from the bytes of the compiled module. */
export function wasmKernels(module: Uint8Array<ArrayBuffer>): Kernels {
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(module));
  const wasm = exports as unknown as Exports;
  return {
    // double images are rare: of normalised grey values, or as somebody wrote them
    laplacian: (source, size, filters, wanted, places) =>
      source instanceof Float64Array
        ? plainKernels.laplacian(source, size, filters, wanted, places)
        : laplacian(wasm, source, size, filters, wanted, places),
    spline: (voxels, size, window, steps) => spline(wasm, voxels, size, window, steps),
    splineSamples: (coefficients, taps, samples) => splineSamples(wasm, coefficients, taps, samples),
    texture: wasmTexture(wasm),
    spectrum: wasmSpectrum(wasm),
  };
}
