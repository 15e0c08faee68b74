import type { LineTransform } from '../volume/lines.ts';

/** Coefficients of a fourth-order recursive filter: causal N and D, anticausal M and D, and the edge terms. */
export type GaussianFilter = Readonly<{
  n: readonly number[];
  m: readonly number[];
  d: readonly number[];
  /** What the outputs beyond the first sample contribute, per edge value: D times the DC gain of the causal part. */
  edgeBefore: readonly number[];
  edgeAfter: readonly number[];
}>;

/** Deriche's exponential fits: frequencies W, decays L, and per derivative order the amplitudes (A1, B1, A2, B2). */
const W = [0.6681, 2.0787] as const;
const L = [-1.3932, -1.3732] as const;
const ORDER_0 = [1.353, 1.8151, -0.3531, 0.0902] as const;
const ORDER_2 = [-1.3563, 5.2318, 0.3446, -2.2355] as const;

type Amplitudes = readonly [number, number, number, number];
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
  const [sn, sm] = [moments(n, 0).s, moments(m, 0).s];
  return { n, m, d, edgeBefore: d.map((v) => (v * sn) / sd), edgeAfter: d.map((v) => (v * sm) / sd) };
}

/**
 * The filter along lines of `length` samples, at least 4, in double precision: causal plus anticausal recursion, of
 * which the `keep` (first, count) samples come out. The first and the last sample are repeated for ever.
 */
export function recursiveGaussian(
  filter: GaussianFilter,
  length: number,
  keep: readonly [number, number],
): LineTransform {
  const [first, kept] = keep;
  let causal = new Float64Array(0);
  let anticausal = new Float64Array(0);
  return {
    length: kept,
    apply(input, lanes, output) {
      const total = length * lanes;
      if (causal.length < total) {
        causal = new Float64Array(total);
        anticausal = new Float64Array(total);
      }
      for (let i = 0; i < 4; i++) startCausal(filter, input, causal, i, lanes);
      runCausal(filter, input, causal, total, lanes);
      for (let i = 0; i < 4; i++) startAnticausal(filter, input, anticausal, i, length, lanes);
      runAnticausal(filter, input, anticausal, total, lanes);
      for (let i = 0, from = first * lanes; i < kept * lanes; i++, from++) {
        output[i] = causal[from]! + anticausal[from]!;
      }
    },
  };
}

function startCausal(f: GaussianFilter, x: Float64Array, y: Float64Array, i: number, lanes: number): void {
  for (let l = 0; l < lanes; l++) {
    const edge = x[l]!;
    let [terms, fed] = [0, 0];
    for (let k = 0; k < 4; k++) terms += f.n[k]! * (k <= i ? x[(i - k) * lanes + l]! : edge);
    for (let k = 1; k <= 4; k++) {
      fed += k <= i ? f.d[k - 1]! * y[(i - k) * lanes + l]! : f.edgeBefore[k - 1]! * edge;
    }
    y[i * lanes + l] = terms - fed;
  }
}

function startAnticausal(
  f: GaussianFilter,
  x: Float64Array,
  y: Float64Array,
  i: number,
  length: number,
  lanes: number,
): void {
  for (let l = 0, last = (length - 1) * lanes; l < lanes; l++) {
    const edge = x[last + l]!;
    let [terms, fed] = [0, 0];
    for (let k = 1; k <= 4; k++) {
      terms += f.m[k - 1]! * (k <= i ? x[last + (k - i) * lanes + l]! : edge);
      fed += k <= i ? f.d[k - 1]! * y[last + (k - i) * lanes + l]! : f.edgeAfter[k - 1]! * edge;
    }
    y[last - i * lanes + l] = terms - fed;
  }
}

function runCausal(f: GaussianFilter, x: Float64Array, y: Float64Array, total: number, lanes: number): void {
  const [n0, n1, n2, n3] = f.n as [number, number, number, number];
  const [d1, d2, d3, d4] = f.d as [number, number, number, number];
  let [a, b, c, e] = [3 * lanes, 2 * lanes, lanes, 0];
  for (let i = 4 * lanes; i < total; i++, a++, b++, c++, e++) {
    y[i] =
      x[i]! * n0 + x[a]! * n1 + x[b]! * n2 + x[c]! * n3 - (y[a]! * d1 + y[b]! * d2 + y[c]! * d3 + y[e]! * d4);
  }
}

function runAnticausal(
  f: GaussianFilter,
  x: Float64Array,
  y: Float64Array,
  total: number,
  lanes: number,
): void {
  const [m1, m2, m3, m4] = f.m as [number, number, number, number];
  const [d1, d2, d3, d4] = f.d as [number, number, number, number];
  for (let i = total - 4 * lanes - 1; i >= 0; i--) {
    const [a, b, c, e] = [i + lanes, i + 2 * lanes, i + 3 * lanes, i + 4 * lanes];
    y[i] =
      x[a]! * m1 + x[b]! * m2 + x[c]! * m3 + x[e]! * m4 - (y[a]! * d1 + y[b]! * d2 + y[c]! * d3 + y[e]! * d4);
  }
}
