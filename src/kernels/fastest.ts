import type { Kernels } from './kernels.ts';
import { plainKernels } from './plain-kernels.ts';
import { wasmKernels } from './wasm-kernels.ts';
import { WASM_BASE64 } from './wasm-module.ts';

let chosen: Kernels | undefined;

/** The compiled kernels where this machine runs their instructions, else the plain ones: the same bits either way. */
export function fastestKernels(): Kernels {
  if (!chosen) {
    const module = Uint8Array.from(Buffer.from(WASM_BASE64, 'base64'));
    chosen = WebAssembly.validate(module) ? wasmKernels(module) : plainKernels;
  }
  return chosen;
}
