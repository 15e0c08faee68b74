import type { GaussianFilter, Recursion } from './kernels.ts';
import type { LineTransform } from './lines.ts';

/**
 * The filter along lines of `length` samples, at least 4, in double precision: causal plus anticausal recursion, of
 * which the `keep` (first, count) samples come out. The first and the last sample are repeated for ever.
 */
export function recursiveGaussian(
  { causal, anticausal }: GaussianFilter,
  length: number,
  keep: readonly [number, number],
): LineTransform {
  const [first, kept] = keep;
  let there = new Float64Array(0);
  let back = new Float64Array(0);
  return {
    length: kept,
    apply(input, lanes, output) {
      const total = length * lanes;
      if (there.length < total) {
        there = new Float64Array(total);
        back = new Float64Array(total);
      }
      recurse(causal, input, there, { row: 0, shift: 0, step: lanes }, length, lanes);
      recurse(anticausal, input, back, { row: total - lanes, shift: lanes, step: -lanes }, length, lanes);
      for (let i = 0, from = first * lanes; i < kept * lanes; i++, from++) {
        output[i] = there[from]! + back[from]!;
      }
    },
  };
}

/** Where a recursion starts, how far ahead of its output it reads, and the way to the next row. */
type Course = Readonly<{ row: number; shift: number; step: number }>;

function recurse(
  recursion: Recursion,
  x: Float64Array,
  y: Float64Array,
  { row, shift, step }: Course,
  length: number,
  lanes: number,
): void {
  startRows(recursion, x, y, { row, shift, step }, lanes);
  let done = 4;
  for (; done + 4 <= length; done += 4) {
    fourRows(recursion, x, y, { row: row + done * step, shift, step }, lanes);
  }
  for (; done < length; done++) oneRow(recursion, x, y, { row: row + done * step, shift, step }, lanes);
}

/** The first four rows: inputs before them have the edge value e, and what came out of it is in `edge`. */
function startRows(
  { n, d, edge }: Recursion,
  x: Float64Array,
  y: Float64Array,
  { row, shift, step }: Course,
  lanes: number,
): void {
  const n0 = n[0];
  const n1 = n[1];
  const n2 = n[2];
  const n3 = n[3];
  const d1 = d[0];
  const d2 = d[1];
  const d3 = d[2];
  const e1 = edge[0];
  const e2 = edge[1];
  const e3 = edge[2];
  const e4 = edge[3];
  for (let i = row; i < row + lanes; i++) {
    const e = x[i]!;
    const at = i + shift;
    const x1 = x[at + step]!;
    const x2 = x[at + 2 * step]!;
    const x3 = x[at + 3 * step]!;
    const y0 = e * n0 + e * n1 + e * n2 + e * n3 - (e * e1 + e * e2 + e * e3 + e * e4);
    const y1 = x1 * n0 + e * n1 + e * n2 + e * n3 - (y0 * d1 + e * e2 + e * e3 + e * e4);
    const y2 = x2 * n0 + x1 * n1 + e * n2 + e * n3 - (y1 * d1 + y0 * d2 + e * e3 + e * e4);
    const y3 = x3 * n0 + x2 * n1 + x1 * n2 + e * n3 - (y2 * d1 + y1 * d2 + y0 * d3 + e * e4);
    y[i] = y0;
    y[i + step] = y1;
    y[i + 2 * step] = y2;
    y[i + 3 * step] = y3;
  }
}

/** Four rows at once: what they share is loaded once, and the lanes hide each other's latency. */
function fourRows(
  { n, d }: Recursion,
  x: Float64Array,
  y: Float64Array,
  { row, shift, step }: Course,
  lanes: number,
): void {
  const n0 = n[0];
  const n1 = n[1];
  const n2 = n[2];
  const n3 = n[3];
  const d1 = d[0];
  const d2 = d[1];
  const d3 = d[2];
  const d4 = d[3];
  for (let i = row; i < row + lanes; i++) {
    const at = i + shift;
    const xc = x[at - 3 * step]!;
    const xb = x[at - 2 * step]!;
    const xa = x[at - step]!;
    const x0 = x[at]!;
    const x1 = x[at + step]!;
    const x2 = x[at + 2 * step]!;
    const x3 = x[at + 3 * step]!;
    const yd = y[i - 4 * step]!;
    const yc = y[i - 3 * step]!;
    const yb = y[i - 2 * step]!;
    const ya = y[i - step]!;
    const y0 = x0 * n0 + xa * n1 + xb * n2 + xc * n3 - (ya * d1 + yb * d2 + yc * d3 + yd * d4);
    const y1 = x1 * n0 + x0 * n1 + xa * n2 + xb * n3 - (y0 * d1 + ya * d2 + yb * d3 + yc * d4);
    const y2 = x2 * n0 + x1 * n1 + x0 * n2 + xa * n3 - (y1 * d1 + y0 * d2 + ya * d3 + yb * d4);
    const y3 = x3 * n0 + x2 * n1 + x1 * n2 + x0 * n3 - (y2 * d1 + y1 * d2 + y0 * d3 + ya * d4);
    y[i] = y0;
    y[i + step] = y1;
    y[i + 2 * step] = y2;
    y[i + 3 * step] = y3;
  }
}

function oneRow(
  { n, d }: Recursion,
  x: Float64Array,
  y: Float64Array,
  { row, shift, step }: Course,
  lanes: number,
): void {
  const n0 = n[0];
  const n1 = n[1];
  const n2 = n[2];
  const n3 = n[3];
  const d1 = d[0];
  const d2 = d[1];
  const d3 = d[2];
  const d4 = d[3];
  for (let i = row; i < row + lanes; i++) {
    const at = i + shift;
    const terms = x[at]! * n0 + x[at - step]! * n1 + x[at - 2 * step]! * n2 + x[at - 3 * step]! * n3;
    y[i] =
      terms - (y[i - step]! * d1 + y[i - 2 * step]! * d2 + y[i - 3 * step]! * d3 + y[i - 4 * step]! * d4);
  }
}
