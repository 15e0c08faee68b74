import { gather32, gather64, LANES, PANEL_ROW, scatter64 } from './panel';

/** Samples after which the pole's power is below 1e-10. */
const HORIZON: usize = 18;

/**
 * Cubic B-spline along every line of a float64 (`isNarrow`: float32) array: prefilter, then interpolation at `kept` samples.
 * `constants`: pole, gain, what the last sample is multiplied with, pole to the power length - 1 (of Math.pow: the last bit
 * differs between machines). `index`: 4 int32 a sample, already counted from the
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
 * Sums of 64 terms ((wx wy) wz) c, x fastest, of two samples at a time: `sample` has their three indices (int32),
 * `index` and `weight` four int32 places and four doubles a sample of each axis, already in elements of
 * `coefficients`. `work`: 16 vectors.
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
  work: usize,
): void {
  const end = sample + count * 12;
  for (; sample < end; sample += 24, target += 16) {
    // an odd one out is its own partner
    const isPair = sample + 12 < end;
    const other = isPair ? sample + 12 : sample;
    const x = indexX + (<usize>i32.load(sample) << 4);
    const otherX = indexX + (<usize>i32.load(other) << 4);
    const x0 = <usize>i32.load(x) << 3;
    const x1 = <usize>i32.load(x, 4) << 3;
    const x2 = <usize>i32.load(x, 8) << 3;
    const x3 = <usize>i32.load(x, 12) << 3;
    const other0 = <usize>i32.load(otherX) << 3;
    const other1 = <usize>i32.load(otherX, 4) << 3;
    const other2 = <usize>i32.load(otherX, 8) << 3;
    const other3 = <usize>i32.load(otherX, 12) << 3;
    const y = indexY + (<usize>i32.load(sample, 4) << 4);
    const otherY = indexY + (<usize>i32.load(other, 4) << 4);
    const z = indexZ + (<usize>i32.load(sample, 8) << 4);
    const otherZ = indexZ + (<usize>i32.load(other, 8) << 4);
    inPlane(
      weightX + (<usize>i32.load(sample) << 5),
      weightX + (<usize>i32.load(other) << 5),
      weightY + (<usize>i32.load(sample, 4) << 5),
      weightY + (<usize>i32.load(other, 4) << 5),
      work,
    );
    const wz = weightZ + (<usize>i32.load(sample, 8) << 5);
    const otherWz = weightZ + (<usize>i32.load(other, 8) << 5);
    let sum = f64x2.splat(0);
    for (let k: usize = 0; k < 4; k++) {
      const weight = both(wz + (k << 3), otherWz + (k << 3));
      // what weighs nothing adds nothing: a quarter of all terms where both samples lie on slices
      if (!v128.any_true(weight)) continue;
      const slice = coefficients + (<usize>i32.load(z + (k << 2)) << 3);
      const otherSlice = coefficients + (<usize>i32.load(otherZ + (k << 2)) << 3);
      for (let j: usize = 0; j < 4; j++) {
        const row = slice + (<usize>i32.load(y + (j << 2)) << 3);
        const otherRow = otherSlice + (<usize>i32.load(otherY + (j << 2)) << 3);
        const weights = work + (j << 6);
        sum = f64x2.add(sum, f64x2.mul(f64x2.mul(v128.load(weights), weight), both(row + x0, otherRow + other0)));
        sum = f64x2.add(sum, f64x2.mul(f64x2.mul(v128.load(weights, 16), weight), both(row + x1, otherRow + other1)));
        sum = f64x2.add(sum, f64x2.mul(f64x2.mul(v128.load(weights, 32), weight), both(row + x2, otherRow + other2)));
        sum = f64x2.add(sum, f64x2.mul(f64x2.mul(v128.load(weights, 48), weight), both(row + x3, otherRow + other3)));
      }
    }
    if (isPair) v128.store(target, sum);
    else f64.store(target, f64x2.extract_lane(sum, 0));
  }
}

/** One double of each of two samples. */
// @ts-ignore: decorator
@inline
function both(one: usize, other: usize): v128 {
  return v128.load64_lane(other, v128.load64_zero(one), 1);
}

/** wx wy of two samples, x fastest. */
function inPlane(x: usize, otherX: usize, y: usize, otherY: usize, work: usize): void {
  for (let j: usize = 0; j < 32; j += 8) {
    const wy = both(y + j, otherY + j);
    for (let i: usize = 0; i < 32; i += 8, work += 16) {
      v128.store(work, f64x2.mul(both(x + i, otherX + i), wy));
    }
  }
}
