import { gather32, LANES, PANEL_ROW, scatterSum32 } from './panel';

/** Terms of a recursion in memory: n0..n3, d1..d4, e1..e4 (what outputs beyond the edge contribute, per edge value). */
const BACK: usize = 12 << 3;

/**
 * A fourth-order recursive filter, causal plus anticausal, along every line of a float32 array, result float32; at least four samples.
 * `coefficients`: 12 doubles of the causal recursion, 12 of the anticausal. `work`: three panels of `length` rows (of 8 doubles each).
 * Of each line the samples from `first`, `kept` of them, come out; each recursion ends where nothing more is wanted of it.
 */
export function gaussianPass(
  source: usize,
  length: usize,
  step: usize,
  lane: usize,
  outer: usize,
  lanes: usize,
  outers: usize,
  coefficients: usize,
  first: usize,
  kept: usize,
  target: usize,
  toStep: usize,
  toLane: usize,
  toOuter: usize,
  work: usize,
): void {
  const panel = length * PANEL_ROW;
  const x = work;
  const y = x + panel;
  const z = y + panel;
  for (let o: usize = 0; o < outers; o++) {
    for (let lines: usize = 0; lines < lanes; lines += LANES) {
      const together = min(LANES, lanes);
      const l = min(lines, lanes - together);
      gather32(source + ((o * outer + l * lane) << 2), step, lane, length, together, x);
      there(x, y, first + kept, coefficients);
      back(x, z, length, first, coefficients + BACK);
      const to = target + ((o * toOuter + l * toLane) << 2);
      scatterSum32(y + first * PANEL_ROW, z + first * PANEL_ROW, kept, together, to, toStep, toLane);
    }
  }
}

// @ts-ignore: decorator
@inline
function splat(at: usize): v128 {
  return v128.load64_splat(at);
}

// @ts-ignore: decorator
@inline
function sum4(a: v128, b: v128, c: v128, d: v128): v128 {
  return f64x2.add(f64x2.add(f64x2.add(a, b), c), d);
}

/** What the inputs of a row give; `i` is the nearest input, the others lie `by` bytes further each. */
// @ts-ignore: decorator
@inline
function inputs(i: usize, by: isize, n0: v128, n1: v128, n2: v128, n3: v128): v128 {
  return sum4(
    f64x2.mul(v128.load(i), n0),
    f64x2.mul(v128.load(i + by), n1),
    f64x2.mul(v128.load(i + 2 * by), n2),
    f64x2.mul(v128.load(i + 3 * by), n3),
  );
}

/**
 * The first four rows of a recursion, `by` bytes apart. Inputs beyond the edge are the edge's; outputs beyond it count as the
 * edge's input times e1..e4. The nearest input of a row lies `ahead` rows before it.
 */
function edgeRows(x: usize, y: usize, c: usize, ahead: isize, by: isize): void {
  const n0 = splat(c);
  const n1 = splat(c + 8);
  const n2 = splat(c + 16);
  const n3 = splat(c + 24);
  for (const end = x + PANEL_ROW; x < end; x += 16, y += 16) {
    const x0 = v128.load(x);
    const x1 = v128.load(x + by * (1 - ahead));
    const x2 = v128.load(x + by * (2 - ahead));
    const x3 = v128.load(x + by * (3 - ahead));
    const e1 = f64x2.mul(x0, splat(c + 64));
    const e2 = f64x2.mul(x0, splat(c + 72));
    const e3 = f64x2.mul(x0, splat(c + 80));
    const e4 = f64x2.mul(x0, splat(c + 88));
    const before3 = f64x2.mul(x0, n3);
    const before2 = f64x2.mul(x0, n2);
    const before1 = f64x2.mul(x0, n1);
    const y0 = f64x2.sub(sum4(f64x2.mul(x0, n0), before1, before2, before3), sum4(e1, e2, e3, e4));
    const d1 = splat(c + 32);
    const d2 = splat(c + 40);
    const y1 = f64x2.sub(sum4(f64x2.mul(x1, n0), before1, before2, before3), sum4(f64x2.mul(y0, d1), e2, e3, e4));
    const y2 = f64x2.sub(
      sum4(f64x2.mul(x2, n0), f64x2.mul(x1, n1), before2, before3),
      sum4(f64x2.mul(y1, d1), f64x2.mul(y0, d2), e3, e4),
    );
    const y3 = f64x2.sub(
      sum4(f64x2.mul(x3, n0), f64x2.mul(x2, n1), f64x2.mul(x1, n2), before3),
      sum4(f64x2.mul(y2, d1), f64x2.mul(y1, d2), f64x2.mul(y0, splat(c + 48)), e4),
    );
    v128.store(y, y0);
    v128.store(y + by, y1);
    v128.store(y + 2 * by, y2);
    v128.store(y + 3 * by, y3);
  }
}

