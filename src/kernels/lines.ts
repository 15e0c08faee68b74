import type { Box } from '../volume/box.ts';
import type { Triple } from '../volume/volume.ts';

export type Axis = 0 | 1 | 2;

/**
 * What happens to one line of voxels. Lines are handled many at a time, in lanes: sample i of lane l is element
 * `i * lanes + l`, so that a recursion along the line leaves the lanes independent of each other.
 */
export type LineTransform = Readonly<{
  /** samples of a line that comes out */
  length: number;
  /** May overwrite `input`. Arrays can be longer than needed. */
  apply(input: Float64Array, lanes: number, output: Float64Array): void;
}>;

/** Rows taken together along x: enough to hide the latency of a recursion, few enough for the cache. */
const ROWS_TOGETHER = 16;

/**
 * Transforms every line along `axis` that crosses `across`, and returns the result, x fastest.
 * `across` is a part of the source in index coordinates; its extent along `axis` itself is not looked at: whole lines
 * go in, `transform.length` samples come out. `target` must hold the outcome; it is what is returned.
 */
export function transformLines<Target extends Float32Array | Float64Array>(
  source: Float32Array | Float64Array,
  size: Triple,
  axis: Axis,
  across: Box,
  transform: LineTransform,
  target: Target,
): Target {
  const length = size[axis];
  const together = axis === 0 ? Math.min(ROWS_TOGETHER, across.size[1]) : across.size[0];
  const input = new Float64Array(length * together);
  const output = new Float64Array(transform.length * together);
  const from = layout(size, axis);
  const outSize = across.size.with(axis, transform.length) as unknown as Triple;
  const to = layout(outSize, axis);
  const laneAxis = axis === 0 ? 1 : 0;
  const outerAxis = axis === 2 ? 1 : 2;
  const first = axis === 0 ? across.start[1] * from.lane : across.start[0];
  for (let outer = 0; outer < across.size[outerAxis]; outer++) {
    const outerFrom = first + (outer + across.start[outerAxis]) * from.outer;
    for (let lane = 0; lane < across.size[laneAxis]; lane += together) {
      const lanes = Math.min(together, across.size[laneAxis] - lane);
      gather(source, outerFrom + lane * from.lane, from, length, lanes, input);
      transform.apply(input, lanes, output);
      scatter(output, outer * to.outer + lane * to.lane, to, transform.length, lanes, target);
    }
  }
  return target;
}

type Layout = Readonly<{ step: number; lane: number; outer: number }>;

/** Strides along the line, from lane to lane, and from one group of lanes to the next. */
export function layout(size: readonly number[], axis: Axis): Layout {
  const [nx, ny] = [size[0]!, size[1]!];
  if (axis === 0) return { step: 1, lane: nx, outer: nx * ny };
  if (axis === 1) return { step: nx, lane: 1, outer: nx * ny };
  return { step: nx * ny, lane: 1, outer: nx };
}

function gather(
  source: Float32Array | Float64Array,
  base: number,
  { step, lane }: Layout,
  length: number,
  lanes: number,
  input: Float64Array,
): void {
  if (lane === 1 && step === lanes) {
    input.set(source.subarray(base, base + length * lanes));
  } else if (lane === 1) {
    for (let i = 0; i < length; i++) copyRow(source, base + i * step, input, i * lanes, lanes);
  } else {
    for (let l = 0; l < lanes; l++) {
      const from = base + l * lane;
      for (let i = 0, at = l; i < length; i++, at += lanes) input[at] = source[from + i]!;
    }
  }
}

function scatter(
  output: Float64Array,
  base: number,
  { step, lane }: Layout,
  length: number,
  lanes: number,
  target: Float32Array | Float64Array,
): void {
  if (lane === 1 && step === lanes) {
    target.set(output.subarray(0, length * lanes), base);
  } else if (lane === 1) {
    for (let i = 0; i < length; i++) copyRow(output, i * lanes, target, base + i * step, lanes);
  } else {
    for (let l = 0; l < lanes; l++) {
      const to = base + l * lane;
      for (let i = 0, at = l; i < length; i++, at += lanes) target[to + i] = output[at]!;
    }
  }
}

function copyRow(
  from: Float32Array | Float64Array,
  first: number,
  to: Float32Array | Float64Array,
  at: number,
  n: number,
): void {
  for (let i = 0; i < n; i++) to[at + i] = from[first + i]!;
}
