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

/** Floods each zone of equal level, erasing `levels`; int32 level and size of each, in the order of first voxels. The number of zones. */
export function zones(
  levels: usize,
  inside: usize,
  count: usize,
  steps: usize,
  neighbours: usize,
  stack: usize,
  zoneLevels: usize,
  zoneSizes: usize,
): i32 {
  const end = inside + (count << 2);
  const lastStep = steps + (neighbours << 2);
  let found = 0;
  for (; inside < end; inside += 4) {
    const first = levels + <usize>i32.load(inside);
    const level = load<u8>(first);
    if (level == 0) continue;
    store<u8>(first, 0);
    i32.store(stack, <i32>first);
    let top = stack + 4;
    let size = 1;
    while (top > stack) {
      top -= 4;
      const at = <usize>i32.load(top);
      for (let s = steps; s < lastStep; s += 4) {
        const next = at + i32.load(s);
        if (load<u8>(next) != level) continue;
        store<u8>(next, 0);
        i32.store(top, <i32>next);
        top += 4;
        size++;
      }
    }
    i32.store(zoneLevels + (found << 2), level);
    i32.store(zoneSizes + (found << 2), size);
    found++;
  }
  return found;
}