/** Causal recursion from x to y, from the first row to before `stop`. */
function there(x: usize, y: usize, stop: usize, c: usize): void {
  const n0 = splat(c);
  const n1 = splat(c + 8);
  const n2 = splat(c + 16);
  const n3 = splat(c + 24);
  const d1 = splat(c + 32);
  const d2 = splat(c + 40);
  const d3 = splat(c + 48);
  const d4 = splat(c + 56);
  edgeRows(x, y, c, 0, PANEL_ROW);
  const end = stop * PANEL_ROW;
  for (let at: usize = 4 * PANEL_ROW; at < end; at += 16) {
    const i = x + at;
    const o = y + at;
    const fed = sum4(
      f64x2.mul(v128.load(o - PANEL_ROW), d1),
      f64x2.mul(v128.load(o - 2 * PANEL_ROW), d2),
      f64x2.mul(v128.load(o - 3 * PANEL_ROW), d3),
      f64x2.mul(v128.load(o - 4 * PANEL_ROW), d4),
    );
    v128.store(o, f64x2.sub(inputs(i, -(<isize>PANEL_ROW), n0, n1, n2, n3), fed));
  }
}

/** Anticausal recursion from x to z, from the last row to `stop`; its nearest input is the next row. */
function back(x: usize, z: usize, length: usize, stop: usize, c: usize): void {
  const n0 = splat(c);
  const n1 = splat(c + 8);
  const n2 = splat(c + 16);
  const n3 = splat(c + 24);
  const d1 = splat(c + 32);
  const d2 = splat(c + 40);
  const d3 = splat(c + 48);
  const d4 = splat(c + 56);
  const by = -(<isize>PANEL_ROW);
  const last = (length - 1) * PANEL_ROW;
  edgeRows(x + last, z + last, c, 1, by);
  const end = <isize>(stop * PANEL_ROW);
  for (let at: isize = last - 4 * PANEL_ROW + 48; at >= end; at -= 16) {
    const o = z + at;
    const fed = sum4(
      f64x2.mul(v128.load(o + PANEL_ROW), d1),
      f64x2.mul(v128.load(o + 2 * PANEL_ROW), d2),
      f64x2.mul(v128.load(o + 3 * PANEL_ROW), d3),
      f64x2.mul(v128.load(o + 4 * PANEL_ROW), d4),
    );
    v128.store(o, f64x2.sub(inputs(x + at + PANEL_ROW, PANEL_ROW, n0, n1, n2, n3), fed));
  }
}

/** sum += float32(sum + values * factor), element by element, rounded to float32. */
export function addScaled(sum: usize, values: usize, factor: f64, count: usize): void {
  const by = f64x2.splat(factor);
  const even = sum + ((count & ~1) << 2);
  const end = sum + (count << 2);
  for (; sum < even; sum += 8, values += 8) {
    const added = f64x2.add(
      f64x2.promote_low_f32x4(v128.load64_zero(sum)),
      f64x2.mul(f64x2.promote_low_f32x4(v128.load64_zero(values)), by),
    );
    v128.store64_lane(sum, f32x4.demote_f64x2_zero(added), 0);
  }
  if (sum < end) f32.store(sum, <f32>(<f64>f32.load(sum) + <f64>f32.load(values) * factor));
}
