import { type Box, copyBox, count, wholeBox } from '../volume/box.ts';
import type { Triple } from '../volume/volume.ts';
import type { GaussianFilter, Kernels } from './kernels.ts';
import { type Axis, transformLines } from './lines.ts';
import { recursiveGaussian } from './plain-gaussian.ts';
import { plainSpectrum } from './plain-spectrum.ts';
import { splineLine, sumsOfTerms } from './plain-spline.ts';
import { plainTexture } from './plain-texture.ts';

/** The kernels in plain TypeScript: the oracle of the fast ones, and what runs where WebAssembly has no SIMD. */
export const plainKernels: Kernels = {
  laplacian(source, size, { smoothing, secondDerivative, factor }, wanted, places) {
    const isFloat = source instanceof Float32Array || source instanceof Float64Array;
    const values = isFloat ? source : Float32Array.from(source);
    const sum = new Float32Array(wanted.size[0] * wanted.size[1] * wanted.size[2]);
    for (const axis of [0, 1, 2] as const) {
      const passes: Pass[] = [{ axis, filter: secondDerivative[axis] }];
      for (const other of [0, 1, 2] as const) {
        if (other !== axis) passes.push({ axis: other, filter: smoothing[other] });
      }
      addScaled(sum, filtered(values, size, passes, wanted), factor[axis]);
    }
    return places ? Float32Array.from(places, (place) => sum[place]!) : sum;
  },
  spline(voxels, size, window, steps) {
    let dims = window.size;
    let now = new Float64Array(count(window));
    copyBox(voxels, size, window, now);
    for (const step of steps) {
      const transform = splineLine(step, dims[step.axis]);
      const next = dims.with(step.axis, transform.length) as unknown as Triple;
      const target = new Float64Array(next[0] * next[1] * next[2]);
      now = transformLines(now, dims, step.axis, wholeBox(dims), transform, target);
      dims = next;
    }
    return now;
  },
  splineSamples: sumsOfTerms,
  texture: plainTexture,
  spectrum: plainSpectrum,
};

type Pass = Readonly<{ axis: Axis; filter: GaussianFilter }>;

/** One pass after the other; of each only the lines that later passes read, and at last only what is wanted. */
function filtered(
  source: Float32Array | Float64Array,
  size: Triple,
  passes: readonly Pass[],
  wanted: Box,
): Float32Array {
  let values: Float32Array | Float64Array = source;
  let dims = size;
  for (const { axis, filter } of passes) {
    const out = dims.with(axis, wanted.size[axis]) as unknown as Triple;
    const transform = recursiveGaussian(filter, dims[axis], [wanted.start[axis], wanted.size[axis]]);
    const target = new Float32Array(out[0] * out[1] * out[2]);
    values = transformLines(values, dims, axis, wholeBox(dims), transform, target);
    dims = out;
  }
  return values as Float32Array;
}

function addScaled(sum: Float32Array, values: Float32Array, factor: number): void {
  for (let i = 0; i < sum.length; i++) sum[i] = sum[i]! + values[i]! * factor;
}
