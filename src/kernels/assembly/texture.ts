/**
 * Counts for texture matrices. `levels` is an array of bytes with a border of zeros around the region, `inside` the int32
 * places of the region's voxels; steps lead from a voxel to a neighbour, in bytes.
 */

/** Adds to a matrix, (highest + 1) wide: row = level of a voxel, column = level of its neighbour. */
export function countPairs(levels: usize, inside: usize, count: usize, step: i32, width: i32, matrix: usize): void {
  const end = inside + (count << 2);
  for (; inside < end; inside += 4) {
    const at = levels + <usize>i32.load(inside);
    const cell = matrix + (<usize>(<i32>load<u8>(at) * width + <i32>load<u8>(at + step)) << 2);
    i32.store(cell, i32.load(cell) + 1);
  }
}

/** Adds to a matrix, `highest` wide: row = length of a run - 1, column = level - 1. Twice the longest run, plus 1 if any two voxels are neighbours. */
export function countRuns(levels: usize, inside: usize, count: usize, step: i32, highest: i32, matrix: usize): i32 {
  const end = inside + (count << 2);
  let longest = 1;
  let before: u8 = 0;
  for (; inside < end; inside += 4) {
    let at = levels + <usize>i32.load(inside);
    const level = load<u8>(at);
    const previous = load<u8>(at - step);
    before |= previous;
    if (previous == level) continue;
    let length = 1;
    for (at += step; load<u8>(at) == level; at += step) length++;
    longest = max(longest, length);
    const cell = matrix + (<usize>((length - 1) * highest + <i32>level - 1) << 2);
    i32.store(cell, i32.load(cell) + 1);
  }
  return longest * 2 + i32(before != 0);
}

/**
 * For each byte from `start` to before `end`: how many neighbours are not 0 and differ by at most `most`, how many are not 0,
 * and the sum of all. What is written for bytes that are 0 means nothing.
 */
export function neighbourhood(
  levels: usize,
  start: usize,
  end: usize,
  steps: usize,
  count: usize,
  most: i32,
  similar: usize,
  present: usize,
  sum: usize,
): void {
  const zero = i8x16.splat(0);
  const limit = i8x16.splat(<i8>most);
  const lastStep = steps + (count << 2);
  for (let p = start; p < end; p += 16) {
    const centre = v128.load(levels + p);
    if (!v128.any_true(centre)) continue;
    let same = zero;
    let some = zero;
    let low = zero;
    let high = zero;
    for (let s = steps; s < lastStep; s += 4) {
      const other = v128.load(levels + p + i32.load(s));
      const isThere = i8x16.ne(other, zero);
      const apart = v128.or(i8x16.sub_sat_u(other, centre), i8x16.sub_sat_u(centre, other));
      same = i8x16.sub(same, v128.and(isThere, i8x16.le_u(apart, limit)));
      some = i8x16.sub(some, isThere);
      low = i16x8.add(low, i16x8.extend_low_i8x16_u(other));
      high = i16x8.add(high, i16x8.extend_high_i8x16_u(other));
    }
    v128.store(similar + p, same);
    v128.store(present + p, some);
    v128.store(sum + (p << 1), low);
    v128.store(sum + (p << 1) + 16, high);
  }
}

/** The bytes at the int32 places. */
export function bytesAt(values: usize, places: usize, count: usize, target: usize): void {
  for (const end = target + count; target < end; target++, places += 4) {
    store<u8>(target, load<u8>(values + <usize>i32.load(places)));
  }
}

/** The uint16 at the int32 places. */
export function wordsAt(values: usize, places: usize, count: usize, target: usize): void {
  for (const end = target + (count << 1); target < end; target += 2, places += 4) {
    store<u16>(target, load<u16>(values + (<usize>i32.load(places) << 1)));
  }
}

/**
 * Floods each zone of equal level; int32 level and size of each, in the order of first voxels. `similar` has the number of
 * neighbours of equal level and is written over: a voxel without any is a zone, and of the others no more are looked for.
 * The number of zones.
 */
export function zones(
  levels: usize,
  inside: usize,
  count: usize,
  steps: usize,
  similar: usize,
  stack: usize,
  zoneLevels: usize,
  zoneSizes: usize,
): i32 {
  const end = inside + (count << 2);
  let found: usize = 0;
  for (; inside < end; inside += 4) {
    const first = <usize>i32.load(inside);
    const left = load<u8>(similar + first);
    if (left == VISITED) continue;
    const level = load<u8>(levels + first);
    let size = 1;
    if (left > 0) {
      i32.store(stack, <i32>first);
      size = flood(levels, steps, similar, stack, level);
    }
    i32.store(zoneLevels + found, level);
    i32.store(zoneSizes + found, size);
    found += 4;
  }
  return <i32>(found >> 2);
}

/** More neighbours than any voxel has here. */
const VISITED: u8 = 255;

/** Size of the zone of the voxel on the stack. */
function flood(levels: usize, steps: usize, similar: usize, stack: usize, level: u8): i32 {
  let top = stack + 4;
  let size = 0;
  // a voxel is marked when it is put on the stack, and its number of neighbours goes with it
  let left = load<u8>(similar + <usize>i32.load(stack));
  store<u8>(similar + <usize>i32.load(stack), VISITED);
  i32.store(stack, i32.load(stack) | (<i32>left << 24));
  while (top > stack) {
    top -= 4;
    size++;
    const entry = i32.load(top);
    const at = <usize>(entry & 0xffffff);
    left = <u8>(entry >>> 24);
    for (let s = steps; left > 0; s += 4) {
      const next = at + i32.load(s);
      if (load<u8>(levels + next) != level) continue;
      left--;
      const others = load<u8>(similar + next);
      if (others == VISITED) continue;
      store<u8>(similar + next, VISITED);
      i32.store(top, <i32>next | (<i32>others << 24));
      top += 4;
    }
  }
  return size;
}
