import { type Box, copyBox } from '../volume/box.ts';
import type { Triple, Voxels } from '../volume/volume.ts';
import type { GaussianFilter, Kernels, LaplacianFilters, SplineSamples, SplineStep } from './kernels.ts';
import { type Axis, layout } from './lines.ts';
import { plainKernels } from './plain-kernels.ts';
import { EDGE, GAIN, POLE } from './plain-spline.ts';
import { places } from './wasm-memory.ts';
import { type SpectrumExports, wasmSpectrum } from './wasm-spectrum.ts';
import { type TextureExports, wasmTexture } from './wasm-texture.ts';

/** What `assembly/gaussian.ts` and `assembly/spline.ts` export. Addresses are bytes of `memory`. */
type Exports = Readonly<{
  memory: WebAssembly.Memory;
  gaussianPass(...args: readonly number[]): void;
  splinePass(...args: readonly number[]): void;
  splineSamples(...args: readonly number[]): void;
  addScaled(sum: number, values: number, factor: number, count: number): void;
}>;

const PANEL_ROW_BYTES = 64;
const AXES = [0, 1, 2] as const;
/** Slices brought in at a time. */
const SLAB = 8;

/** Kernels in WebAssembly, two lanes of doubles an instruction, from the bytes of the compiled module. */
export function wasmKernels(module: Uint8Array<ArrayBuffer>): Kernels {
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(module));
  const wasm = exports as unknown as Exports & TextureExports & SpectrumExports;
  return {
    // double images are rare: of normalised grey values, or as somebody wrote them
    laplacian: (source, size, filters, wanted) =>
      source instanceof Float64Array
        ? plainKernels.laplacian(source, size, filters, wanted)
        : laplacian(wasm, source, size, filters, wanted),
    spline: (voxels, size, window, steps) => spline(wasm, voxels, size, window, steps),
    splineSamples: (coefficients, taps, samples) => splineSamples(wasm, coefficients, taps, samples),
    texture: wasmTexture(wasm),
    spectrum: wasmSpectrum(wasm),
  };
}

const product = ([x, y, z]: Triple): number => x * y * z;

/**
 * Strides of the lines along `axis`, as the kernels take them: step, lane, outer, and how many of the last two. Along x and z
 * all lines of the volume lie one stride apart.
 */
function lines(size: Triple, axis: Axis): readonly [number, number, number, number, number] {
  const { step, lane, outer } = layout(size, axis);
  return axis === 1 ? [step, lane, outer, size[0], size[2]] : [step, lane, 0, product(size) / size[axis], 1];
}

function laplacian(
  wasm: Exports,
  source: Voxels,
  size: Triple,
  { smoothing, secondDerivative, factor }: LaplacianFilters,
  wanted: Box,
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
  return result.slice();
}

/** Doubles of a filter, as the kernel takes them. */
const TERMS = 24;
/** The second derivative along an axis first, then the others smoothed. */
const ORDERS: Readonly<Record<Axis, readonly Axis[]>> = { 0: [0, 1, 2], 1: [1, 0, 2], 2: [2, 0, 1] };

function termsOf({ causal, anticausal }: GaussianFilter): readonly number[] {
  return [...causal.n, ...causal.d, ...causal.edge, ...anticausal.n, ...anticausal.d, ...anticausal.edge];
}

