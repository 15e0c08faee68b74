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
  const blocks = step == 1 ? length & ~3 : 0;
  const pairs = lanes & ~1;
  for (let l: usize = 0; l < pairs && blocks > 0; l += 2) {
    gatherPair32(from + ((l * lane) << 2), lane << 2, blocks, panel + (l << 3));
  }
  for (let l: usize = 0; l < lanes; l++) {
    const start = l < pairs ? blocks : 0;
    let at = from + ((l * lane + start * step) << 2);
    let to = panel + (l << 3) + start * PANEL_ROW;
    for (let i = start; i < length; i++, at += step << 2, to += PANEL_ROW) f64.store(to, <f64>f32.load(at));
  }
}

/** Two lines of `blocks` neighbouring samples, a multiple of four, `line` bytes apart. */
function gatherPair32(from: usize, line: usize, blocks: usize, panel: usize): void {
  const end = from + (blocks << 2);
  for (; from < end; from += 16, panel += 4 * PANEL_ROW) {
    const one = v128.load(from);
    const other = v128.load(from + line);
    const early = v128.shuffle<f32>(one, other, 0, 4, 1, 5);
    const late = v128.shuffle<f32>(one, other, 2, 6, 3, 7);
    v128.store(panel, f64x2.promote_low_f32x4(early));
    v128.store(panel, f64x2.promote_low_f32x4(v128.shuffle<f64>(early, early, 1, 1)), PANEL_ROW);
    v128.store(panel, f64x2.promote_low_f32x4(late), 2 * PANEL_ROW);
    v128.store(panel, f64x2.promote_low_f32x4(v128.shuffle<f64>(late, late, 1, 1)), 3 * PANEL_ROW);
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
  const blocks = step == 1 ? length & ~3 : 0;
  const pairs = lanes & ~1;
  for (let l: usize = 0; l < pairs && blocks > 0; l += 2) {
    scatterPair32(a + (l << 3), b + (l << 3), blocks, to + ((l * lane) << 2), lane << 2);
  }
  const more = b - a;
  for (let l: usize = 0; l < lanes; l++) {
    const start = l < pairs ? blocks : 0;
    let at = to + ((l * lane + start * step) << 2);
    let from = a + (l << 3) + start * PANEL_ROW;
    for (let i = start; i < length; i++, at += step << 2, from += PANEL_ROW) {
      f32.store(at, <f32>(f64.load(from) + f64.load(from + more)));
    }
  }
}

/** The sums of two lines, `blocks` samples each, a multiple of four, to lines of neighbouring samples `line` bytes apart. */
function scatterPair32(a: usize, b: usize, blocks: usize, to: usize, line: usize): void {
  const end = to + (blocks << 2);
  for (; to < end; to += 16, a += 4 * PANEL_ROW, b += 4 * PANEL_ROW) {
    const early = v128.shuffle<f32>(sums32(a, b), sums32(a + PANEL_ROW, b + PANEL_ROW), 0, 4, 1, 5);
    const late = v128.shuffle<f32>(
      sums32(a + 2 * PANEL_ROW, b + 2 * PANEL_ROW),
      sums32(a + 3 * PANEL_ROW, b + 3 * PANEL_ROW),
      0,
      4,
      1,
      5,
    );
    v128.store(to, v128.shuffle<f64>(early, late, 0, 2));
    v128.store(to + line, v128.shuffle<f64>(early, late, 1, 3));
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
  const blocks = step == 1 ? length & ~1 : 0;
  const pairs = lanes & ~1;
  for (let l: usize = 0; l < pairs && blocks > 0; l += 2) {
    gatherPair64(from + ((l * lane) << 3), lane << 3, blocks, panel + (l << 3));
  }
  for (let l: usize = 0; l < lanes; l++) {
    const start = l < pairs ? blocks : 0;
    let at = from + ((l * lane + start * step) << 3);
    let to = panel + (l << 3) + start * PANEL_ROW;
    for (let i = start; i < length; i++, at += step << 3, to += PANEL_ROW) f64.store(to, f64.load(at));
  }
}

/** Two lines of `blocks` neighbouring doubles, an even number, `line` bytes apart. */
function gatherPair64(from: usize, line: usize, blocks: usize, panel: usize): void {
  const end = from + (blocks << 3);
  for (; from < end; from += 16, panel += 2 * PANEL_ROW) {
    const one = v128.load(from);
    const other = v128.load(from + line);
    v128.store(panel, v128.shuffle<f64>(one, other, 0, 2));
    v128.store(panel, v128.shuffle<f64>(one, other, 1, 3), PANEL_ROW);
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
  const blocks = step == 1 ? length & ~1 : 0;
  const pairs = lanes & ~1;
  for (let l: usize = 0; l < pairs && blocks > 0; l += 2) {
    scatterPair64(panel + (l << 3), blocks, to + ((l * lane) << 3), lane << 3);
  }
  for (let l: usize = 0; l < lanes; l++) {
    const start = l < pairs ? blocks : 0;
    let at = to + ((l * lane + start * step) << 3);
    let from = panel + (l << 3) + start * PANEL_ROW;
    for (let i = start; i < length; i++, at += step << 3, from += PANEL_ROW) f64.store(at, f64.load(from));
  }
}

/** Two lines, `blocks` samples each, an even number, to lines of neighbouring doubles `line` bytes apart. */
function scatterPair64(panel: usize, blocks: usize, to: usize, line: usize): void {
  const end = to + (blocks << 3);
  for (; to < end; to += 16, panel += 2 * PANEL_ROW) {
    const one = v128.load(panel);
    const other = v128.load(panel, PANEL_ROW);
    v128.store(to, v128.shuffle<f64>(one, other, 0, 2));
    v128.store(to + line, v128.shuffle<f64>(one, other, 1, 3));
  }
}
