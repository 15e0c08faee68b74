import { gather32, LANES, PANEL_ROW, scatterSum32 } from './panel';

/** Terms of a recursion in memory: n0..n3, d1..d4, e1..e4 (what outputs beyond the edge contribute, per edge value). */
const BACK: usize = 12 << 3;

/**
 * A fourth-order recursive filter, causal plus anticausal, along every line of a float32 array, result float32.
 * `coefficients`: 12 doubles of the causal recursion, 12 of the anticausal. `work`: three panels of `length` + 8 rows (of 8 doubles each).
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
  // Four rows before and after: the edge value for ever on the way in, the filter's own answer to it on the way out.
  const panel = (length + 8) * PANEL_ROW;
  const x = work + 4 * PANEL_ROW;
  const y = x + panel;
  const z = y + panel;
  for (let o: usize = 0; o < outers; o++) {
    for (let l: usize = 0; l < lanes; l += LANES) {
      const together = min(LANES, lanes - l);
      gather32(source + ((o * outer + l * lane) << 2), step, lane, length, together, x);
      repeatEdges(x, length);
      there(x, y, first + kept, coefficients);
      back(x, z, length, first, coefficients + BACK);
      const to = target + ((o * toOuter + l * toLane) << 2);
      scatterSum32(y + first * PANEL_ROW, z + first * PANEL_ROW, kept, together, to, toStep, toLane);
    }
  }
}

/** Four rows before the first and after the last repeat them. */
function repeatEdges(x: usize, length: usize): void {
  const last = x + (length - 1) * PANEL_ROW;
  for (let k: usize = 1; k <= 4; k++) {
    memory.copy(x - k * PANEL_ROW, x, PANEL_ROW);
    memory.copy(last + k * PANEL_ROW, last, PANEL_ROW);
  }
}

// @ts-ignore: decorator
@inline
function splat(at: usize): v128 {
  return f64x2.splat(f64.load(at));
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
 * The first four rows of a recursion, `by` bytes apart: outputs that would lie beyond the edge count as the edge's
 * input times e1..e4. `ahead`: from an output to its nearest input.
 */
function edgeRows(x: usize, y: usize, c: usize, ahead: isize, by: isize): void {
  for (let pair: usize = 0; pair < PANEL_ROW; pair += 16) {
    const edge = v128.load(x + pair);
    for (let row: isize = 0; row < 4; row++) {
      const o = y + pair + row * by;
      const terms = inputs(x + pair + ahead + row * by, -by, splat(c), splat(c + 8), splat(c + 16), splat(c + 24));
      let fed = row > 0 ? f64x2.mul(v128.load(o - by), splat(c + 32)) : f64x2.mul(edge, splat(c + 64));
      for (let k: isize = 2; k <= 4; k++) {
        const term =
          k <= row
            ? f64x2.mul(v128.load(o - k * by), splat(c + 24 + (k << 3)))
            : f64x2.mul(edge, splat(c + 56 + (k << 3)));
        fed = f64x2.add(fed, term);
      }
      v128.store(o, f64x2.sub(terms, fed));
    }
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
  edgeRows(x + last, z + last, c, <isize>PANEL_ROW, by);
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
