import type { LineTransform } from '../volume/lines.ts';

/** One of the two recursions: y_i = sum of n_k x_(i-k) (k = 0..3) - sum of d_k y_(i-k) (k = 1..4), towards either end. */
type Recursion = Readonly<{
  n: Four;
  d: Four;
  /** d times the DC gain: what outputs beyond the edge contribute, per edge value */
  edge: Four;
}>;
type Four = readonly [number, number, number, number];

/** A fourth-order recursive filter. The anticausal part starts with the sample after the one it is computed for. */
export type GaussianFilter = Readonly<{ causal: Recursion; anticausal: Recursion }>;

/** Deriche's exponential fits: frequencies W, decays L, and per derivative order the amplitudes (A1, B1, A2, B2). */
const W = [0.6681, 2.0787] as const;
const L = [-1.3932, -1.3732] as const;
const ORDER_0 = [1.353, 1.8151, -0.3531, 0.0902] as const;
const ORDER_2 = [-1.3563, 5.2318, 0.3446, -2.2355] as const;

type Amplitudes = Four;
type Sums = Readonly<{ s: number; d: number; e: number }>;

/** Gaussian of `sigmaMm` on an axis of `spacingMm`, with unit gain. */
export function smoothing(sigmaMm: number, spacingMm: number): GaussianFilter {
  const scale = sigmaMm / spacingMm;
  const d = denominator(scale);
  const n = numerator(scale, ORDER_0);
  const gain = (2 * moments(n, 0).s) / moments(d, 1).s - n[0]!;
  return complete(
    n.map((v) => v / gain),
    d,
  );
}

/** Second derivative of that Gaussian in voxels, times sigma squared in mm: a constant line gives zero. */
export function secondDerivative(sigmaMm: number, spacingMm: number): GaussianFilter {
  const scale = sigmaMm / spacingMm;
  const d = denominator(scale);
  const n0 = numerator(scale, ORDER_0);
  const n2 = numerator(scale, ORDER_2);
  const sd = moments(d, 1);
  const beta = -(2 * moments(n2, 0).s - sd.s * n2[0]!) / (2 * moments(n0, 0).s - sd.s * n0[0]!);
  const n = n2.map((v, k) => v + beta * n0[k]!);
  const sn = moments(n, 0);
  const alpha =
    (sn.e * sd.s * sd.s - sd.e * sn.s * sd.s - 2 * sn.d * sd.d * sd.s + 2 * sd.d * sd.d * sn.s) /
    (sd.s * sd.s * sd.s);
  return complete(
    n.map((v) => (v * (sigmaMm * sigmaMm)) / alpha),
    d,
  );
}

function denominator(scale: number): readonly number[] {
  const [c1, c2] = [Math.cos(W[0] / scale), Math.cos(W[1] / scale)];
  const [e1, e2] = [Math.exp(L[0] / scale), Math.exp(L[1] / scale)];
  return [
    -2 * (e2 * c2 + e1 * c1),
    4 * c2 * c1 * e1 * e2 + e1 * e1 + e2 * e2,
    -2 * c1 * e1 * e2 * e2 - 2 * c2 * e2 * e1 * e1,
    e1 * e1 * e2 * e2,
  ];
}

function numerator(scale: number, [a1, b1, a2, b2]: Amplitudes): readonly number[] {
  const [s1, s2] = [Math.sin(W[0] / scale), Math.sin(W[1] / scale)];
  const [c1, c2] = [Math.cos(W[0] / scale), Math.cos(W[1] / scale)];
  const [e1, e2] = [Math.exp(L[0] / scale), Math.exp(L[1] / scale)];
  return [
    a1 + a2,
    e2 * (b2 * s2 - (a2 + 2 * a1) * c2) + e1 * (b1 * s1 - (a1 + 2 * a2) * c1),
    2 * e1 * e2 * ((a1 + a2) * c2 * c1 - b1 * c2 * s1 - b2 * c1 * s2) + a2 * e1 * e1 + a1 * e2 * e2,
    e2 * e1 * e1 * (b2 * s2 - a2 * c2) + e1 * e2 * e2 * (b1 * s1 - a1 * c1),
  ];
}

/** Sums of the coefficients, of k times and of k squared times them; for D, `leading` 1 stands before k = 1. */
function moments(values: readonly number[], leading: 0 | 1): Sums {
  let [s, d, e] = [leading as number, 0, 0];
  for (const [i, value] of values.entries()) {
    const k = i + leading;
    s += value;
    d += k * value;
    e += k * k * value;
  }
  return { s, d, e };
}

/** Both filters are symmetric: M follows from N and D. */
function complete(n: readonly number[], d: readonly number[]): GaussianFilter {
  const m = [1, 2, 3].map((k) => n[k]! - d[k - 1]! * n[0]!);
  m.push(-d[3]! * n[0]!);
  const sd = moments(d, 1).s;
  const recursion = (terms: readonly number[]): Recursion => ({
    n: terms as unknown as Four,
    d: d as unknown as Four,
    edge: d.map((v) => (v * moments(terms, 0).s) / sd) as unknown as Four,
  });
  return { causal: recursion(n), anticausal: recursion(m) };
}

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
