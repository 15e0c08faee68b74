import { gather32, gather64, LANES, PANEL_ROW, scatter64 } from './panel';

/** Samples after which the pole's power is below 1e-10. */
const HORIZON: usize = 18;

/**
 * Cubic B-spline along every line of a float64 (`isNarrow`: float32) array: prefilter, then interpolation at `kept` samples.
 * `constants`: pole, gain, what the last sample is multiplied with, pole to the power length - 1 (of Math.pow: the last bit differs between machines). `index`: 4 int32 a sample, already counted from the
 * line's first voxel; `weight`: 4 doubles a sample. Without `index` the prefiltered samples from `first` come out.
 * `prefilter` 0: the lines hold coefficients already. `work`: a panel of `length` rows and one of `kept` rows.
 */
export function splinePass(
  source: usize,
  isNarrow: bool,
  length: usize,
  step: usize,
  lane: usize,
  outer: usize,
  lanes: usize,
  outers: usize,
  constants: usize,
  prefilter: bool,
  index: usize,
  weight: usize,
  first: usize,
  kept: usize,
  target: usize,
  toStep: usize,
  toLane: usize,
  toOuter: usize,
  work: usize,
): void {
  const values = work + length * PANEL_ROW;
  for (let o: usize = 0; o < outers; o++) {
    for (let lines: usize = 0; lines < lanes; lines += LANES) {
      const together = min(LANES, lanes);
      const l = min(lines, lanes - together);
      const from = o * outer + l * lane;
      if (isNarrow) gather32(source + (from << 2), step, lane, length, together, work);
      else gather64(source + (from << 3), step, lane, length, together, work);
      if (prefilter && length > 1) filter(work, length, constants);
      const to = target + ((o * toOuter + l * toLane) << 3);
      if (index == 0) {
        scatter64(work + first * PANEL_ROW, kept, together, to, toStep, toLane);
      } else {
        interpolate(work, index, weight, kept, values);
        scatter64(values, kept, together, to, toStep, toLane);
      }
    }
  }
}

/** The recursive filter in place. What a row hands on to the next stays in registers. */
function filter(c: usize, length: usize, constants: usize): void {
  const pole = v128.load64_splat(constants);
  const gain = v128.load64_splat(constants + 8);
  const edge = v128.load64_splat(constants + 16);
  const end = c + length * PANEL_ROW;
  for (let pair: usize = 0; pair < PANEL_ROW; pair += 16) start(c + pair, length, constants);
  let a = v128.load(c);
  let b = v128.load(c, 16);
  let d = v128.load(c, 32);
  let e = v128.load(c, 48);
  let at = c + PANEL_ROW;
  for (; at < end; at += PANEL_ROW) {
    a = f64x2.add(f64x2.mul(v128.load(at), gain), f64x2.mul(pole, a));
    b = f64x2.add(f64x2.mul(v128.load(at, 16), gain), f64x2.mul(pole, b));
    d = f64x2.add(f64x2.mul(v128.load(at, 32), gain), f64x2.mul(pole, d));
    e = f64x2.add(f64x2.mul(v128.load(at, 48), gain), f64x2.mul(pole, e));
    store4(at, a, b, d, e);
  }
  const last = end - PANEL_ROW;
  a = lastOf(last, 0, edge, pole);
  b = lastOf(last, 16, edge, pole);
  d = lastOf(last, 32, edge, pole);
  e = lastOf(last, 48, edge, pole);
  store4(last, a, b, d, e);
  for (at = last; at > c; ) {
    at -= PANEL_ROW;
    a = f64x2.mul(pole, f64x2.sub(a, v128.load(at)));
    b = f64x2.mul(pole, f64x2.sub(b, v128.load(at, 16)));
    d = f64x2.mul(pole, f64x2.sub(d, v128.load(at, 32)));
    e = f64x2.mul(pole, f64x2.sub(e, v128.load(at, 48)));
    store4(at, a, b, d, e);
  }
}

// @ts-ignore: decorator
@inline
function store4(at: usize, a: v128, b: v128, c: v128, d: v128): void {
  v128.store(at, a);
  v128.store(at, b, 16);
  v128.store(at, c, 32);
  v128.store(at, d, 48);
}

/** Where the anticausal recursion starts: from the last two causal coefficients. */
// @ts-ignore: decorator
@inline
function lastOf(last: usize, pair: usize, edge: v128, pole: v128): v128 {
  const before = v128.load(last - PANEL_ROW + pair);
  return f64x2.mul(edge, f64x2.add(f64x2.mul(pole, before), v128.load(last + pair)));
}

