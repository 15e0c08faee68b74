import { type Box, copyBox } from '../volume/box.ts';
import type { Triple, Voxels } from '../volume/volume.ts';
import type { SplineSamples, SplineStep } from './kernels.ts';
import { EDGE, GAIN, POLE } from './plain-spline.ts';
import { lines, PANEL_ROW_BYTES, product } from './wasm-lines.ts';
import { places } from './wasm-memory.ts';

/** What `assembly/spline.ts` exports. Addresses are bytes of `memory`. */
export type SplineExports = Readonly<{
  memory: WebAssembly.Memory;
  splinePass(...args: readonly number[]): void;
  splineSamples(...args: readonly number[]): void;
}>;

/** Slices brought in at a time. */
const SLAB = 8;

/** As `Kernels.spline`. What the first steps need within slices needs not be there all at once: slab by slab they are done. */
export function spline(
  wasm: SplineExports,
  voxels: Voxels,
  size: Triple,
  window: Box,
  steps: readonly SplineStep[],
): Float64Array {
  if (steps.length === 0) return cut(voxels, size, window);
  const sizes = [window.size];
  for (const { axis, take } of steps)
    sizes.push(sizes.at(-1)!.with(axis, samplesOf(take)) as unknown as Triple);
  const across = steps.findIndex(({ axis }) => axis === 2);
  const inSlab = across < 0 ? steps.length : Math.max(1, across);
  const slices = across === 0 ? window.size[2] : Math.min(SLAB, window.size[2]);
  const slabs = sizes.slice(0, inSlab).map((each) => withSlices(each, slices));
  const longest = Math.max(...sizes.flat());
  const [slabA, slabB, a, b, constants, index, weight, work] = places(wasm.memory, [
    ...largest(slabs),
    ...largest(sizes.slice(inSlab)),
    32,
    16 * longest,
    32 * longest,
    2 * longest * PANEL_ROW_BYTES,
  ]) as [number, number, number, number, number, number, number, number];
  const room = { constants, index, weight, work };
  const Held = isHeldByFloat(voxels) ? Float32Array : Float64Array;
  const perSlice = 8 * sizes[inSlab]![0] * sizes[inSlab]![1];
  for (let z = 0; z < window.size[2]; z += slices) {
    const here = Math.min(slices, window.size[2] - z);
    const slab = withSlices(window.size, here);
    const start: Triple = [window.start[0], window.start[1], window.start[2] + z];
    copyBox(voxels, size, { start, size: slab }, new Held(wasm.memory.buffer, slabA, product(slab)));
    let at = slabA;
    for (let i = 0; i < inSlab; i++) {
      const to = i + 1 === inSlab ? a + z * perSlice : otherOf(at, slabA, slabB);
      const isNarrow = i === 0 && Held === Float32Array;
      splineStep(wasm, steps[i]!, withSlices(sizes[i]!, here), at, to, room, isNarrow);
      at = to;
    }
  }
  let at = a;
  for (let i = inSlab; i < steps.length; i++) {
    const to = otherOf(at, a, b);
    splineStep(wasm, steps[i]!, sizes[i]!, at, to, room);
    at = to;
  }
  return new Float64Array(wasm.memory.buffer, at, product(sizes.at(-1)!)).slice();
}

const otherOf = (at: number, a: number, b: number): number => (at === a ? b : a);

/** Bytes of two places that arrays of these sizes take in turn. */
function largest(sizes: readonly Triple[]): readonly [number, number] {
  const bytes = (turn: 0 | 1) => 8 * Math.max(0, ...sizes.filter((_, i) => i % 2 === turn).map(product));
  return [bytes(0), bytes(1)];
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
  wasm: SplineExports,
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

/** As `Kernels.splineSamples`. */
export function splineSamples(
  wasm: SplineExports,
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
