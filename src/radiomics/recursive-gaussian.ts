import type { Four, GaussianFilter, Recursion } from '../kernels/kernels.ts';

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