function spline(
  wasm: Exports,
  voxels: Voxels,
  size: Triple,
  window: Box,
  steps: readonly SplineStep[],
): Float64Array {
  const [first, ...others] = steps;
  if (first === undefined) return cut(voxels, size, window);
  // what a first step within slices needs not be there all at once
  const slices = first.axis === 2 ? window.size[2] : Math.min(SLAB, window.size[2]);
  const sizes = [window.size];
  for (const { axis, take } of steps)
    sizes.push(sizes.at(-1)!.with(axis, samplesOf(take)) as unknown as Triple);
  const longest = Math.max(...sizes.flat());
  const held = sizes.with(0, withSlices(window.size, slices));
  const bytes = (at: 0 | 1) => 8 * Math.max(...held.filter((_, i) => i % 2 === at).map(product));
  const [a, b, constants, index, weight, work] = places(wasm.memory, [
    bytes(0),
    bytes(1),
    32,
    16 * longest,
    32 * longest,
    2 * longest * PANEL_ROW_BYTES,
  ]) as [number, number, number, number, number, number];
  const room = { constants, index, weight, work };
  const Held = isHeldByFloat(voxels) ? Float32Array : Float64Array;
  for (let z = 0; z < window.size[2]; z += slices) {
    const slab = withSlices(window.size, Math.min(slices, window.size[2] - z));
    const start: Triple = [window.start[0], window.start[1], window.start[2] + z];
    copyBox(voxels, size, { start, size: slab }, new Held(wasm.memory.buffer, a, product(slab)));
    const to = b + 8 * product(withSlices(sizes[1]!, first.axis === 2 ? 0 : z));
    splineStep(wasm, first, slab, a, to, room, Held === Float32Array);
  }
  let at = b;
  for (const [i, step] of others.entries()) {
    const to = at === a ? b : a;
    splineStep(wasm, step, sizes[i + 1]!, at, to, room);
    at = to;
  }
  return new Float64Array(wasm.memory.buffer, at, product(sizes.at(-1)!)).slice();
}

/** Whether float32 holds every number of that type. */
function isHeldByFloat(voxels: Voxels): boolean {
  return voxels instanceof Float32Array || voxels.BYTES_PER_ELEMENT < 4;
}

function cut(voxels: Voxels, size: Triple, window: Box): Float64Array {
  const values = new Float64Array(product(window.size));
  copyBox(voxels, size, window, values);
  return values;
}

const withSlices = ([nx, ny]: Triple, slices: number): Triple => [nx, ny, slices];

/** Places of what a step needs beside voxels. */
type StepRoom = Readonly<{ constants: number; index: number; weight: number; work: number }>;

function splineStep(
  wasm: Exports,
  { axis, isPrefiltered, take }: SplineStep,
  dims: Triple,
  from: number,
  to: number,
  { constants, index, weight, work }: StepRoom,
  isNarrow = false,
): void {
  const { buffer } = wasm.memory;
  const length = dims[axis];
  const out = dims.with(axis, samplesOf(take)) as unknown as Triple;
  new Float64Array(buffer, constants, 4).set([POLE, GAIN, EDGE, POLE ** (length - 1)]);
  const isRange = !('index' in take);
  if (!isRange) {
    new Int32Array(buffer, index, take.index.length).set(take.index);
    new Float64Array(buffer, weight, take.weight.length).set(take.weight);
  }
  const [step, lane, outer, lanes, outers] = lines(dims, axis);
  const [toStep, toLane, toOuter] = lines(out, axis);
  wasm.splinePass(
    from,
    Number(isNarrow),
    length,
    step,
    lane,
    outer,
    lanes,
    outers,
    constants,
    Number(isPrefiltered),
    isRange ? 0 : index,
    weight,
    isRange ? take[0] : 0,
    out[axis],
    to,
    toStep,
    toLane,
    toOuter,
    work,
  );
}

const samplesOf = (take: SplineStep['take']): number => ('index' in take ? take.index.length / 4 : take[1]);

function splineSamples(
  wasm: Exports,
  coefficients: Float64Array,
  taps: readonly [SplineSamples, SplineSamples, SplineSamples],
  samples: Int32Array,
): Float64Array {
  const count = samples.length / 3;
  const [from, list, target, work, ...axes] = places(wasm.memory, [
    coefficients.byteLength,
    samples.byteLength,
    8 * count,
    16 * 16,
    ...taps.flatMap(({ index, weight }) => [index.byteLength, weight.byteLength]),
  ]) as [number, number, number, number, ...number[]];
  const { buffer } = wasm.memory;
  new Float64Array(buffer, from, coefficients.length).set(coefficients);
  new Int32Array(buffer, list, samples.length).set(samples);
  for (const [axis, { index, weight }] of taps.entries()) {
    new Int32Array(buffer, axes[2 * axis]!, index.length).set(index);
    new Float64Array(buffer, axes[2 * axis + 1]!, weight.length).set(weight);
  }
  wasm.splineSamples(from, list, count, ...axes, target, work);
  return new Float64Array(buffer, target, count).slice();
}
