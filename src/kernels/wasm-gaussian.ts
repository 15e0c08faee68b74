import type { Box } from '../volume/box.ts';
import type { Triple, Voxels } from '../volume/volume.ts';
import type { GaussianFilter, LaplacianFilters } from './kernels.ts';
import type { Axis } from './lines.ts';
import { lines, PANEL_ROW_BYTES, product } from './wasm-lines.ts';
import { places } from './wasm-memory.ts';

/** What `assembly/gaussian.ts` exports. Addresses are bytes of `memory`. */
export type GaussianExports = Readonly<{
  memory: WebAssembly.Memory;
  gaussianPass(...args: readonly number[]): void;
  addScaled(sum: number, values: number, factor: number, count: number): void;
}>;

const AXES = [0, 1, 2] as const;

/** As `Kernels.laplacian`, of an image whose numbers float32 holds. */
export function laplacian(
  wasm: GaussianExports,
  source: Voxels,
  size: Triple,
  { smoothing, secondDerivative, factor }: LaplacianFilters,
  wanted: Box,
  placesWanted?: Int32Array,
): Float32Array {
  const voxels = 4 * source.length;
  const [from, a, b, sum, terms, room] = places(wasm.memory, [
    voxels,
    voxels,
    voxels,
    voxels,
    6 * TERMS * 8,
    3 * Math.max(...size) * PANEL_ROW_BYTES,
  ]) as [number, number, number, number, number, number];
  const { buffer } = wasm.memory;
  new Float32Array(buffer, from, source.length).set(source);
  const filters = new Float64Array(buffer, terms, 6 * TERMS);
  for (const axis of AXES) {
    filters.set(termsOf(smoothing[axis]), axis * TERMS);
    filters.set(termsOf(secondDerivative[axis]), (axis + 3) * TERMS);
  }
  const result = new Float32Array(buffer, sum, product(wanted.size)).fill(0);
  for (const axis of AXES) {
    let dims = size;
    let at = from;
    for (const each of ORDERS[axis]) {
      const [step, lane, outer, lanes, outers] = lines(dims, each);
      const out = dims.with(each, wanted.size[each]) as unknown as Triple;
      const to = at === a ? b : a;
      const [toStep, toLane, toOuter] = lines(out, each);
      wasm.gaussianPass(
        at,
        dims[each],
        step,
        lane,
        outer,
        lanes,
        outers,
        terms + 8 * TERMS * (each === axis ? each + 3 : each),
        wanted.start[each],
        wanted.size[each],
        to,
        toStep,
        toLane,
        toOuter,
        room,
      );
      [dims, at] = [out, to];
    }
    wasm.addScaled(sum, at, factor[axis], result.length);
  }
  if (placesWanted === undefined) return result.slice();
  const found = new Float32Array(placesWanted.length);
  for (let i = 0; i < found.length; i++) found[i] = result[placesWanted[i]!]!;
  return found;
}

/** Doubles of a filter, as the kernel takes them. */
const TERMS = 24;
/** The second derivative along an axis first, then the others smoothed. */
const ORDERS: Readonly<Record<Axis, readonly Axis[]>> = { 0: [0, 1, 2], 1: [1, 0, 2], 2: [2, 0, 1] };

function termsOf({ causal, anticausal }: GaussianFilter): readonly number[] {
  return [...causal.n, ...causal.d, ...causal.edge, ...anticausal.n, ...anticausal.d, ...anticausal.edge];
}