/** First causal coefficient of two lanes under mirror symmetry: truncated after the horizon, else in closed form. */
function start(c: usize, length: usize, constants: usize): void {
  const pole = f64.load(constants);
  const gain = v128.load64_splat(constants + 8);
  let power = pole;
  let sum = f64x2.mul(v128.load(c), gain);
  if (HORIZON < length) {
    for (let k: usize = 1; k < HORIZON; k++, power *= pole) {
      sum = f64x2.add(sum, f64x2.mul(f64x2.splat(power), f64x2.mul(v128.load(c + k * PANEL_ROW), gain)));
    }
    v128.store(c, sum);
    return;
  }
  const inverse = 1 / pole;
  let mirrored = f64.load(constants + 24);
  const last = f64x2.mul(v128.load(c + (length - 1) * PANEL_ROW), gain);
  sum = f64x2.add(sum, f64x2.mul(f64x2.splat(mirrored), last));
  mirrored = mirrored * (mirrored * inverse);
  for (let k: usize = 1; k + 2 <= length; k++, power *= pole, mirrored *= inverse) {
    const both = f64x2.splat(power + mirrored);
    sum = f64x2.add(sum, f64x2.mul(both, f64x2.mul(v128.load(c + k * PANEL_ROW), gain)));
  }
  v128.store(c, f64x2.div(sum, f64x2.splat(1 - power * power)));
}

function interpolate(c: usize, index: usize, weight: usize, kept: usize, values: usize): void {
  for (let s: usize = 0; s < kept; s++, index += 16, weight += 32, values += PANEL_ROW) {
    const w0 = f64x2.splat(f64.load(weight));
    const w1 = f64x2.splat(f64.load(weight, 8));
    const w2 = f64x2.splat(f64.load(weight, 16));
    const w3 = f64x2.splat(f64.load(weight, 24));
    const a0 = c + <usize>i32.load(index) * PANEL_ROW;
    const a1 = c + <usize>i32.load(index, 4) * PANEL_ROW;
    const a2 = c + <usize>i32.load(index, 8) * PANEL_ROW;
    const a3 = c + <usize>i32.load(index, 12) * PANEL_ROW;
    for (let pair: usize = 0; pair < PANEL_ROW; pair += 16) {
      const sum = f64x2.add(
        f64x2.add(
          f64x2.add(f64x2.mul(w0, v128.load(a0 + pair)), f64x2.mul(w1, v128.load(a1 + pair))),
          f64x2.mul(w2, v128.load(a2 + pair)),
        ),
        f64x2.mul(w3, v128.load(a3 + pair)),
      );
      v128.store(values + pair, sum);
    }
  }
}

/**
 * Sums of 64 terms ((wx wy) wz) c, x fastest, one sample after the other: `sample` has its three indices (int32), `index`
 * and `weight` four int32 places and four doubles a sample of each axis, already in elements of `coefficients`.
 */
export function splineSamples(
  coefficients: usize,
  sample: usize,
  count: usize,
  indexX: usize,
  weightX: usize,
  indexY: usize,
  weightY: usize,
  indexZ: usize,
  weightZ: usize,
  target: usize,
): void {
  const end = sample + count * 12;
  for (; sample < end; sample += 12, target += 8) {
    const ix = indexX + (<usize>i32.load(sample) << 4);
    const wx = weightX + (<usize>i32.load(sample) << 5);
    const iy = indexY + (<usize>i32.load(sample, 4) << 4);
    const wy = weightY + (<usize>i32.load(sample, 4) << 5);
    const iz = indexZ + (<usize>i32.load(sample, 8) << 4);
    const wz = weightZ + (<usize>i32.load(sample, 8) << 5);
    const x0 = <usize>i32.load(ix) << 3;
    const x1 = <usize>i32.load(ix, 4) << 3;
    const x2 = <usize>i32.load(ix, 8) << 3;
    const x3 = <usize>i32.load(ix, 12) << 3;
    const w01 = v128.load(wx);
    const w23 = v128.load(wx, 16);
    let sum: f64 = 0;
    for (let k: usize = 0; k < 4; k++) {
      const z = f64x2.splat(f64.load(wz + (k << 3)));
      const slice = coefficients + (<usize>i32.load(iz + (k << 2)) << 3);
      for (let j: usize = 0; j < 4; j++) {
        const y = f64x2.splat(f64.load(wy + (j << 3)));
        const row = slice + (<usize>i32.load(iy + (j << 2)) << 3);
        const c01 = f64x2.replace_lane(f64x2.splat(f64.load(row + x0)), 1, f64.load(row + x1));
        const c23 = f64x2.replace_lane(f64x2.splat(f64.load(row + x2)), 1, f64.load(row + x3));
        const a = f64x2.mul(f64x2.mul(f64x2.mul(w01, y), z), c01);
        const b = f64x2.mul(f64x2.mul(f64x2.mul(w23, y), z), c23);
        sum += f64x2.extract_lane(a, 0);
        sum += f64x2.extract_lane(a, 1);
        sum += f64x2.extract_lane(b, 0);
        sum += f64x2.extract_lane(b, 1);
      }
    }
    f64.store(target, sum);
  }
}
