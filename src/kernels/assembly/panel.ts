/**
 * Lines of an array, eight at a time. A panel holds sample i of lane l at (8 i + l), in double precision, so that a
 * recursion along the lines is the same arithmetic on every lane, two lanes an instruction. Addresses are bytes; strides
 * are elements: `step` along a line, `lane` from line to line.
 */
export const LANES: usize = 8;
export const PANEL_ROW: usize = LANES << 3;

/** Fills the panel from float32 samples; lanes that do not exist are zero. */
export function gather32(from: usize, step: usize, lane: usize, length: usize, lanes: usize, panel: usize): void {
  if (lane == 1 && lanes == LANES) {
    for (let i: usize = 0; i < length; i++, from += step << 2, panel += PANEL_ROW) {
      v128.store(panel, f64x2.promote_low_f32x4(v128.load64_zero(from)));
      v128.store(panel, f64x2.promote_low_f32x4(v128.load64_zero(from, 8)), 16);
      v128.store(panel, f64x2.promote_low_f32x4(v128.load64_zero(from, 16)), 32);
      v128.store(panel, f64x2.promote_low_f32x4(v128.load64_zero(from, 24)), 48);
    }
    return;
  }
  if (lanes < LANES) memory.fill(panel, 0, length * PANEL_ROW);
  for (let l: usize = 0; l < lanes; l++) {
    let at = from + ((l * lane) << 2);
    let to = panel + (l << 3);
    for (let i: usize = 0; i < length; i++, at += step << 2, to += PANEL_ROW) {
      f64.store(to, <f64>f32.load(at));
    }
  }
}

/** The sums of two panels as float32 samples. */
export function scatterSum32(
  a: usize,
  b: usize,
  length: usize,
  lanes: usize,
  to: usize,
  step: usize,
  lane: usize,
): void {
  if (lane == 1 && lanes == LANES) {
    for (let i: usize = 0; i < length; i++, to += step << 2, a += PANEL_ROW, b += PANEL_ROW) {
      v128.store64_lane(to, sums32(a, b), 0);
      v128.store64_lane(to, sums32(a + 16, b + 16), 0, 8);
      v128.store64_lane(to, sums32(a + 32, b + 32), 0, 16);
      v128.store64_lane(to, sums32(a + 48, b + 48), 0, 24);
    }
    return;
  }
  for (let l: usize = 0; l < lanes; l++) {
    let at = to + ((l * lane) << 2);
    let from = a + (l << 3);
    const more = b - a;
    for (let i: usize = 0; i < length; i++, at += step << 2, from += PANEL_ROW) {
      f32.store(at, <f32>(f64.load(from) + f64.load(from + more)));
    }
  }
}

// @ts-ignore: decorator
@inline
function sums32(a: usize, b: usize): v128 {
  return f32x4.demote_f64x2_zero(f64x2.add(v128.load(a), v128.load(b)));
}

/** Fills the panel from doubles; lanes that do not exist are zero. */
export function gather64(from: usize, step: usize, lane: usize, length: usize, lanes: usize, panel: usize): void {
  if (lane == 1 && lanes == LANES) {
    for (let i: usize = 0; i < length; i++, from += step << 3, panel += PANEL_ROW) {
      v128.store(panel, v128.load(from));
      v128.store(panel, v128.load(from, 16), 16);
      v128.store(panel, v128.load(from, 32), 32);
      v128.store(panel, v128.load(from, 48), 48);
    }
    return;
  }
  if (lanes < LANES) memory.fill(panel, 0, length * PANEL_ROW);
  for (let l: usize = 0; l < lanes; l++) {
    let at = from + ((l * lane) << 3);
    let to = panel + (l << 3);
    for (let i: usize = 0; i < length; i++, at += step << 3, to += PANEL_ROW) f64.store(to, f64.load(at));
  }
}

export function scatter64(panel: usize, length: usize, lanes: usize, to: usize, step: usize, lane: usize): void {
  if (lane == 1 && lanes == LANES) {
    for (let i: usize = 0; i < length; i++, to += step << 3, panel += PANEL_ROW) {
      v128.store(to, v128.load(panel));
      v128.store(to, v128.load(panel, 16), 16);
      v128.store(to, v128.load(panel, 32), 32);
      v128.store(to, v128.load(panel, 48), 48);
    }
    return;
  }
  for (let l: usize = 0; l < lanes; l++) {
    let at = to + ((l * lane) << 3);
    let from = panel + (l << 3);
    for (let i: usize = 0; i < length; i++, at += step << 3, from += PANEL_ROW) f64.store(at, f64.load(from));
  }
}
